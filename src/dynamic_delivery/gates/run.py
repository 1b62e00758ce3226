"""One run of the gates from the question to the verdict: scope, reports, marks, and what the policy says of them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dynamic_ags import Decision, load_manifest, read_policies
from dynamic_base import Clock, ExitCode, UsageError, state_folder, write_atomic
from dynamic_delivery.gates.marks import NOBODY, Approval, Marks, finding_document, mark, policy_document
from dynamic_delivery.gates.model import Gate, Outcome, Report
from dynamic_delivery.gates.runner import Rules, Watch, run_gates
from dynamic_delivery.gates.scope import Scoped
from dynamic_delivery.gates.verdict import exit_code, judge_gates
from dynamic_delivery.gates.waivers import Waiver

SCHEMA = "dynamic.gate-run/1"


@dataclass(frozen=True, slots=True)
class Run:
    """A run that came to its end.

    Parameters
    ----------
    code : 0 allowed, 1 denied, 3 undecided by a gate or the policy and not denied
    """

    scoped: Scoped
    reports: tuple[Report, ...]
    marks: Marks
    decision: Decision
    code: ExitCode


def choose(gates: Sequence[Gate], only: Sequence[str]) -> tuple[Gate, ...]:
    """Return the gates named by ``only``, or all.

    Raises
    ------
    UsageError : there is no gate of a name
    """
    names = [gate.name for gate in gates]
    if unknown := next((name for name in only if name not in names), ""):
        raise UsageError(f"no gate is called {unknown!r}", f"choose from {', '.join(names)}")
    return tuple(gate for gate in gates if not only or gate.name in only)


def run(
    gates: Sequence[Gate],
    only: Sequence[str],
    scoped: Scoped,
    waivers: Sequence[Waiver],
    clock: Clock,
    workers: int,
    watch: Watch | None = None,
    approval: Approval = NOBODY,
) -> Run:
    """Run ``gates`` over the scope and have the policy decide.

    Parameters
    ----------
    only : the names that were asked for; empty for all

    Raises
    ------
    DynamicError : the baseline, CODEOWNERS, the policies or the manifest cannot be read; nothing is decided then
    """
    root = scoped.scope.root
    policies, manifest = read_policies(root), load_manifest(root)
    reports = run_gates(gates, scoped.scope, Rules(clock, workers, last_seconds(root)), watch)
    today = clock.now().date()
    marks = mark(reports, scoped, waivers, today)
    document = policy_document(reports, marks, scoped, today, only, approval)
    decision = judge_gates(document, policies, manifest, clock)
    return Run(scoped, reports, marks, decision, _code(exit_code(decision), reports))


def _code(said: ExitCode, reports: Sequence[Report]) -> ExitCode:
    """Return the exit code. The policy says so too; that a gate could not decide is no yes whatever a policy says."""
    undecided = any(report.outcome is Outcome.UNDECIDED for report in reports)
    return ExitCode.UNDECIDED if undecided and said is ExitCode.YES else said


def run_document(done: Run) -> dict[str, object]:
    """Return a run as one JSON document."""
    scope = done.scoped.scope
    return {
        "schema": SCHEMA,
        "verdict": {ExitCode.YES: "allowed", ExitCode.NO: "denied"}.get(done.code, "undecided"),
        "exit_code": int(done.code),
        "change": {
            "everything": scope.everything,
            "base": done.scoped.base,
            "reason": done.scoped.reason,
            "changed": list(scope.changed),
            "files": len(scope.files),
            "notes": list(done.scoped.notes),
        },
        "gates": [report_document(report) for report in done.reports],
        "findings": [finding_document(marked) for marked in done.marks.findings],
        "waivers": [
            {"waiver": each.waiver.name, "expired": each.expired, "used": each.used} for each in done.marks.waivers
        ],
        "decision": done.decision.document(),
    }


def report_document(report: Report) -> dict[str, object]:
    """Return ``report`` without its findings."""
    tool = report.tool
    return {
        "name": report.gate,
        "outcome": str(report.outcome),
        "reason": report.reason,
        "fix": report.fix,
        "findings": len(report.findings),
        "read": len(report.read),
        "tool": {"name": tool.name, "version": tool.version, "sha256": tool.sha256} if tool else None,
        "notes": list(report.notes),
        "seconds": round(report.seconds, 3),
    }


def last_seconds(root: Path) -> dict[str, float]:
    """Return how long each gate took the last time; nothing where no run came to its end, or its record is damaged."""
    try:
        rows = json.loads(_record(root).read_bytes())["gates"]
        return {str(row["name"]): float(row["seconds"]) for row in rows if row["outcome"] != Outcome.SKIPPED}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def record(root: Path, document: Mapping[str, object]) -> Path:
    """Keep ``document`` as the last run of ``root``; of two that end at once, the later stands, whole."""
    path = _record(root)
    write_atomic(path, json.dumps(document, ensure_ascii=False, indent=1).encode())
    return path


def _record(root: Path) -> Path:
    return state_folder(root) / "gates" / "last.json"
