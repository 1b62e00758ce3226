"""Runs a plan through Pants, and understands what it says while it works."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from dynamic_impact.errors import PantsFailedError
from dynamic_impact.pants import Pants
from dynamic_impact.plan import Plan, Task

_LOG = re.compile(r"^\d\d:\d\d:\d\d\.\d\d \[[A-Z]+\] ")
_COMPLETED = re.compile(
    r"^\S+ \[[A-Z]+\] Completed: (?P<what>.+?) - (?P<subject>.+) - "
    r"(?:(?P<word>succeeded|no tests found)|failed \(exit code -?\d+\))\.?"
)
_STARTING = re.compile(r"^\S+ \[[A-Z]+\] Starting: (?P<what>.+)$")
_SUMMARY = re.compile(
    r"^(?P<sigil>[✓✕]) (?P<subject>.+?) (?P<word>succeeded|failed)"
    r"(?: in (?P<seconds>[\d.]+)s)?(?: \((?P<source>[^)]*)\))?\.$"
)
_BATCH = re.compile(r"^(?P<first>.+) and \d+ other files?$")
_EMPTY = "no tests found"
_KEPT_LINES = 400


class Outcome(StrEnum):
    """How a test, or a tool, ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the verdict.

    Parameters
    ----------
    subject : str, a test's address, or a tool's name for the other goals
    seconds : float, s, of the run that made the result (an earlier one where it was cached)
    source : str, "ran", or where Pants had it from ("memoized", "cached locally", "cached remotely")
    output : str, what a failing one said
    """

    goal: str
    subject: str
    outcome: Outcome
    seconds: float
    source: str
    output: str = ""


class Watcher(Protocol):
    """Who is told what happens while it happens."""

    def started(self, what: str) -> None:
        """Pants began ``what``: a test, or the building of an environment."""
        ...

    def ended(self, subject: str, *, passed: bool, output: str) -> None:
        """A test or a tool ended; ``output`` is what a failing one said."""
        ...


@dataclass(slots=True)
class Reader:
    """Follows one call of Pants line by line."""

    goal: str
    watcher: Watcher
    results: list[Result] = field(default_factory=list)
    _outputs: dict[str, list[str]] = field(default_factory=dict)
    _failing: str = ""
    _last: list[str] = field(default_factory=list)

    def line(self, text: str) -> None:
        """Take the next line."""
        if match := _COMPLETED.match(text):
            self._flush()
            if match["word"]:
                self.watcher.ended(match["subject"], passed=True, output="")
                if match["word"] == _EMPTY:  # the summary leaves it out
                    self.results.append(Result(self.goal, match["subject"], Outcome.PASSED, 0.0, _EMPTY))
            else:
                self._failing = match["subject"]
        elif match := _SUMMARY.match(text):
            self._flush()
            self._add(match)
        elif self._failing and not _LOG.match(text):
            self._outputs.setdefault(self._failing, []).append(text)
        else:
            self._flush()
            if match := _STARTING.match(text):
                self.watcher.started(match["what"])
            self._last = [*self._last, text][-_KEPT_LINES:]

    def close(self) -> None:
        """There are no more lines."""
        self._flush()

    def complaint(self) -> str:
        """Return the words of a call that ended badly without a failing result."""
        said = [text.strip() for text in self._last if text.strip()]
        named = [text for text in said if "[ERROR]" in text or re.match(r"^\w+(Error|Exception)\b", text)]
        return (named or said or ["no message"])[-1]

    def _flush(self) -> None:
        if self._failing:
            output = "\n".join(self._outputs.get(self._failing, [])).strip()
            self.watcher.ended(self._failing, passed=False, output=output)
            self._failing = ""

    def _add(self, match: re.Match[str]) -> None:
        subject = match["subject"]
        failed = match["word"] == "failed"
        output = "\n".join(self._outputs.get(subject, [])).strip() if failed else ""
        outcome = Outcome.FAILED if failed else Outcome.PASSED
        self.results.append(
            Result(self.goal, subject, outcome, float(match["seconds"] or 0), match["source"] or "ran", output)
        )


def execute(
    plan: Plan,
    pants: Pants,
    build_root: Path,
    watcher: Watcher,
    *,
    options: Sequence[str] = (),
    fail_fast: bool = False,
) -> tuple[Result, ...]:
    """Run the tasks of ``plan`` in order and return what came of each subject, "not run" after ``fail_fast``.

    Raises
    ------
    PantsFailedError : Pants ended badly and no result says why
    """
    results: list[Result] = []
    for task in plan.tasks:
        if fail_fast and any(result.outcome is Outcome.FAILED for result in results):
            results.extend(_not_run(task))
        else:
            results.extend(_execute(task, pants, build_root, watcher, options))
    return tuple(results)


def _execute(task: Task, pants: Pants, build_root: Path, watcher: Watcher, options: Sequence[str]) -> list[Result]:
    reader = Reader(task.goal, watcher)
    status = pants.run_goal(build_root, task.goal, task.addresses, options, reader.line)
    reader.close()
    failed = any(result.outcome is Outcome.FAILED for result in reader.results)
    if status != 0 and not failed:
        raise PantsFailedError(
            f"Pants could not run '{task.goal}' ({reader.complaint()})",
            f"run './pants {task.goal} {task.addresses[0]}' to see why",
        )
    if task.goal != "test":
        return reader.results
    results = [result for result in reader.results if not _BATCH.match(result.subject)]
    batches = [result for result in reader.results if _BATCH.match(result.subject)]
    seen = {result.subject for result in results}
    return [*results, *_unmentioned([address for address in task.addresses if address not in seen], batches)]


def _unmentioned(addresses: Sequence[str], batches: Sequence[Result]) -> list[Result]:
    """Return results for tests without a line of their own.

    Pants names only the first of a batch and how many others it holds, so each of them shares the worst end of all
    batches, and an even part of their time: a test may be called failed with its neighbours, never passed for them.
    """
    if not batches:
        return _not_run(Task("test", tuple(addresses)))
    worst = min(batches, key=lambda result: result.outcome is not Outcome.FAILED)
    share = round(sum(batch.seconds for batch in batches) / max(len(addresses), 1), 3)
    return [replace(worst, subject=address, seconds=share) for address in addresses]


def _not_run(task: Task) -> list[Result]:
    return [Result(task.goal, address, Outcome.NOT_RUN, 0.0, "") for address in task.addresses]
