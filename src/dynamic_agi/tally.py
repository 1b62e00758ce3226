"""What an episode came to, counted from its events."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from dynamic_agi.events import (
    AgentCrashed,
    AgentHung,
    AgentSlowed,
    Delayed,
    Duplicated,
    EffectWritten,
    Event,
    Lost,
    OrchestratorCrashed,
    Reordered,
    StoreSilent,
)
from dynamic_agi.facts import LeaseGranted, LeaseLost, RestartScheduled, ResultTaken, TaskEnded

FAULTS: dict[type, str] = {
    Lost: "message lost",
    Duplicated: "message duplicated",
    Reordered: "message reordered",
    Delayed: "message delayed",
    AgentCrashed: "agent crashed",
    AgentHung: "agent hung",
    AgentSlowed: "agent slow",
    StoreSilent: "store silent",
    OrchestratorCrashed: "orchestrator crashed",
}


@dataclass(slots=True)
class Tally:
    """Counts of one or more episodes.

    ``recovery_ms`` is the worst time from a fault that took a task's holder (a crash, a hang) to the next thing that
    happened to the task: another holder, a result, or an end.
    """

    episodes: int = 0
    events: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    restarts: int = 0
    retries: int = 0
    effects: int = 0
    recovery_ms: int = 0
    _hit: dict[str, int] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        """Count ``event``."""
        self.events += 1
        what = event.what
        fault = FAULTS.get(type(what))
        if fault is not None:
            self.faults[fault] += 1
        match what:
            case AgentCrashed() | AgentHung():
                if what.task:
                    self._hit.setdefault(what.task, event.at)
            case LeaseGranted() | ResultTaken() | TaskEnded():
                self._recover(what.task, event.at)
                if isinstance(what, TaskEnded):
                    self.outcomes[what.outcome.value] += 1
            case LeaseLost():
                self.retries += 1
            case RestartScheduled():
                self.restarts += 1
            case EffectWritten():
                self.effects += 1
            case _:
                pass

    def _recover(self, task: str, at: int) -> None:
        hit_at = self._hit.pop(task, None)
        if hit_at is not None:
            self.recovery_ms = max(self.recovery_ms, at - hit_at)

    def document(self) -> dict[str, object]:
        """Return the counts in JSON's kinds, every fault named."""
        return {
            "episodes": self.episodes,
            "events": self.events,
            "faults": {name: self.faults[name] for name in FAULTS.values()},
            "outcomes": {name: self.outcomes[name] for name in ("done", "failed", "escalated")},
            "restarts": self.restarts,
            "retries": self.retries,
            "effects": self.effects,
            "worst_recovery_ms": self.recovery_ms,
        }


def total(tallies: Iterable[Tally]) -> Tally:
    """Return the sum of counts and the worst of times."""
    whole = Tally()
    for tally in tallies:
        whole.episodes += tally.episodes
        whole.events += tally.events
        whole.faults += tally.faults
        whole.outcomes += tally.outcomes
        whole.restarts += tally.restarts
        whole.retries += tally.retries
        whole.effects += tally.effects
        whole.recovery_ms = max(whole.recovery_ms, tally.recovery_ms)
    return whole
