"""What a simulation records: each fact of the journal, and what the world did. Each has one canonical line."""

import re
from dataclasses import dataclass

from dynamic_agi.facts import Fact
from dynamic_agi.messages import Message


@dataclass(frozen=True, slots=True)
class Sent:
    """A message left; ``id`` counts them."""

    id: int
    sender: str
    to: str
    message: Message


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message, or a copy of it, arrived."""

    id: int
    sender: str
    to: str
    message: Message


@dataclass(frozen=True, slots=True)
class Dropped:
    """A message arrived where nobody was."""

    id: int
    to: str


@dataclass(frozen=True, slots=True)
class Lost:
    """Fault: the message will not arrive."""

    id: int


@dataclass(frozen=True, slots=True)
class Duplicated:
    """Fault: it will arrive twice."""

    id: int


@dataclass(frozen=True, slots=True)
class Reordered:
    """Fault: it takes so long that later ones overtake it."""

    id: int


@dataclass(frozen=True, slots=True)
class Delayed:
    """Fault: it comes long after its time."""

    id: int


@dataclass(frozen=True, slots=True)
class AgentCrashed:
    """Fault: the process is gone, with what it knew. ``task`` is what it was on, or ""."""

    agent: str
    incarnation: int
    task: str


@dataclass(frozen=True, slots=True)
class AgentHung:
    """Fault: for ``ms`` it neither works, nor speaks, nor reads."""

    agent: str
    task: str
    ms: int


@dataclass(frozen=True, slots=True)
class AgentResumed:
    """A hung process goes on as if nothing had been."""

    agent: str


@dataclass(frozen=True, slots=True)
class AgentSlowed:
    """Fault: the step takes ``times`` as long."""

    agent: str
    times: int


@dataclass(frozen=True, slots=True)
class ProcessStarted:
    """A host runs this incarnation."""

    agent: str
    incarnation: int


@dataclass(frozen=True, slots=True)
class ProcessStopped:
    """A host runs none any more."""

    agent: str


@dataclass(frozen=True, slots=True)
class EffectWritten:
    """The effect happened in the store."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class StoreSilent:
    """Fault: the caller got no answer."""

    key: str
    call: str


@dataclass(frozen=True, slots=True)
class OrchestratorCrashed:
    """Fault: the orchestrator's process is gone; the journal stays."""

    down_ms: int


@dataclass(frozen=True, slots=True)
class OrchestratorStarted:
    """A new process reads the journal."""

    facts: int


@dataclass(frozen=True, slots=True)
class Finished:
    """The episode is over: ``why`` is "at rest", or what it did not come to rest for."""

    why: str


AT_REST = "at rest"

Happening = (
    Sent
    | Delivered
    | Dropped
    | Lost
    | Duplicated
    | Reordered
    | Delayed
    | AgentCrashed
    | AgentHung
    | AgentResumed
    | AgentSlowed
    | ProcessStarted
    | ProcessStopped
    | EffectWritten
    | StoreSilent
    | OrchestratorCrashed
    | OrchestratorStarted
    | Finished
)


@dataclass(frozen=True, slots=True)
class Event:
    """Number ``n`` of an episode, counted from 1, at ``at`` ms of its clock."""

    n: int
    at: int
    what: Fact | Happening


def kind_of(kind: type) -> str:
    """Return the class's name in snake case."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()
