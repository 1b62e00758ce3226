"""``dynamic impact simulate``: what past commits would have cost, by mode, against stock Pants."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import click
from rich.markup import escape
from rich.table import Table

from dynamic_base import Console, ExitCode, state_folder, write_atomic
from dynamic_impact.asking import DURATION, JSON, REPO, asking_for, engine_for
from dynamic_impact.changes import Question
from dynamic_impact.engine import Engine
from dynamic_impact.history import read_history, typical_seconds
from dynamic_impact.model import Limits, Mode
from dynamic_impact.modes import MODES
from dynamic_impact.pants import find_command
from dynamic_impact.simulation.approximate import select_by_today
from dynamic_impact.simulation.clone import scratch_of
from dynamic_impact.simulation.cost import costs, totals
from dynamic_impact.simulation.kept import Kept, key_of
from dynamic_impact.simulation.model import STOCK, Commit, Cost, Replayed
from dynamic_impact.simulation.page import page
from dynamic_impact.simulation.replay import Replay, ask_stock

_SCHEMA = "dynamic.impact.simulation/1"
_APPROXIMATE = (
    "approximate: every commit is judged by today's graph, and 'precise' left out, which needs each commit's own files"
)


@click.command("simulate", epilog="Example:  ./dynamic impact simulate --commits 2 --graph-of head")
@click.option("--commits", type=click.IntRange(min=1), default=10, show_default=True, help="The newest N commits.")
@click.option("--all-parents", is_flag=True, help="Also the commits that merges brought in, not first parents alone.")
@click.option(
    "--mode",
    "modes",
    multiple=True,
    type=click.Choice([mode.value for mode in MODES]),
    help="May be repeated.  [default: all]",
)
@click.option("--runners", type=click.IntRange(min=1), default=4, show_default=True, help="How many run at once.")
@click.option("--time-budget", type=DURATION, help="predictive: take no more test time than this, e.g. 5m.")
@click.option(
    "--recall", type=click.FloatRange(0, 1, min_open=True), help="predictive: the share of failures to catch."
)
@click.option(
    "--graph-of",
    type=click.Choice(["commit", "head"]),
    default="commit",
    show_default=True,
    help="Judge each commit by its own graph, or all by today's: quick, and approximate.",
)
@click.option("--ask-pants", is_flag=True, help="Also ask stock Pants itself, commit by commit.")
@click.option("--html", type=click.Path(path_type=Path), help="Write a page with plots into this file.")
@click.option("--pants", metavar="COMMAND", default="", help="The Pants to start.  [default: ./pants, else PATH's]")
@REPO
@JSON
def simulate_command(
    commits: int,
    all_parents: bool,
    modes: tuple[str, ...],
    runners: int,
    time_budget: float | None,
    recall: float | None,
    graph_of: str,
    ask_pants: bool,
    html: Path | None,
    pants: str,
    repo: Path,
    as_json: bool,
) -> ExitCode:
    """Replay past commits: which tests would have been selected by which mode, at what cost, against stock Pants.

    Each commit is checked out in a scratch copy and held against its first parent. The graphs and the results are kept,
    so that an interrupted replay goes on where it was. Exit code 3: no commit could be read.
    """
    if ask_pants and graph_of == "head":
        raise click.UsageError("--ask-pants needs each commit's own files: leave out --graph-of head")
    console = Console(as_json=as_json)
    wanted_modes = [Mode(mode) for mode in modes] or list(MODES)
    asked = asking_for(repo, pants)
    engine = engine_for(asked, console)
    history = read_history(engine.build_root, engine.clock)
    replay = Replay(
        engine_in=lambda folder: engine_for(replace(asked, repo=folder), console),
        history=history,
        modes=[mode for mode in wanted_modes if graph_of == "commit" or mode is not Mode.PRECISE],
        limits=Limits(time_budget, recall),
        ask=ask_stock(find_command(engine.build_root, pants)) if ask_pants else None,
    )
    told = engine.git.commits(engine.git.commit("HEAD"), commits, first_parent=not all_parents)
    wanted = [Commit(*one) for one in reversed(told) if one[1]]
    rows = list(_rows(replay, wanted, engine, console, graph_of))
    seconds = typical_seconds(history.observations)
    priced = [costs(row, seconds, runners) for row in rows]
    read = [(by_picker, row.tests) for row, by_picker in zip(rows, priced, strict=True) if not row.unread]
    summary = totals([by_picker for by_picker, _ in read], [tests for _, tests in read])
    notes = [
        *([_APPROXIMATE] if graph_of == "head" else []),
        *_remarks(rows, len(told) - len(wanted)),
        *([] if history.observations else ["no run is on record: each test counts 2 s"]),
    ]
    console.document(_document(rows, priced, summary, runners, notes))
    console.text(_table(rows, priced))
    console.text(_summary(summary, runners))
    for note in notes:
        console.note(f"[dim]{escape(note)}[/]")
    if html is not None:
        write_atomic(html, page(f"{engine.git.top.name}: {len(rows)} commits replayed", notes, rows, priced, summary))
    return ExitCode.YES if read or not rows else ExitCode.UNDECIDED


def _rows(
    replay: Replay, wanted: Sequence[Commit], engine: Engine, console: Console, graph_of: str
) -> Iterator[Replayed]:
    parts = [engine.setting, graph_of, *replay.modes, str(replay.limits), str(bool(replay.ask))]
    known = [str(len(replay.history.results.rows))]
    kept = Kept(state_folder(engine.build_root) / "impact" / "replay", key_of([*parts, *known]))
    if graph_of == "head":
        _, graph = engine.select(Question(everything=True))
        for commit in wanted:
            yield replay.judge(commit, select_by_today(engine, graph, commit), graph, engine)
        return
    missing = [commit for commit in wanted if kept.load(commit) is None]
    found: dict[str, Replayed] = {}
    if missing:
        with scratch_of(engine) as scratch, console.activity() as say:
            replay.prepare(scratch, missing[0].parent)
            for number, commit in enumerate(missing, 1):
                say(f"{number}/{len(missing)} {commit.id[:8]} {commit.subject}")
                found[commit.id] = replay.commit(scratch, commit)
                kept.save(found[commit.id])
    for commit in wanted:
        row = found.get(commit.id) or kept.load(commit)
        if row is not None:
            yield row


def _remarks(rows: Sequence[Replayed], roots: int) -> list[str]:
    unread = sum(bool(row.unread) for row in rows)
    wide = sum(bool(row.widened) for row in rows)
    lost = [row for row in rows if "safe" in row.picks and set(row.picks["safe"]) - set(row.picks[STOCK])]
    tests = sum(len(set(row.picks["safe"]) - set(row.picks[STOCK])) for row in lost)
    return [
        *([f"{unread} of {len(rows)} commits could not be read, and are in no total"] if unread else []),
        *([f"{roots} commit has no parent here to be held against"] if roots else []),
        *([f"{wide} commits were widened to everything by 'safe'"] if wide else []),
        *([f"stock leaves out {tests} tests that 'safe' takes, in {len(lost)} commits"] if lost else []),
    ]


def _table(rows: Sequence[Replayed], priced: Sequence[Mapping[str, Cost]]) -> Table:
    pickers = list(dict.fromkeys(picker for by_picker in priced for picker in by_picker))
    table = Table(box=None, pad_edge=False)
    for heading in ("commit", "files", "tests", *pickers, "subject"):
        table.add_column(heading, overflow="fold")
    for row, by_picker in zip(rows, priced, strict=True):
        if row.unread:
            table.add_row(
                row.commit.id[:8], "", "", *("" for _ in pickers), f"[yellow]not read[/] {escape(row.unread)}"
            )
            continue
        counts = (str(by_picker[picker].tests) if picker in by_picker else "" for picker in pickers)
        table.add_row(row.commit.id[:8], str(row.files), str(row.tests), *counts, escape(row.commit.subject))
    return table


def _summary(summary: Mapping[str, Mapping[str, float]], runners: int) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("picked by", "tests", "mean share", "p50", "p90", "test time", f"mean makespan on {runners}"):
        table.add_column(heading)
    for picker, told in summary.items():
        shares = (f"{told[name]:.1%}" for name in ("share_mean", "share_p50", "share_p90"))
        table.add_row(
            picker, f"{told['tests']:.0f}", *shares, f"{told['seconds']:.0f} s", f"{told['makespan_s']:.1f} s"
        )
    return table


def _document(
    rows: Sequence[Replayed],
    priced: Sequence[Mapping[str, Cost]],
    summary: Mapping[str, Mapping[str, float]],
    runners: int,
    notes: Sequence[str],
) -> dict[str, object]:
    return {
        "schema": _SCHEMA,
        "runners": runners,
        "commits": [
            {
                **{name: value for name, value in asdict(row).items() if name not in ("commit", "picks")},
                **asdict(row.commit),
                "picks": {picker: asdict(cost) for picker, cost in by_picker.items()},
            }
            for row, by_picker in zip(rows, priced, strict=True)
        ],
        "totals": {picker: dict(told) for picker, told in summary.items()},
        "remarks": list(notes),
    }
