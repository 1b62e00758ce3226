"""``dynamic impact history``: what past runs say of each test, and the taking in of other runners' reports."""

from dataclasses import asdict
from pathlib import Path

import click
from rich.markup import escape
from rich.table import Table

from dynamic_base import Console, DynamicError, ExitCode, SystemClock
from dynamic_events import EventLog
from dynamic_impact.asking import JSON, REPO, asking_for, engine_for
from dynamic_impact.changes import Question
from dynamic_impact.errors import UnknownTargetError
from dynamic_impact.graph import targets_of
from dynamic_impact.history.importing import Imported, import_reports, reports_in
from dynamic_impact.history.reading import read_history
from dynamic_impact.history.subjects import Subjects, subjects
from dynamic_impact.history.summary import Summary, worst_first
from dynamic_impact.pants import find_build_root

_SCHEMA = "dynamic.impact.history/1"
_IMPORT_EXAMPLE = "Example:  ./pants test tests/dynamic_base:: && ./dynamic impact history import dist/test/reports"
_HOW = "run './dynamic run', or bring reports with './dynamic impact history import dist/test/reports'"


class _ShowByDefault(click.Group):
    """A group whose first word may be a test as well as a verb."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        known = [*self.commands, *ctx.help_option_names]
        return super().parse_args(ctx, args if args and args[0] in known else ["show", *args])


@click.group("history", cls=_ShowByDefault, epilog="Example:  ./dynamic impact history --limit 5")
def history_group() -> None:
    """Show what past runs say of each test: failures, flakiness, durations, trend. 'show' is the default."""


@history_group.command("show", epilog="Example:  ./dynamic impact history --limit 5 --json")
@click.argument("tests", metavar="[TEST]...", nargs=-1)
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="At most so many tests.")
@REPO
@JSON
def show_command(tests: tuple[str, ...], limit: int, repo: Path, as_json: bool) -> ExitCode:
    """List tests, most failures first, then most flaky, then slowest; all on record, or those named."""
    console = Console(as_json=as_json)
    found = read_history(find_build_root(repo), SystemClock()).observations
    for test in tests:
        if test not in found:
            raise UnknownTargetError(f"no result of {test!r} is on record", _HOW)
    summaries = worst_first(found, tests or found)
    shown = summaries if tests else summaries[:limit]
    console.document({"schema": _SCHEMA, "tests_on_record": len(found), "tests": [asdict(one) for one in shown]})
    if not found:
        console.text(f"no test result is on record: {_HOW}")
    else:
        console.text(_table(shown))
        if len(shown) < len(summaries):
            console.text(f"[dim]… and {len(summaries) - len(shown)} more (--limit)[/]")
    return ExitCode.YES


def _table(shown: tuple[Summary, ...]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("test", "runs", "failed", "flaky", "p50", "p95", "last", "trend"):
        table.add_column(heading, overflow="fold")
    for one in shown:
        times = (f"{seconds:.2f} s" if seconds is not None else "" for seconds in (one.p50_s, one.p95_s))
        flaky = f"{one.flaky_rate:.1%}" if one.flaky else ""
        table.add_row(escape(one.address), str(one.runs), str(one.failures), flaky, *times, one.last, one.trend)
    return table


@history_group.command("import", epilog=_IMPORT_EXAMPLE)
@click.argument("reports", metavar="REPORT...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--machine", default="", help="The class of machine that they ran on.")
@click.option("--revision", default="", help="The commit that they ran on.")
@click.option("--pants", metavar="COMMAND", default="", help="The Pants to start.  [default: ./pants, else PATH's]")
@click.option(
    "--graph",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Read the targets from this saved 'pants peek ::', and start no Pants.",
)
@REPO
@JSON
def import_command(
    reports: tuple[Path, ...],
    machine: str,
    revision: str,
    pants: str,
    graph: Path | None,
    repo: Path,
    as_json: bool,
) -> ExitCode:
    """Take JUnit reports into the history: files, or folders of them. A report on record already adds nothing.

    A report that Pants wrote names its test; in others the cases' files or classes do. Exit code 3: none could be read.
    """
    console = Console(as_json=as_json)
    log = EventLog(find_build_root(repo), SystemClock())
    names = _subjects(repo, pants, graph, console)
    done = import_reports(reports_in(reports), log, names, revision, machine)
    console.document(_document(done))
    for path, why in done.skipped:
        console.note(f"[yellow]skipped[/] {escape(str(path))}: {escape(why)}")
    results = sum(count for _, count in done.added)
    console.text(f"{results} results of {len(done.added)} reports added; {len(done.known)} were on record already")
    if not done.added and not done.known:
        console.note("[red]no report could be read[/]: name JUnit files, or a folder that holds some")
        return ExitCode.UNDECIDED
    return ExitCode.YES


def _subjects(repo: Path, pants: str, graph: Path | None, console: Console) -> Subjects:
    """Return the names of the repository's tests; none where Pants cannot be asked, and the reports' own stand."""
    try:
        engine = engine_for(asking_for(repo, pants, graph), console)
        _, head = engine.select(Question(everything=True))
    except DynamicError as error:
        console.note(f"[yellow]the targets are not known[/] ({escape(str(error))}): tests are named as the reports do")
        return subjects(())
    return subjects((target.address, target.sources) for target in targets_of(head).values() if target.is_test)


def _document(done: Imported) -> dict[str, object]:
    return {
        "schema": _SCHEMA,
        "added": [{"report": str(path), "results": count} for path, count in done.added],
        "known": [str(path) for path in done.known],
        "skipped": [{"report": str(path), "why": why} for path, why in done.skipped],
    }
