"""The record of a run of the gates: the policy's decision, events for the log, and the last run's whole document."""

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import dynamic_ags
from dynamic_base import Clock, write_atomic
from dynamic_delivery.gates.model import Report
from dynamic_delivery.gates.past import last_run
from dynamic_delivery.gates.run import Run, run_document
from dynamic_events import AttributeValue, Event, EventLog

GATE, RUN = "gate.finished", "gates.finished"


def record(root: Path, clock: Clock, done: Run) -> Path:
    """Record ``done``, and return the file that holds all of it.

    Of two runs that end at once both stand in the log, and one of them, whole, as the last.

    Raises
    ------
    WriteError : the disk refused. A decision without a record is none.
    """
    dynamic_ags.record(root, [done.decision])
    log = EventLog(root, clock)
    run = f"{clock.now():%Y%m%dT%H%M%S}-{uuid4().hex[:8]}"
    log.append(run, _events(log, run, done))
    path = last_run(root)
    write_atomic(path, json.dumps(run_document(done), ensure_ascii=False, indent=1).encode())
    return path


def _events(log: EventLog, run: str, done: Run) -> Iterator[Event]:
    revisions: dict[str, AttributeValue] = {
        "vcs.ref.base.revision": done.scoped.base,
        "vcs.ref.head.revision": done.scoped.head,
    }
    for report in done.reports:
        yield log.event(GATE, run, report.gate, {**revisions, **_of_gate(report, done)})
    decision = done.decision
    yield log.event(
        RUN,
        run,
        done.scoped.head or "unborn",
        {
            **revisions,
            "exit_code": int(done.code),
            "denied.rules": tuple(sorted({denial.rule for denial in decision.denials})),
            "changed_files": len(done.scoped.scope.changed),
            "everything": done.scoped.scope.everything,
        },
    )


def _of_gate(report: Report, done: Run) -> dict[str, AttributeValue]:
    of_gate = [marked for marked in done.marks.findings if marked.finding.gate == report.gate]
    return {
        "gate.outcome": str(report.outcome),
        "gate.findings": len(of_gate),
        "gate.new": sum(marked.new and marked.waiver is None for marked in of_gate),
        "gate.reason": report.reason,
        "tool.version": f"{report.tool.name} {report.tool.version}" if report.tool else "",
        "duration_s": round(report.seconds, 3),
    }
