"""The fault injector: what goes wrong, decided by a profile and dice, or by anything else with these methods."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from dynamic_agi.events import Delayed, Duplicated, Happening, Lost, Reordered
from dynamic_agi.messages import Message
from dynamic_agi.profile import Profile
from dynamic_agi.simulation.dice import Dice


class Crash(StrEnum):
    """Where a crash meets a journal entry."""

    BEFORE = "before"
    AFTER = "after"


class Silence(StrEnum):
    """What a store's silence hides."""

    NOTHING = "nothing"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Fate:
    """When the copies of a message arrive, in ms from now; those that keep to the order of their link, and why not."""

    delays: tuple[int, ...]
    ordered: bool = True
    fault: type[Lost | Duplicated | Reordered | Delayed] | None = None


@dataclass(frozen=True, slots=True)
class Stumble:
    """What happens to an agent before a step."""

    crash: bool = False
    noticed: bool = True
    hang_ms: int = 0
    times: int = 1


STEADY = Stumble()


class Faults(Protocol):
    """Asked at each point where something can go wrong."""

    def message(self, sender: str, to: str, message: Message) -> Fate: ...

    def step(self, agent: str) -> Stumble: ...

    def store(self) -> Silence | None: ...

    def journal(self) -> Crash | None: ...

    def down_ms(self) -> int: ...


class ProfileFaults:
    """Faults with a profile's chances, until its end."""

    def __init__(self, profile: Profile, seed: int, episode: int, now: Callable[[], int]) -> None:
        self._profile = profile
        self._now = now
        self._network, self._agents, self._store, self._journal = (
            Dice(seed, episode, name) for name in ("network", "agents", "store", "journal")
        )

    def _is_over(self) -> bool:
        return self._now() >= self._profile.until_ms

    def message(self, sender: str, to: str, message: Message) -> Fate:  # noqa: ARG002  # all alike to a profile
        """Draw one fault at most. A reordered message takes two to three times the longest latency."""
        table, dice = self._profile.network, self._network
        latency = dice.between(table.latency_ms)
        if self._is_over():
            return Fate((latency,))
        draw = dice.unit() if table.lost or table.duplicated or table.reordered or table.delayed else 1.0
        for chance, fault in (
            (table.lost, Lost),
            (table.duplicated, Duplicated),
            (table.reordered, Reordered),
            (table.delayed, Delayed),
        ):
            if draw < chance:
                return self._faulty(fault, latency)
            draw -= chance
        return Fate((latency,))

    def _faulty(self, fault: type[Lost | Duplicated | Reordered | Delayed], latency: int) -> Fate:
        table, dice = self._profile.network, self._network
        most = table.latency_ms[1]
        if fault is Lost:
            return Fate((), fault=fault)
        if fault is Duplicated:
            return Fate((latency, latency + dice.between((0, 3 * most))), ordered=False, fault=fault)
        if fault is Reordered:
            return Fate((latency + dice.between((most, 2 * most)),), ordered=False, fault=fault)
        return Fate((latency + dice.between(table.late_ms),), ordered=False, fault=fault)

    def step(self, agent: str) -> Stumble:  # noqa: ARG002  # all alike to a profile
        table, dice = self._profile.agents, self._agents
        if self._is_over():
            return STEADY
        if dice.chance(table.crash):
            return Stumble(crash=True, noticed=dice.chance(table.noticed))
        if dice.chance(table.hang):
            return Stumble(hang_ms=dice.between(table.hang_ms))
        if dice.chance(table.slow):
            return Stumble(times=table.slow_times)
        return STEADY

    def store(self) -> Silence | None:
        if self._is_over() or not self._store.chance(self._profile.store.unavailable):
            return None
        return Silence.DONE if self._store.chance(0.5) else Silence.NOTHING

    def journal(self) -> Crash | None:
        if self._is_over() or not self._journal.chance(self._profile.orchestrator.crash):
            return None
        return Crash.BEFORE if self._journal.chance(0.5) else Crash.AFTER

    def down_ms(self) -> int:
        return self._journal.between(self._profile.orchestrator.down_ms)


Emit = Callable[[Happening], None]
