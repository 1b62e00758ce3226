"""The record of a run, into the event log."""

from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from dynamic_base import Clock, digest
from dynamic_events import AttributeValue, EventLog
from dynamic_impact.document import is_cached
from dynamic_impact.execute import Outcome, Result
from dynamic_impact.history.rows import RUN, TEST
from dynamic_impact.model import Selection

LISTED_FILES = 200
_STATUS = {"passed": "pass", "failed": "fail", "flaky": "flaky"}


def record(
    build_root: Path,
    clock: Clock,
    selection: Selection,
    results: Sequence[Result],
    seconds: float,
    *,
    machine: str = "",
) -> str:
    """Write this run's events and return its id.

    Parameters
    ----------
    machine : str, the class of machine that it ran on

    Raises
    ------
    WriteError : the disk refused; the log is as it was
    """
    log = EventLog(build_root, clock)
    run = f"{clock.now():%Y%m%dT%H%M%S}-{uuid4().hex[:8]}"
    ran = [result for result in results if result.goal == "test" and result.outcome.value in _STATUS]
    tests = [log.event(TEST, run, result.subject, _of_test(selection, result, machine)) for result in ran]
    log.append(run, [*tests, log.event(RUN, run, _revision(selection), _of_run(selection, results, seconds))])
    return run


def _revision(selection: Selection) -> str:
    return selection.change.head or "unborn"


def _of_test(selection: Selection, result: Result, machine: str) -> dict[str, AttributeValue]:
    likelihood = selection.ranking.likelihoods.get(result.subject)
    # What was known before the run stands beside what came of it, so that the weights can be fitted without looking
    # ahead.
    known = {f"rank.{part.name}": round(part.value, 6) for part in likelihood.parts} if likelihood else {}
    return {
        "test.case.result.status": _STATUS[result.outcome.value],
        "duration_s": result.seconds,
        "cached": is_cached(result),
        "attempts": len(getattr(result, "attempts", ())) or 1,  # empty where it ran once
        "host.class": machine,
        "vcs.ref.head.revision": selection.change.head,
        **({"rank.likelihood": round(likelihood.p, 6)} if likelihood else {}),
        **known,
    }


def _of_run(selection: Selection, results: Sequence[Result], seconds: float) -> dict[str, AttributeValue]:
    change = selection.change
    paths = tuple(file.path for file in change.files)
    return {
        "vcs.ref.base.revision": change.base,
        "vcs.ref.head.revision": change.head,
        "vcs.ref.head.tree": change.head_tree,
        "impact.mode": selection.mode.value,
        "changed_files": len(paths),
        "changed.files": paths[:LISTED_FILES],
        "changed.digest": digest(list(paths)),
        "tests_selected": len(selection.tests),
        "tests_spared": len(selection.spared),
        "tests_total": selection.tests_total,
        "failed": sum(result.outcome is Outcome.FAILED for result in results),
        "duration_s": round(seconds, 3),
    }
