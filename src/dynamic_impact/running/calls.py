"""One call of Pants: made, followed, and turned into a result for each target that was asked for."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from dynamic_base import DynamicError
from dynamic_impact.errors import PantsFailedError
from dynamic_impact.running.junit import read_cases, shares
from dynamic_impact.running.model import Call, Ended, Outcome, Result, Watcher, not_run
from dynamic_impact.running.reader import BATCH, Reader

_BY_TOOL = ("lint", "check", "fmt", "fix")
_KILLED = 128


class Runner(Protocol):
    """Starts Pants (`dynamic_impact.pants.PantsProcess`)."""

    def run_goal(
        self,
        build_root: Path,
        goal: str,
        addresses: Sequence[str],
        options: Sequence[str],
        on_line: Callable[[str], None],
        *,
        env: Mapping[str, str],
        pulse: Callable[[], bool],
    ) -> int:
        """Run ``goal`` over ``addresses`` and return Pants' exit status; stop it when ``pulse`` says True."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where Pants is started, and how.

    Parameters
    ----------
    options : more words for each call
    sources : the files of each target, as far as known
    stop : asked while Pants works; True stops it
    slot : int, which of the Pants runs that share the checkout at one time
    """

    build_root: Path
    runner: Runner
    watcher: Watcher
    options: tuple[str, ...] = ()
    sources: Mapping[str, Sequence[str]] = field(default_factory=lambda: MappingProxyType({}))
    stop: Callable[[], bool] = lambda: False
    slot: int = 0

    @property
    def reports(self) -> Path:
        """Return the folder that Pants writes its JUnit reports to, relative to the build root."""
        return Path(".dynamic", "impact", "reports", str(self.slot))


def call_pants(call: Call, place: Place, *, until_failure: bool = False, alone: bool = False) -> Ended:
    """Run ``call`` and return what came of each of its targets; what has no result is "not run".

    Parameters
    ----------
    until_failure : bool, stop Pants at the first failing test
    alone : bool, run no two targets in one process
    """
    if not call.addresses:
        return Ended(())
    reader = Reader(call.goal, place.watcher)
    reports = place.build_root / place.reports
    shutil.rmtree(reports, ignore_errors=True)
    # By the environment: a Pants that does not know an option ignores it there, and a person's own words win.
    env = {"PANTS_TEST_REPORT": "true", "PANTS_TEST_REPORT_DIR": place.reports.as_posix()}
    options = (*place.options, *(("--test-batch-size=1",) if alone else ()))
    stopped = False

    def pulse() -> bool:
        nonlocal stopped
        reader.quiet()
        stopped = stopped or place.stop() or (until_failure and reader.has_failure)
        return stopped

    status, interrupted, error = 0, False, None
    try:
        status = place.runner.run_goal(
            place.build_root, call.goal, call.addresses, options, reader.line, env=env, pulse=pulse
        )
    except KeyboardInterrupt:
        interrupted = True
    except DynamicError as failure:
        error = failure
    said = tuple(reader.results(frozenset(call.addresses)))
    if call.goal == "test":
        results = _by_target(call, said, reports, place.sources)
    elif call.goal in _BY_TOOL or stopped or interrupted or error:
        results = said
    else:
        results = said or _by_status(call, status, reader)
    if not (stopped or interrupted or error):
        error = _failure(call, status, results, reader)
    if call.goal not in _BY_TOOL or (error and not results):  # a tool has one line for all its targets
        results += not_run(call.left_after(results))
    batches = [result.outcome for result in said if BATCH.match(result.subject)]
    singles = {result.subject for result in said}
    named = sum(r.outcome is Outcome.FAILED and not r.shared and r.subject not in singles for r in results)
    unexplained = max(0, batches.count(Outcome.FAILED) - named)
    return Ended(results, error, interrupted, stopped, len(batches), unexplained)


def _failure(call: Call, status: int, results: Sequence[Result], reader: Reader) -> PantsFailedError | None:
    """Return what is wrong with Pants itself, if anything is: a failing test is no fault of it."""
    if status < 0 or status > _KILLED:
        number = -status if status < 0 else status - _KILLED
        return PantsFailedError(
            f"Pants was killed by signal {number} while it ran '{call.goal}'",
            "what had ended is kept; look for an out-of-memory kill, and start the run again",
        )
    if status == 0 or any(result.outcome is Outcome.FAILED for result in results):
        return None
    return PantsFailedError(
        f"Pants could not run '{call.goal}' ({reader.complaint()})",
        f"run './pants {call.goal} {call.addresses[0]}' to see why",
    )


def _by_status(call: Call, status: int, reader: Reader) -> tuple[Result, ...]:
    """Return results for a goal that has no summary, such as ``package``: Pants stops at its first failure."""
    if status == 0:
        return tuple(Result(call.goal, address, Outcome.PASSED, 0.0, "ran") for address in call.addresses)
    if len(call.addresses) > 1:
        return ()
    return (Result(call.goal, call.addresses[0], Outcome.FAILED, 0.0, "ran", reader.complaint()),)


def _by_target(
    call: Call, said: Sequence[Result], reports: Path, sources: Mapping[str, Sequence[str]]
) -> tuple[Result, ...]:
    results = tuple(result for result in said if not BATCH.match(result.subject))
    batches = [result for result in said if BATCH.match(result.subject)]
    members = call.left_after(results).addresses
    if not batches or not members:
        return results
    return (*results, *_apart(members, batches, reports, sources))


def _apart(
    members: Sequence[str], batches: Sequence[Result], reports: Path, sources: Mapping[str, Sequence[str]]
) -> list[Result]:
    """Return a result for each member of ``batches``.

    Pants names only the first of a batch and how many others it holds; the reports say the rest. Where they do not (the
    runner crashed, a neighbour could not be imported, or a failing case is nobody's), a member shares the worst end of
    all batches, and says so (``shared``): a test may be called failed with its neighbours, never passed for them. What
    the batches took beside the cases, such as the start of the runner, is shared evenly.
    """
    worst = min(batches, key=lambda result: result.outcome is not Outcome.FAILED)
    known = shares(read_cases(reports), members, sources)
    if worst.outcome is Outcome.FAILED and not any(share.failed for share in known.values()):
        known = {}
    took = sum(batch.seconds for batch in batches)
    even = max(0.0, took - sum(share.seconds for share in known.values())) / len(members)
    found = []
    for address in members:
        share = known.get(address)
        if share is None:
            failed = worst.outcome is Outcome.FAILED
            found.append(replace(worst, subject=address, seconds=round(even, 3), shared=failed))
        else:
            outcome = Outcome.FAILED if share.failed else Outcome.PASSED
            found.append(
                replace(
                    worst, subject=address, outcome=outcome, seconds=round(even + share.seconds, 3), output=share.said
                )
            )
    return found
