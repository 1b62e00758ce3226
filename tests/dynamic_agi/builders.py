"""Small scenarios, planned faults, and a world that is stepped by hand."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dynamic_agi import Orchestrator, Profile, Scenario, Settings, Setup, StoreUnavailableError
from dynamic_agi.facts import Fact
from dynamic_agi.messages import Message
from dynamic_agi.model import AgentSpec
from dynamic_agi.ports import Ports
from dynamic_agi.simulation.faults import STEADY, Crash, Fate, Silence, Stumble


def scenario(**changes: Any) -> Scenario:
    """Return one agent, ``echo``, that works 20 ms on one ``ping`` and proposes the effect ``pong``."""
    plain: dict[str, Any] = {
        "schema": "dynamic.agents.scenario/1",
        "name": "tiny",
        "description": "one task",
        "agents": [{"name": "echo", "does": ["ping"]}],
        "scripts": {
            "ping": [{"do": "work", "ms": [20, 20]}, {"do": "effect", "name": "pong"}, {"do": "reply", "value": "ok"}]
        },
        "arrivals": [{"work": "ping", "count": 1}],
    }
    return Scenario.model_validate({**plain, **changes})


def profile(**tables: Any) -> Profile:
    """Return a profile in which each message takes 5 ms, and nothing goes wrong but for ``tables``."""
    plain = {
        "schema": "dynamic.agents.profile/1",
        "name": "still",
        "description": "",
        "network": {"latency_ms": [5, 5]},
    }
    return Profile.model_validate({**plain, **tables})


def setup(seed: int = 1, **changes: Any) -> Setup:
    return Setup(scenario(**changes), profile(), seed)


@dataclass
class Planned:
    """Faults by their place: the nth message of a type, the nth step of an agent, the nth store call, the nth fact."""

    messages: Mapping[tuple[str, int], Fate] = field(default_factory=dict)
    steps: Mapping[tuple[str, int], Stumble] = field(default_factory=dict)
    stores: Mapping[int, Silence] = field(default_factory=dict)
    facts: Mapping[int, Crash] = field(default_factory=dict)
    latency_ms: int = 5
    _seen: dict[object, int] = field(default_factory=dict)

    def __call__(self, now: Callable[[], int]) -> "Planned":
        return self

    def _nth(self, what: object) -> int:
        self._seen[what] = self._seen.get(what, 0) + 1
        return self._seen[what]

    def message(self, sender: str, to: str, message: Message) -> Fate:
        kind = type(message).__name__
        return self.messages.get((kind, self._nth(kind)), Fate((self.latency_ms,)))

    def step(self, agent: str) -> Stumble:
        return self.steps.get((agent, self._nth(("step", agent))), STEADY)

    def store(self) -> Silence | None:
        return self.stores.get(self._nth("store"))

    def journal(self) -> Crash | None:
        return self.facts.get(self._nth("fact"))

    def down_ms(self) -> int:
        return 30


@dataclass
class Call:
    at_ms: int
    call: Callable[[], None]
    is_off: bool = False

    def cancel(self) -> None:
        self.is_off = True


class HandWorld:
    """Every port of the orchestrator without a simulator: time passes by ``advance``, and what it says is a list."""

    def __init__(self, roster: Sequence[AgentSpec], settings: Settings | None = None, jitter: float = 0.0) -> None:
        self.at = 0
        self.calls: list[Call] = []
        self.said: list[tuple[str, Message]] = []
        self.started: list[tuple[str, int]] = []
        self.stopped: list[str] = []
        self.stored: list[str] = []
        self.silences: list[Silence] = []
        self.facts: list[Fact] = []
        self.roster = roster
        self.settings = settings or Settings()
        self.ports = Ports(self, self, self, self, self, lambda: jitter)
        self.orchestrator = self.boot()

    def boot(self) -> Orchestrator:
        """Start a process over the journal; the timers of the last one are gone with it."""
        self.calls.clear()
        self.orchestrator = Orchestrator(self.settings, self.roster, self.ports)
        self.orchestrator.start()
        return self.orchestrator

    def hear(self, sender: str, message: Message) -> list[tuple[str, Message]]:
        """Let the orchestrator hear ``message``, and return what it says to that."""
        before = len(self.said)
        self.orchestrator.receive(sender, message)
        return self.said[before:]

    def advance(self, to_ms: int) -> list[tuple[str, Message]]:
        """Let time pass, and return what is said meanwhile."""
        before, called = len(self.said), 0
        while due := [call for call in self.calls if call.at_ms <= to_ms and not call.is_off]:
            first = min(due, key=lambda call: call.at_ms)
            self.calls.remove(first)
            called += 1
            assert called < 1000, f"the orchestrator is stuck at {self.at} ms"
            self.at = first.at_ms
            first.call()
        self.at = to_ms
        return self.said[before:]

    def now(self) -> int:
        return self.at

    def call_at(self, at_ms: int, call: Callable[[], None]) -> Call:
        self.calls.append(Call(at_ms, call))
        return self.calls[-1]

    def send(self, to: str, message: Message) -> None:
        self.said.append((to, message))

    def start(self, agent: str, incarnation: int) -> None:
        if (agent, incarnation) not in self.started:
            self.started.append((agent, incarnation))

    def stop(self, agent: str) -> None:
        self.stopped.append(agent)

    def has(self, key: str) -> bool:
        return key in self.stored

    def write(self, key: str, value: str) -> None:
        silence = self.silences.pop(0) if self.silences else None
        if silence is not Silence.NOTHING:
            self.stored.append(key)
        if silence is not None:
            raise StoreUnavailableError("no answer")

    def append(self, fact: Fact) -> None:
        self.facts.append(fact)

    def read(self) -> Iterable[Fact]:
        return tuple(self.facts)
