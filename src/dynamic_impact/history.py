"""What past runs say of each test, out of the event log; and this run's own record, into it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from uuid import uuid4

from dynamic_base import Clock
from dynamic_events import Event, EventLog
from dynamic_impact.document import is_cached
from dynamic_impact.execute import Outcome, Result
from dynamic_impact.model import Observation, Selection
from dynamic_impact.plan import Past

_TEST = "test.finished"
_RUN = "run.finished"


def past_of(build_root: Path, clock: Clock) -> Mapping[str, Past]:
    """Return, by address, the last result of each test on record and the seconds of its last real run."""
    past: dict[str, Past] = {}
    for event in EventLog(build_root, clock).read().events:
        if event.kind == _TEST:
            seconds = float(event.attributes.get("duration_s", 0.0) or 0.0)  # type: ignore[arg-type]  # ours, written below
            past[event.subject] = Past(seconds, failed=event.attributes.get("test.case.result.status") == "fail")
    return past


def observations(build_root: Path, clock: Clock) -> Mapping[str, tuple[Observation, ...]]:
    """Return, by address, every result on record, oldest first."""
    found: dict[str, list[Observation]] = {}
    for event in EventLog(build_root, clock).read().events:
        if event.kind == _TEST:
            read = event.attributes.get
            observation = Observation(
                time=event.time,
                outcome=str(read("test.case.result.status", "pass")),
                seconds=float(read("duration_s", 0.0) or 0.0),  # type: ignore[arg-type]  # ours, written below
                cached=bool(read("cached", False)),
                machine=str(read("host.class", "")),
                revision=str(read("vcs.ref.head.revision", "")),
            )
            found.setdefault(event.subject, []).append(observation)
    return {address: tuple(results) for address, results in found.items()}


def record(build_root: Path, clock: Clock, selection: Selection, results: Sequence[Result], seconds: float) -> str:
    """Write this run's events and return its id.

    Raises
    ------
    WriteError : the disk refused; the log is as it was
    """
    log = EventLog(build_root, clock)
    run = f"{clock.now():%Y%m%dT%H%M%S}-{uuid4().hex[:8]}"
    log.append(run, [*_tests(log, run, results), _summary(log, run, selection, results, seconds)])
    return run


def _tests(log: EventLog, run: str, results: Sequence[Result]) -> list[Event]:
    return [
        log.event(
            _TEST,
            run,
            result.subject,
            {
                "test.case.result.status": "fail" if result.outcome is Outcome.FAILED else "pass",
                "duration_s": result.seconds,
                "cached": is_cached(result),
            },
        )
        for result in results
        if result.goal == "test" and result.outcome is not Outcome.NOT_RUN
    ]


def _summary(log: EventLog, run: str, selection: Selection, results: Sequence[Result], seconds: float) -> Event:
    return log.event(
        _RUN,
        run,
        selection.change.head or "unborn",
        {
            "vcs.ref.base.revision": selection.change.base,
            "vcs.ref.head.revision": selection.change.head,
            "changed_files": len(selection.change.files),
            "tests_selected": len(selection.tests),
            "tests_total": selection.tests_total,
            "failed": sum(result.outcome is Outcome.FAILED for result in results),
            "duration_s": round(seconds, 3),
        },
    )
