"""One run of the gates from the question to the verdict: scope, reports, marks, and what the policy says of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dynamic_ags import Decision, load_manifest
from dynamic_base import Clock, ExitCode, UsageError
from dynamic_delivery.gates.crosscheck import cross_checked
from dynamic_delivery.gates.document import NOBODY, Approval, policy_document
from dynamic_delivery.gates.judging import spelled
from dynamic_delivery.gates.marks import Marks, mark, read_known
from dynamic_delivery.gates.model import Gate, Outcome, Report
from dynamic_delivery.gates.past import last_seconds
from dynamic_delivery.gates.runner import Rules, Watch, run_gates
from dynamic_delivery.gates.scope import Scoped
from dynamic_delivery.gates.verdict import completed, exit_code, gate_policies, judge_gates


@dataclass(frozen=True, slots=True)
class Run:
    """A run that came to its end.

    Parameters
    ----------
    document : what the policy was asked
    code : 0 allowed, 1 denied, 3 undecided by a gate or the policy and not denied
    """

    scoped: Scoped
    reports: tuple[Report, ...]
    marks: Marks
    document: Mapping[str, object]
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
    clock: Clock,
    workers: int,
    watch: Watch | None = None,
    approval: Approval = NOBODY,
    risk: Mapping[str, object] | None = None,
) -> Run:
    """Run ``gates`` over the scope and have the policy decide.

    Parameters
    ----------
    only : the names that were asked for; empty for all
    risk : what is known of the change's risk, as the policy takes it

    Raises
    ------
    WaiverError : a waiver does not say all that it must
    DynamicError : the baseline, CODEOWNERS, the policies or the manifest cannot be read; no gate was run then
    """
    root = scoped.scope.root
    policies, manifest, known = gate_policies(root), load_manifest(root), read_known(scoped)
    ran = run_gates(gates, scoped.scope, Rules(clock, workers, last_seconds(root)), watch)
    reports = (*cross_checked(ran), *unseen(scoped))
    undecided = any(report.outcome is Outcome.UNDECIDED for report in reports)
    today = clock.now().date()
    marks = mark(reports, known, today, whole=scoped.scope.everything and not only and not undecided)
    document = completed(policy_document(reports, marks, scoped, today, only, approval, risk), clock)
    decision = judge_gates(document, policies, manifest, clock)
    code = exit_code(decision)
    # The policy says so too; but that a gate could not decide is no yes, whatever a policy says.
    code = ExitCode.UNDECIDED if undecided and code is ExitCode.YES else code
    return Run(scoped, reports, marks, document, decision, code)


def unseen(scoped: Scoped) -> tuple[Report, ...]:
    """Return a report on files that no gate could be given; none where there are none."""
    for paths, why, fix in (
        (scoped.unnamed, "files have names that no gate can be given", "rename them, in UTF-8"),
        (scoped.absent, "tracked files are not checked out", "run 'git sparse-checkout disable'"),
    ):
        if paths:
            reason = f"{len(paths)} {why}, first {spelled(paths[0])}"
            return (Report("scope", Outcome.UNDECIDED, reason=reason, fix=fix),)
    return ()


def run_document(done: Run) -> dict[str, object]:
    """Return a run as one JSON document: what the policy was asked, and what came of it."""
    verdict = {ExitCode.YES: "allowed", ExitCode.NO: "denied"}.get(done.code, "undecided")
    return {**done.document, "verdict": verdict, "exit_code": int(done.code), "decision": done.decision.document()}
