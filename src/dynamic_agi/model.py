"""The values that the orchestrator keeps. Times are integer milliseconds of the clock port."""

from dataclasses import dataclass
from enum import StrEnum

APPROVED = "approved"
REFUSED = "refused"


class Phase(StrEnum):
    """Where a task stands; it moves down this list, and from LEASED back to WAITING when its holder is lost."""

    WAITING = "waiting"
    LEASED = "leased"
    SETTLING = "settling"
    ENDED = "ended"


class Outcome(StrEnum):
    """How a task ended: with a result, with a reason why there is none, or in the hands of a person."""

    DONE = "done"
    FAILED = "failed"
    ESCALATED = "escalated"


class Status(StrEnum):
    """What the supervisor holds of an agent."""

    UP = "up"
    RESTARTING = "restarting"
    RETIRED = "retired"


class Loss(StrEnum):
    """Why a lease ended without a result."""

    EXPIRED = "expired"
    EXITED = "exited"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Task:
    """One piece of work.

    Parameters
    ----------
    id : str, the idempotency key that its submitter chose
    parent : str, the task that asked for it, or ""
    barred : str, the agent that may not do it: nobody approves an effect of his own
    token : int, fencing token of the latest lease; taken_token that of the lease whose result was taken
    attempts : int, leases so far
    applied : names of the effects that are in the store
    """

    id: str
    work: str
    parent: str = ""
    barred: str = ""
    phase: Phase = Phase.WAITING
    not_before: int = 0
    attempts: int = 0
    agent: str = ""
    token: int = 0
    taken_token: int = 0
    value: str = ""
    effects: tuple[str, ...] = ()
    applied: tuple[str, ...] = ()
    outcome: Outcome | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AgentSpec:
    """An agent by name, and the kinds of work that it does."""

    name: str
    does: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Agent:
    """What is known of an agent; ``restarts`` are the times at which a restart was decided, ``task`` what it holds."""

    name: str
    does: tuple[str, ...]
    status: Status = Status.UP
    incarnation: int = 1
    restart_at: int = 0
    restarts: tuple[int, ...] = ()
    task: str = ""
    last_token: int = 0


@dataclass(frozen=True, slots=True)
class Backoff:
    """Bounds of an exponential back-off, in ms."""

    base_ms: int
    cap_ms: int


@dataclass(frozen=True, slots=True)
class Settings:
    """The orchestrator's policy.

    Parameters
    ----------
    lease_ms : a holder that is silent for so long has lost its task
    resend_ms : an assignment that no heartbeat confirmed is said again after this
    queue_limit : submitted tasks that may be open at once; the next submitter is told to come back
    max_attempts : leases of one task; after the last the task goes to a person
    max_restarts, window_ms : an agent that needs more restarts within the window is retired
    guarded : names of the effects that need an approval, given by a task of kind ``approval``
    """

    lease_ms: int = 200
    resend_ms: int = 60
    queue_limit: int = 4
    max_attempts: int = 6
    retry: Backoff = Backoff(20, 320)
    max_restarts: int = 4
    window_ms: int = 2000
    restart: Backoff = Backoff(30, 480)
    guarded: tuple[str, ...] = ()
    approval: str = ""


def effect_key(task: str, effect: str) -> str:
    """Return the key under which an effect is stored once; also the id of the task that approves it."""
    return f"{task}#{effect}"


def child_id(task: str, index: int) -> str:
    """Return the id of what ``task`` asks for at ``index``: the same at each attempt, so that it is done once."""
    return f"{task}/{index}"
