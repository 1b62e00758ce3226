"""The values of a replay."""

from collections.abc import Mapping
from dataclasses import dataclass, field

STOCK = "stock"
ASKED = "stock, asked"


@dataclass(frozen=True, slots=True)
class Commit:
    """One past change: what ``id`` did to its first parent.

    Parameters
    ----------
    time : int, s since 1970, UTC
    """

    id: str
    parent: str
    time: int
    subject: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """What would have been picked for one commit.

    Parameters
    ----------
    files : int, how many changed
    tests : int, how many there were
    picks : by picker (STOCK, ASKED, or a mode), the tests
    widened : why the answer was widened to everything, or ""
    unread : why the commit could not be replayed, or ""; then all else is empty
    """

    commit: Commit
    files: int = 0
    tests: int = 0
    picks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    widened: str = ""
    unread: str = ""


@dataclass(frozen=True, slots=True)
class Cost:
    """What running a pick would have cost.

    Parameters
    ----------
    seconds : float, s, of test time
    makespan_s : float, s, on the runners
    """

    tests: int
    seconds: float
    makespan_s: float
