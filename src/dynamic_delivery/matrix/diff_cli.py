"""``matrix diff``: what changed against what was accepted, in results or in speed."""

from pathlib import Path

import click
from rich.text import Text

from dynamic_base import Console, ExitCode, repository_root
from dynamic_delivery.matrix.past import baseline_commit
from dynamic_delivery.matrix.render import change_document, change_line
from dynamic_delivery.matrix.speed_diff import show_speed
from dynamic_delivery.matrix.stale import changed_why
from dynamic_engines.matrix import (
    Baseline,
    Finding,
    Matrix,
    MatrixFileError,
    accepted,
    compare,
    latest,
    load,
    load_baseline,
    merged,
    save_baseline,
)

BASELINE = Path("ci/matrix.json")


@click.command("diff", epilog="Example: ./dynamic matrix diff --kernel rolling/sma")
@click.argument("baseline", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.argument("new", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kernel", "kernels", multiple=True, help="Compare only this kernel; may be repeated.")
@click.option("--engine", "engines", multiple=True, help="Compare only this engine, like pocl; may be repeated.")
@click.option("--accept", is_flag=True, help="Write what was compared into the baseline.")
@click.option("--speed", is_flag=True, help="Compare speed with an earlier commit's kernels instead of results.")
@click.option("--since", metavar="COMMIT", help="That commit; by default the one that last changed the baseline.")
@click.option("--least-effect", default=5.0, show_default=True, type=click.FloatRange(0, 100), help="Per cent.")
@click.option("--device", default="", help="With --speed: only devices whose platform, name or type holds this.")
@click.option("--even-if-same", is_flag=True, help="With --speed: compare equal sources too, which shows the noise.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option(
    "--repo",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The clone; by default the one around the current folder.",
)
def diff_command(
    baseline: Path | None,
    new: Path | None,
    kernels: tuple[str, ...],
    engines: tuple[str, ...],
    accept: bool,
    speed: bool,
    since: str | None,
    least_effect: float,
    device: str,
    even_if_same: bool,
    as_json: bool,
    repo: Path | None,
) -> int:
    """Compare a recorded run, by default the newest, with the accepted baseline (ci/matrix.json).

    Exits 1 on a new red cell: one that fails and was not accepted as failing, that passed and does not now, that is
    gone, or that gives other bits again. Exits 3 where it cannot decide: no record, one of another tree, or cells of
    the baseline whose engine is not here or that the run did not ask about; --kernel and --engine leave them out.

    With --speed, the kernels of an earlier commit and of this tree run in turns in one process; where a kernel's host
    code changed as well, in a process for each tree. Exits 1 if one is slower beyond noise and the least effect; 3 if
    one cannot be compared.
    """
    console = Console(as_json=as_json)
    root = repo or repository_root(Path.cwd())
    if speed:
        ref = since or baseline_commit(root, baseline or BASELINE)
        return show_speed(console, root, ref, kernels, engines, device, least_effect / 100, even_if_same=even_if_same)
    old_path, new_path = baseline or root / BASELINE, new or latest(root)
    run = load(new_path)
    _refuse_stale(run, new_path)
    old = Baseline(()) if accept and not old_path.exists() else load_baseline(old_path)
    diff = compare(old, run, lambda key: _wanted(key.kernel, kernels) and _wanted(key.engine, engines))
    console.document(
        {
            "schema": "dynamic.matrix-diff/1",
            "baseline": str(old_path),
            "run": str(new_path),
            "compared": diff.compared,
            "changes": [change_document(change) for change in diff.changes],
            "accepted": accept,
        }
    )
    for change in diff.changes:
        console.text(change_line(change))
    counts = ", ".join(f"{len(diff.of(finding))} {finding}" for finding in Finding)
    console.text(Text(f"{diff.compared} cells compared with {old_path}: {counts}"))
    if accept:
        unknown = {change.key for change in diff.of(Finding.UNKNOWN)}
        taken = [c for c in accepted(run).cells if _wanted(c.kernel, kernels) and _wanted(c.engine, engines)]
        save_baseline(old_path, merged(old, (cell for cell in taken if cell.key not in unknown), diff.gone))
        console.text(Text(f"accepted; look at it with git diff {old_path}"))
        return ExitCode.YES
    if diff.of(Finding.RED):
        return ExitCode.NO
    return ExitCode.UNDECIDED if diff.of(Finding.UNKNOWN) or not diff.compared else ExitCode.YES


def _wanted(name: str, chosen: tuple[str, ...]) -> bool:
    return not chosen or name in chosen


def _refuse_stale(run: Matrix, path: Path) -> None:
    """A run of other kernels says nothing of these."""
    for cell in run.cells:
        if why := changed_why(cell):
            raise MatrixFileError(f"{path} is stale ({cell.kernel}: {why})", "make a new one: ./dynamic matrix run")
