"""What the orchestrator needs of the world around it. The simulator is one such world."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from dynamic_agi.facts import Fact
from dynamic_agi.messages import Message


class Timer(Protocol):
    """A call to come."""

    def cancel(self) -> None:
        """Let it not come; nothing if it has."""
        ...


class Clock(Protocol):
    """Integer milliseconds that never go back, and calls at a time."""

    def now(self) -> int: ...

    def call_at(self, at_ms: int, call: Callable[[], None]) -> Timer: ...


class Network(Protocol):
    """May lose, double, delay and reorder; never invents."""

    def send(self, to: str, message: Message) -> None: ...


class Hosts(Protocol):
    """Where agents run. Both calls may be repeated: an incarnation that runs already is left alone."""

    def start(self, agent: str, incarnation: int) -> None:
        """Run this incarnation and no older one."""
        ...

    def stop(self, agent: str) -> None:
        """Run none."""
        ...


class EffectStore(Protocol):
    """Where effects go. It does not deduplicate: an order sent twice is two orders."""

    def has(self, key: str) -> bool:
        """Say whether the effect is there.

        Raises
        ------
        StoreUnavailableError : no answer
        """
        ...

    def write(self, key: str, value: str) -> None:
        """Make the effect happen.

        Raises
        ------
        StoreUnavailableError : no answer; it may have happened
        """
        ...


class Journal(Protocol):
    """Durable and in order: what ``append`` returned from is there after a crash."""

    def append(self, fact: Fact) -> None: ...

    def read(self) -> Iterable[Fact]: ...


@dataclass(frozen=True, slots=True)
class Ports:
    """All of them; ``jitter`` draws from [0, 1)."""

    clock: Clock
    network: Network
    hosts: Hosts
    store: EffectStore
    journal: Journal
    jitter: Callable[[], float]
