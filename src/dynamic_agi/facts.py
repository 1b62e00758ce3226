"""What the journal holds: each fact is one decision, whole, so that a crash falls between decisions."""

from dataclasses import dataclass

from dynamic_agi.model import Loss, Outcome


@dataclass(frozen=True, slots=True)
class TaskAccepted:
    """A task is the orchestrator's from here on."""

    at: int
    task: str
    work: str
    parent: str
    barred: str


@dataclass(frozen=True, slots=True)
class LeaseGranted:
    """``agent`` alone may do ``task``, as long as it is heard of."""

    at: int
    task: str
    agent: str
    token: int


@dataclass(frozen=True, slots=True)
class LeaseLost:
    """The holder is lost; the task waits ``delay_ms`` for the next."""

    at: int
    task: str
    token: int
    why: Loss
    delay_ms: int


@dataclass(frozen=True, slots=True)
class ResultTaken:
    """The result is the orchestrator's, and its effects are owed."""

    at: int
    task: str
    token: int
    value: str
    effects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EffectApplied:
    """The effect is in the store."""

    at: int
    task: str
    effect: str


@dataclass(frozen=True, slots=True)
class TaskEnded:
    """Nothing more will happen to the task."""

    at: int
    task: str
    outcome: Outcome
    reason: str


@dataclass(frozen=True, slots=True)
class RestartScheduled:
    """The agent's next incarnation starts ``delay_ms`` later."""

    at: int
    agent: str
    incarnation: int
    delay_ms: int


@dataclass(frozen=True, slots=True)
class AgentStarted:
    """The incarnation was told to start."""

    at: int
    agent: str
    incarnation: int


@dataclass(frozen=True, slots=True)
class AgentRetired:
    """The agent failed too often and gets no more work."""

    at: int
    agent: str
    reason: str


Fact = (
    TaskAccepted
    | LeaseGranted
    | LeaseLost
    | ResultTaken
    | EffectApplied
    | TaskEnded
    | RestartScheduled
    | AgentStarted
    | AgentRetired
)
