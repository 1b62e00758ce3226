"""The values that the steps of a run hand each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol

from dynamic_base import DynamicError


class Outcome(StrEnum):
    """How a test, or a tool, ended."""

    PASSED = "passed"
    FAILED = "failed"
    FLAKY = "flaky"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One of several tries of one test on the same files; the fields are those of `Result`."""

    outcome: Outcome
    seconds: float
    source: str
    output: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the verdict.

    Parameters
    ----------
    subject : str, a test's address, or a tool's name for the other goals
    seconds : float, s, of the run that made the result (an earlier one where it was cached)
    source : str, "ran", where Pants had it from ("memoized", "cached locally", …), or why it did not run
    output : str, what a failing one said; of a flaky one, what its first failure said
    attempts : every try in order, where there was more than one
    worker : str, who ran it, or "" for this machine
    shared : bool, a batch failed, and nothing says that this member did
    """

    goal: str
    subject: str
    outcome: Outcome
    seconds: float
    source: str
    output: str = ""
    attempts: tuple[Attempt, ...] = ()
    worker: str = ""
    shared: bool = False

    def attempt(self) -> Attempt:
        """Return this as one try."""
        return Attempt(self.outcome, self.seconds, self.source, self.output)


@dataclass(frozen=True, slots=True)
class Call:
    """One goal over some targets, in one call of Pants.

    Parameters
    ----------
    expected_s : float, s, the sum over its targets
    resources : what a worker must have to take it, e.g. ``{"GPU": 1}``
    """

    goal: str
    addresses: tuple[str, ...]
    expected_s: float = 0.0
    resources: Mapping[str, float] = field(default_factory=dict)

    def left_after(self, results: "tuple[Result, ...] | list[Result]") -> "Call":
        """Return the part of it that none of ``results`` is about."""
        seen = {result.subject for result in results}
        return replace(self, addresses=tuple(address for address in self.addresses if address not in seen))


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of some calls.

    Parameters
    ----------
    error : why not all of it could be run
    interrupted : bool, a person stopped it
    stopped : bool, it was stopped at the first failure, as asked
    batches : int, how many processes held several targets
    unexplained : int, how many of those failed without a report that names a failing member
    """

    results: tuple[Result, ...]
    error: DynamicError | None = None
    interrupted: bool = False
    stopped: bool = False
    batches: int = 0
    unexplained: int = 0

    @property
    def is_whole(self) -> bool:
        """Say whether nothing outside the tests cut it short."""
        return self.error is None and not self.interrupted


class Watcher(Protocol):
    """Who is told what happens while it happens."""

    def started(self, what: str) -> None:
        """Pants began ``what``: a test, or the building of an environment."""
        ...

    def ended(self, subject: str, *, passed: bool, output: str) -> None:
        """A test or a tool ended; ``output`` is what a failing one said."""
        ...


def not_run(call: Call, why: str = "") -> tuple[Result, ...]:
    """Return a line for each target of ``call`` that nothing is known of."""
    return tuple(Result(call.goal, address, Outcome.NOT_RUN, 0.0, why) for address in call.addresses)
