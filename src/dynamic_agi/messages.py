"""What submitters, orchestrator and agents say to each other. Any of it may be lost, doubled, late or out of order."""

from dataclasses import dataclass

from dynamic_agi.model import Outcome


@dataclass(frozen=True, slots=True)
class Submit:
    """Submitter: please take this task; said again until accepted."""

    task: str
    work: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """To the submitter: it is in the journal."""

    task: str


@dataclass(frozen=True, slots=True)
class Busy:
    """To the submitter: no room now, come back."""

    task: str


@dataclass(frozen=True, slots=True)
class Assign:
    """To an agent: do it, under this token."""

    task: str
    work: str
    token: int


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Agent: I am on it."""

    task: str
    token: int


@dataclass(frozen=True, slots=True)
class Ask:
    """Agent: for this task I need that work done; said again until answered."""

    task: str
    token: int
    index: int
    work: str


@dataclass(frozen=True, slots=True)
class Answer:
    """To an agent: what it asked for has ended so."""

    task: str
    token: int
    index: int
    outcome: Outcome
    value: str


@dataclass(frozen=True, slots=True)
class Result:
    """Agent: done, and these effects are proposed; said again until taken."""

    task: str
    token: int
    value: str
    effects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """Agent: not done; said again until taken."""

    task: str
    token: int
    reason: str
    permanent: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """To an agent: your result or failure is in the journal."""

    task: str
    token: int


@dataclass(frozen=True, slots=True)
class Stale:
    """To an agent: this token is worth nothing any more, drop the work."""

    task: str
    token: int


@dataclass(frozen=True, slots=True)
class Exited:
    """An agent's host: this incarnation is gone."""

    agent: str
    incarnation: int


Message = Submit | Accepted | Busy | Assign | Heartbeat | Ask | Answer | Result | Failure | Taken | Stale | Exited
