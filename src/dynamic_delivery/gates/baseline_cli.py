"""``gate baseline``: what every gate finds in every file, beside what was accepted."""

import click
from rich.text import Text

from dynamic_base import Console, ExitCode, SystemClock
from dynamic_delivery.gates.asking import Wish, asking, interruptible, prepare, progress
from dynamic_delivery.gates.baseline import FILE, Accepted, accepting, parse_baseline, write_baseline
from dynamic_delivery.gates.errors import BaselineError
from dynamic_delivery.gates.model import Outcome
from dynamic_delivery.gates.past import last_seconds
from dynamic_delivery.gates.run import unseen
from dynamic_delivery.gates.runner import Rules, run_gates


@click.command("baseline", epilog="Example:  ./dynamic gate baseline --only ruff")
@asking
@click.option("--accept", is_flag=True, help=f"Write what was found to {FILE}.")
def baseline_command(wish: Wish, accept: bool, as_json: bool) -> ExitCode:
    """Compare what the gates find in every file with what was accepted, or accept it.

    A change is judged by what its base has accepted: what is accepted here counts once it is there. Exit code: 0 the
    same, or it was written; 1 it differs; 2 wrong usage; 3 a gate could not decide.
    """
    console = Console(as_json=as_json)
    clock = SystemClock()
    with interruptible():
        gates, scoped = prepare(wish, "", True, clock, console)
        root = scoped.scope.root
        path = root / FILE
        held = parse_baseline(path.read_bytes(), FILE) if path.is_file() else ()
        with progress(console) as watch:
            reports = run_gates(gates, scoped.scope, Rules(clock, wish.workers, last_seconds(root)), watch)
    for report in (*unseen(scoped), *reports):
        if report.outcome is Outcome.UNDECIDED:
            raise BaselineError(f"{report.gate} could not decide ({report.reason})", report.fix)
    asked = {gate.name for gate in gates}
    found = accepting(finding for report in reports for finding in report.findings)
    fresh, gone = _differences(held, found, asked)
    console.document(
        {
            "schema": "dynamic.gates-baseline-diff/1",
            "new": [row.fingerprint for row in fresh],
            "gone": [row.fingerprint for row in gone],
        }
    )
    for sign, rows in (("+", fresh), ("-", gone)):
        for row in rows:
            console.text(Text(f"{sign} {row.gate} {row.rule} {row.where}: {row.message}"))
    if accept:
        write_baseline(root, [*(row for row in held if row.gate not in asked), *found])
    done = f"{len(fresh)} new, {len(gone)} gone, {len(found)} found{f'; written to {FILE}' if accept else ''}"
    console.text(Text(done))
    return ExitCode.YES if accept or not (fresh or gone) else ExitCode.NO


def _differences(
    held: tuple[Accepted, ...], found: tuple[Accepted, ...], asked: set[str]
) -> tuple[list[Accepted], list[Accepted]]:
    """Return what was found and is not held, and what is held and was not found, of the gates that were asked."""
    before, now = ({row.fingerprint for row in rows} for rows in (held, found))
    fresh = [row for row in found if row.fingerprint not in before]
    return fresh, [row for row in held if row.gate in asked and row.fingerprint not in now]
