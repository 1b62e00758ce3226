"""``gate``: run the quality gates over a change, and accept what was there before them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click
from rich.text import Text

from dynamic_base import Console, ExitCode, SystemClock, write_atomic
from dynamic_base.files import WriteError
from dynamic_delivery.gates.asking import Wish, asking, interruptible, prepare, progress, report_path
from dynamic_delivery.gates.baseline_cli import baseline_command
from dynamic_delivery.gates.document import Approval
from dynamic_delivery.gates.explain_cli import explain_command
from dynamic_delivery.gates.junit import junit_document
from dynamic_delivery.gates.licences_cli import licences_group
from dynamic_delivery.gates.model import Gate
from dynamic_delivery.gates.recording import record
from dynamic_delivery.gates.render import lines, next_lines, reports_table, verdict_lines
from dynamic_delivery.gates.risk_score import read_risk
from dynamic_delivery.gates.run import Run, run, run_document
from dynamic_delivery.gates.sarif import sarif_bytes, sarif_document
from dynamic_delivery.gates.sbom_cli import sbom_command


@click.group("gate", epilog="Example:  ./dynamic gate run --only ruff")
def gate_group() -> None:
    """Run the quality gates over what a change affects, and give one verdict."""


gate_group.add_command(baseline_command)
gate_group.add_command(explain_command)
gate_group.add_command(licences_group)
gate_group.add_command(sbom_command)


@gate_group.command("run", epilog="Example:  ./dynamic gate run --since HEAD~1 --only ruff")
@asking
@click.option("--since", metavar="REF", default="", help="Compare with the merge base of REF and HEAD.")
@click.option("--all", "everything", is_flag=True, help="Look at every file, and not just at what the change affects.")
@click.option("--sarif", type=click.Path(path_type=Path), help="Write the findings to this file as SARIF 2.1.0.")
@click.option("--junit", type=click.Path(path_type=Path), help="Write the verdict to this file as JUnit's XML.")
@click.option("--author", metavar="PERSON", default="", help="Whose change it is, for the policy.")
@click.option("--approved-by", "approvals", metavar="PERSON", multiple=True, help="Who agreed; may be repeated.")
@click.option(
    "--risk", type=click.Path(path_type=Path), help="What './dynamic risk show --json' printed of this change."
)
def run_command(
    wish: Wish,
    since: str,
    everything: bool,
    sarif: Path | None,
    junit: Path | None,
    author: str,
    approvals: tuple[str, ...],
    risk: Path | None,
    as_json: bool,
) -> ExitCode:
    """Run the gates at the same time, and let the policy say whether the change may go on.

    The change is what this branch and the working tree add to the default branch; on a clean default branch, the last
    commit. Exit code: 0 allowed, 1 denied, 2 wrong usage, 3 a gate or the policy could not decide.
    """
    if since and everything:
        raise click.UsageError("--since and --all exclude each other: give one of them")
    console = Console(as_json=as_json)
    for path in filter(None, (sarif, junit)):
        report_path(path)
    if sarif and junit and sarif.resolve() == junit.resolve():
        raise click.UsageError("--sarif and --junit name the same file: give each its own")
    clock = SystemClock()
    with interruptible():
        gates, scoped = prepare(wish, since, everything, clock, console)
        known_risk = read_risk(risk, scoped) if risk else None
        with progress(console) as watch:
            approval = Approval(author, approvals)
            done = run(gates, wish.only, scoped, clock, wish.workers, watch, approval, known_risk)
    try:
        record(scoped.scope.root, clock, done)
    except WriteError:
        _show(console, replace(done, code=ExitCode.UNDECIDED))  # what was found is not lost
        raise
    try:
        _show(console, done)
    finally:  # whoever reads no further still gets them
        _write(done, gates, sarif, junit)
    return done.code


def _show(console: Console, done: Run) -> None:
    console.document(run_document(done))
    console.text(reports_table(done.reports, done.marks.findings))
    for line in lines(done.reports, done.marks.findings):
        console.text(line)
    for note in done.scoped.notes:
        console.text(Text(note, style="yellow"))
    *said, verdict = verdict_lines(done.decision, done.code, done.reports)
    for line in (*said, *next_lines(done.decision, done.marks.findings), verdict):
        console.text(line)


def _write(done: Run, gates: Sequence[Gate], sarif: Path | None, junit: Path | None) -> None:
    """Write the files that were asked for, after the results were shown: a full disk loses no results."""
    if sarif is not None:
        what = {gate.name: gate.what for gate in gates}
        root = done.scoped.scope.root.resolve().as_uri() + "/"
        write_atomic(sarif, sarif_bytes(sarif_document(done.reports, done.marks.findings, what, root)))
    if junit is not None:
        write_atomic(junit, junit_document(done.reports, done.marks.findings, done.decision))
