"""What an observer has seen of an episode. It reads events only, never the orchestrator's own state."""

from collections.abc import Iterable
from dataclasses import dataclass

from dynamic_agi.events import (
    Delivered,
    Duplicated,
    EffectWritten,
    Event,
    Happening,
    Lost,
    OrchestratorCrashed,
    OrchestratorStarted,
    ProcessStarted,
    Sent,
)
from dynamic_agi.facts import (
    AgentRetired,
    AgentStarted,
    EffectApplied,
    Fact,
    LeaseGranted,
    LeaseLost,
    RestartScheduled,
    ResultTaken,
    TaskAccepted,
    TaskEnded,
)
from dynamic_agi.messages import Accepted, Heartbeat
from dynamic_agi.model import AgentSpec, Settings


@dataclass(slots=True)
class Held:
    """A live lease, and when its holder was last heard of."""

    agent: str
    token: int
    heard_at: int


@dataclass(slots=True)
class Letter:
    """A message on its way; ``copies`` are the deliveries that may still come."""

    sent: Sent
    at: int
    copies: int


@dataclass(frozen=True, slots=True)
class Taken:
    """A result in the journal, and whose it was."""

    agent: str
    fact: ResultTaken


class Ledger:
    """The observer's books, as they stood before the event at hand."""

    def __init__(self, settings: Settings, roster: Iterable[AgentSpec], least_latency_ms: int) -> None:
        self.settings = settings
        self.least_latency_ms = least_latency_ms
        self.is_up = False
        self.letters: dict[int, Letter] = {}
        self.accepted: dict[str, TaskAccepted] = {}
        self.told: set[str] = set()
        self.open_submitted = 0
        self.leases: dict[str, Held] = {}
        self.holding: dict[str, str] = {}
        self.last_token = 0
        self.attempts: dict[str, int] = {}
        self.delays: dict[str, int] = {}
        self.closed_tokens: set[tuple[str, int]] = set()
        self.results: dict[str, Taken] = {}
        self.ended: dict[str, TaskEnded] = {}
        self.written: dict[str, int] = {}
        self.incarnations = {spec.name: 1 for spec in roster}
        self.pending: dict[str, RestartScheduled] = {}
        self.restarts: dict[str, list[RestartScheduled]] = {name: [] for name in self.incarnations}
        self.retired: set[str] = set()
        self.running: dict[str, int] = {}

    def recent_restarts(self, agent: str, at: int) -> int:
        """Return how many restarts of ``agent`` were decided within the window that ends at ``at``."""
        return sum(fact.at > at - self.settings.window_ms for fact in self.restarts[agent])

    def take(self, event: Event) -> None:
        """Write ``event`` into the books."""
        match event.what:
            case Sent() as sent:
                self._sent(sent, event.at)
            case Delivered() as delivered:
                self._delivered(delivered, event.at)
            case _:
                self._take(event.what, event.at)

    def _take(self, what: Fact | Happening, at: int) -> None:  # noqa: C901, PLR0912  # one flat table
        match what:
            case Lost():
                self.letters[what.id].copies = 0
            case Duplicated():
                self.letters[what.id].copies = 2
            case TaskAccepted():
                self.accepted[what.task] = what
                self.open_submitted += not what.parent
            case LeaseGranted():
                self.leases[what.task] = Held(what.agent, what.token, at)
                self.holding[what.agent] = what.task
                self.last_token = what.token
                self.attempts[what.task] = self.attempts.get(what.task, 0) + 1
            case LeaseLost():
                self.delays[what.task] = what.delay_ms
                self._close(what.task)
            case ResultTaken():
                self.results[what.task] = Taken(self.leases[what.task].agent, what)
                self._close(what.task)
            case TaskEnded():
                self.ended[what.task] = what
                self.open_submitted -= not self.accepted[what.task].parent
                self._close(what.task)
            case EffectWritten():
                self.written[what.key] = self.written.get(what.key, 0) + 1
            case RestartScheduled():
                self.pending[what.agent] = what
                self.restarts[what.agent].append(what)
            case AgentStarted():
                del self.pending[what.agent]
                self.incarnations[what.agent] = what.incarnation
            case AgentRetired():
                self.retired.add(what.agent)
            case ProcessStarted():
                self.running[what.agent] = what.incarnation
            case OrchestratorCrashed():
                self.is_up = False
            case OrchestratorStarted():
                self.is_up = True
                for held in self.leases.values():
                    held.heard_at = at  # what was said meanwhile nobody could hear
            case EffectApplied() | _:
                pass

    def _sent(self, sent: Sent, at: int) -> None:
        self.letters[sent.id] = Letter(sent, at, 1)
        if isinstance(sent.message, Accepted):
            self.told.add(sent.message.task)

    def _delivered(self, delivered: Delivered, at: int) -> None:
        self.letters[delivered.id].copies -= 1
        beat = delivered.message
        if isinstance(beat, Heartbeat):
            held = self.leases.get(beat.task)
            if held is not None and held.token == beat.token:
                held.heard_at = at

    def _close(self, task: str) -> None:
        held = self.leases.pop(task, None)
        if held is not None:
            self.closed_tokens.add((task, held.token))
            self.holding.pop(held.agent, None)
