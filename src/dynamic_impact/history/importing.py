"""Results of other runners, into the event log: each report once, however often it is brought."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from dynamic_base import canonical_json
from dynamic_events import AttributeValue, Event, EventLog
from dynamic_impact.errors import ReportError
from dynamic_impact.history.junit import Case, Report, read_report
from dynamic_impact.history.rows import TEST
from dynamic_impact.history.subjects import Subjects

_WORST = ("fail", "flaky", "pass")
_NAMED_CASES = 20


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of each report.

    Parameters
    ----------
    added : (report, results taken from it)
    known : reports that are on record already
    skipped : (report, why it could not be read)
    """

    added: tuple[tuple[Path, int], ...]
    known: tuple[Path, ...]
    skipped: tuple[tuple[Path, str], ...]


def reports_in(paths: Iterable[Path]) -> Iterator[Path]:
    """Return ``paths``, and for a folder the ``.xml`` files below it, in order."""
    for path in paths:
        if path.is_dir():
            yield from sorted(path.rglob("*.xml"))
        else:
            yield path


def import_reports(reports: Iterable[Path], log: EventLog, subjects: Subjects, revision: str, machine: str) -> Imported:
    """Write one event a test for each report that is not on record; those that cannot be read are named.

    Raises
    ------
    WriteError : the disk refused; the log is as it was
    """
    on_record = {name.rpartition("-")[0] for name in log.names()}
    added: list[tuple[Path, int]] = []
    known: list[Path] = []
    skipped: list[tuple[Path, str]] = []
    for path in reports:
        try:
            report = read_report(path)
        except ReportError as error:
            skipped.append((path, str(error)))
            continue
        results = _by_subject(path, report, subjects)
        run = f"junit-{_key(path, report)}"
        if run in on_record:
            known.append(path)
            continue
        if results:
            whole = report.seconds
            time = report.time or datetime.fromtimestamp(path.stat().st_mtime, UTC)
            log.append(
                run,
                [
                    _event(run, time, subject, cases, whole if len(results) == 1 else 0.0, revision, machine)
                    for subject, cases in results
                ],
            )
            on_record.add(run)
        added.append((path, len(results)))
    return Imported(tuple(added), tuple(known), tuple(skipped))


def _key(path: Path, report: Report) -> str:
    """Return what names a report: its own name and all that was read from it."""
    cases = [[case.classname, case.name, case.file, str(case.seconds), case.outcome] for case in report.cases]
    told = [path.name, report.time.isoformat() if report.time else "", cases]
    return hashlib.sha256(canonical_json(told)).hexdigest()[:16]


def _by_subject(path: Path, report: Report, subjects: Subjects) -> list[tuple[str, Sequence[Case]]]:
    """Return the cases that ran, by their test. A test of which none ran leaves nothing."""
    found: dict[str, list[Case]] = {}
    for case in report.cases:
        if case.outcome != "skip":
            found.setdefault(subjects.of(path.stem, case), []).append(case)
    return sorted(found.items())


def _event(
    run: str, time: datetime, subject: str, cases: Sequence[Case], whole_s: float, revision: str, machine: str
) -> Event:
    """Return the event of one test; ``whole_s`` is the time of its suite, which knows of imports and set-up too."""
    outcome = next(worst for worst in _WORST if any(case.outcome == worst for case in cases))
    bad = [f"{case.classname}::{case.name}" for case in cases if case.outcome == outcome != "pass"]
    attributes: dict[str, AttributeValue] = {
        "test.case.result.status": outcome,
        "duration_s": round(max(whole_s, sum(case.seconds for case in cases)), 6),
        "cached": False,
        "test.cases": len(cases),
        "test.cases.bad": tuple(bad[:_NAMED_CASES]),
        "host.class": machine,
        "vcs.ref.head.revision": revision,
    }
    return Event(uuid5(NAMESPACE_URL, f"{run}/{subject}"), time, TEST, run, subject, attributes)
