"""How the graph grows: build, keep, load and search layered graphs of 10^3 to 10^6 targets, five edges each.

Run it from anywhere:  PYTHONPATH=src python benchmarks/dynamic_impact/growth.py --svg docs/images/growth.svg

Each size and each form has a process of its own, so that its peak memory is its own. Beside the arrays stands
networkx with a dictionary an edge and a plain breadth-first search, up to the size that ``--networkx`` names. Seconds
are of the processor, since other work on the machine does not lengthen those: all of it runs on one core. They are
the best of three for what is repeatable (loading, searching), and of one for the rest. The last columns are the whole
command ``impact select --graph FILE --files F --json``, the first time and again.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np

from dynamic_impact.compact import search
from dynamic_impact.graph import FILE, Graph, build_graph
from dynamic_impact.model import Change, FileChange, Status, Target
from dynamic_impact.options import Options
from dynamic_impact.select import close
from dynamic_impact.snapshot import Snapshots
from dynamic_impact.verbs.select import select_command

EDGES, WIDTH, SEED = 5, 50, 7
SIZES = (1_000, 10_000, 100_000, 1_000_000)
SEARCHES = ("search much", "search little", "select much", "select little")
STEPS = ("build", "keep", "load", *SEARCHES, "command first", "command again")
OTHER_FIELDS = (
    "description",
    "interpreter_constraints",
    "resolve",
    "run_goal_use_sandbox",
    "skip_bandit",
    "skip_mypy",
    "tags",
)


def targets(count: int) -> Iterator[Target]:
    """Return ``count`` targets in fifty layers: each needs five of the three layers before its own.

    One in five is a test, and nothing depends on a test. The lowest layer has no dependencies.
    """
    dice = np.random.default_rng(SEED)
    layer = max(count // WIDTH, 1)
    names = [name_of(n) for n in range(count)]
    tests = [n % 5 == 0 for n in range(1, count + 1)]
    for n in range(count):
        end = n // layer * layer
        start = max(end - 3 * layer, 0)
        chosen = dice.integers(start, end, EDGES) if end else np.zeros(0, np.int64)
        needs = sorted({names[c - tests[c]] for c in chosen.tolist()})
        kind = "python_test" if tests[n] else "python_source"
        yield Target(names[n], kind, (names[n],), tuple(needs), f"{n:032x}", is_test=tests[n])


def name_of(number: int) -> str:
    """Return the address of a target, which is also its file's path."""
    return f"src/room_{number % 997:03}/part_{number:07}.py"


def seconds(times: int, work: Callable[[], Any]) -> float:
    """Return the least processor time of ``work`` in s, that of the processes it starts with it."""
    return min(_spent(work) for _ in range(times))


def _spent(work: Callable[[], Any]) -> float:
    own, children = time.process_time(), sum(os.times()[2:4])
    work()
    return time.process_time() - own + sum(os.times()[2:4]) - children


def arrays(count: int, folder: Path) -> dict[str, float]:
    """Measure what the project uses; the targets themselves are not in its memory or time."""
    made = tuple(targets(count))
    found: dict[str, float] = {}
    found["made_mib"] = peak_mib()
    graphs: list[Graph] = []
    found["build"] = seconds(1, lambda: graphs.append(build_graph(made)))
    graph = graphs.pop()
    found["edges"] = len(graph.arcs.dependents.ends)
    found["keep"] = seconds(1, lambda: Snapshots(folder, "growth").save("tree", graph))
    found["build_mib"] = peak_mib()
    found["kept_mib"] = next(folder.iterdir()).stat().st_size / 2**20
    return found


def loaded(count: int, folder: Path) -> dict[str, float]:
    """Measure what a later command does: it loads the kept graph and searches it."""
    found: dict[str, float] = {"bare_mib": peak_mib()}
    ends = {"much": name_of(0), "little": name_of(count - count // 10)}
    snapshots = Snapshots(folder, "growth")
    found["load"] = seconds(3, lambda: snapshots.load("tree"))
    kept = snapshots.load("tree")
    if kept is None:
        raise SystemExit("the snapshot is not whole")
    graph = kept.graph
    for name, path in ends.items():
        place = graph.arcs.names.find(FILE + path)
        found[f"search {name}"] = seconds(3, lambda place=place: search(graph.arcs.dependents, [place]))  # type: ignore[misc]  # mypy takes no default of a lambda
        found[f"reached {name}"] = int((search(graph.arcs.dependents, [place]).distances > 0).sum())
    found["load_mib"] = peak_mib()
    for name, path in ends.items():
        change = Change("b", "0", "h", "1", (FileChange(path, Status.MODIFIED),), "a benchmark")
        found[f"select {name}"] = seconds(1, lambda change=change: close(change, graph, None, Options(())))  # type: ignore[misc]
    found["select_mib"] = peak_mib()
    return found


def command(count: int, folder: Path) -> dict[str, float]:
    """Measure the command over a saved ``peek``; the edited file is one that little depends on."""
    path = name_of(count - count // 10)
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    (folder / "pants.toml").write_text("[GLOBAL]\n", encoding="utf-8")
    (folder / path).parent.mkdir(parents=True)
    (folder / path).write_text("", encoding="utf-8")
    saved = folder / ".git" / "peek.json"
    with saved.open("w", encoding="utf-8") as file:
        for number, one in enumerate(targets(count)):
            document = {
                "address": one.address,
                "target_type": one.type,
                "sources": one.sources,
                **dict.fromkeys(OTHER_FIELDS),
            }
            file.write(("," if number else "[") + json.dumps({**document, "dependencies": one.dependencies}, indent=2))
        file.write("]\n")
    words = ["--repo", str(folder), "--graph", str(saved), "--files", path, "--json"]
    found = {"saved_mib": saved.stat().st_size / 2**20}
    for time_ in ("first", "again"):
        argv = [sys.executable, __file__, "--select", *words]
        found[f"command {time_}"] = seconds(1, lambda argv=argv: run(argv))  # type: ignore[misc]
        found[f"command {time_}_mib"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return found


def run(argv: Sequence[str]) -> str:
    """Return what ``argv`` prints; it sees the modules that this process sees."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(
        argv, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env
    ).stdout


def dictionaries(count: int, _: Path) -> dict[str, float]:
    """Measure networkx with a dictionary a node and an edge, as the project had it before."""
    made = tuple(targets(count))
    found: dict[str, float] = {"made_mib": peak_mib()}
    graph: nx.DiGraph[str] = nx.DiGraph()

    def build() -> None:
        for target in made:
            graph.add_node(target.address, target=target)
            graph.add_edges_from(((FILE + source, target.address) for source in target.sources), why="is a source of")
            graph.add_edges_from(((name, target.address) for name in target.dependencies), why="is a dependency of")

    found["build"] = seconds(1, build)
    for name, path in (("much", name_of(0)), ("little", name_of(count - count // 10))):
        start = FILE + path
        found[f"search {name}"] = seconds(3, lambda start=start: dict(nx.bfs_predecessors(graph, start)))  # type: ignore[misc]
        found[f"reached {name}"] = len(dict(nx.bfs_predecessors(graph, start))) + 1
    found["build_mib"] = peak_mib()
    return found


def peak_mib() -> float:
    """Return this process's peak resident memory so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


FORMS = {"arrays": (arrays, loaded, command), "networkx": (dictionaries,)}


def measured(form: str, size: int) -> dict[str, Any]:
    """Return what the parts of ``form`` measured, each in a process that is started by this small one.

    A process inherits the peak of the one that starts it.
    """
    row: dict[str, Any] = {"targets": size, "form": form}
    with tempfile.TemporaryDirectory(prefix="growth-") as folder:
        for part in FORMS[form]:
            argv = [sys.executable, __file__, "--part", part.__name__, str(size), folder]
            row |= json.loads(run(argv))
    print(f"{size} targets, {form}: done", file=sys.stderr)
    return row


def main(words: Sequence[str] | None = None) -> int:
    """Measure, and print a table and one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="stop at 10^4")
    parser.add_argument("--networkx", type=int, default=1_000_000, help="the largest size of networkx (default 10^6)")
    parser.add_argument("--svg", type=Path, help="draw the plot into this file")
    parser.add_argument("--part", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--select", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    options = parser.parse_args(words)
    if options.select:
        return int(select_command.main(options.select, standalone_mode=False))
    if options.part:
        name, size, folder = options.part
        part = next(part for parts in FORMS.values() for part in parts if part.__name__ == name)
        print(json.dumps(part(int(size), Path(folder))))
        return 0
    sizes = SIZES[:2] if options.quick else SIZES
    rows = [measured(form, size) for size in sizes for form in FORMS if form == "arrays" or size <= options.networkx]
    report(rows)
    if options.svg:
        draw(rows, options.svg)
    return 0


def report(rows: Sequence[dict[str, Any]]) -> None:
    """Print each size, networkx's figures under those of the arrays."""
    heads = ("targets", "form", *(f"{step}, s" for step in STEPS), "peak to build, MiB", "peak to search, MiB")
    print("| " + " | ".join(heads) + " |\n|" + "---|" * len(heads))
    for row in rows:
        times = (f"{row[step]:.4g}" if step in row else "" for step in STEPS)
        memory = (f"{row[name]:.0f}" if name in row else "" for name in ("build_mib", "load_mib"))
        print("| " + " | ".join((str(row["targets"]), row["form"], *times, *memory)) + " |")
    print("\n" + json.dumps({"schema": "dynamic.benchmark.growth/1", "edges": EDGES, "seed": SEED, "rows": rows}))


def draw(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Draw time and memory over the number of targets, both on logarithmic scales."""
    import altair as alt  # only for the plot

    shown = ("build", "load", "search much", "select much", "search little")
    times = [
        {"targets": row["targets"], "step": step, "form": row["form"], "s": row[step]}
        for row in rows
        for step in shown
        if step in row
    ]
    memory = [
        {"targets": row["targets"], "step": label, "form": row["form"], "MiB": row[name]}
        for row in rows
        for name, label in (("build_mib", "build"), ("load_mib", "load and search"))
        if name in row
    ]
    axis = alt.X("targets:Q").scale(type="log").axis(values=list(SIZES), format="~s", title="targets, five edges each")

    decades = [10.0**power for power in range(-5, 5)]

    def side(values: list[dict[str, Any]], name: str, title: str) -> Any:
        data = alt.Data(values=values)  # type: ignore[no-untyped-call]
        amount = alt.Y(f"{name}:Q").scale(type="log").axis(values=decades, format="~g").title(title)
        form = alt.StrokeDash("form:N").scale(domain=list(FORMS), range=[[1, 0], [4, 3]]).legend(None)
        marks = alt.Chart(data, width=380, height=300).mark_line(point=True)
        return marks.encode(axis, amount, alt.Color("step:N").title("step"), form)

    both = alt.hconcat(side(times, "s", "processor seconds"), side(memory, "MiB", "peak memory, MiB"))
    both = both.properties(title="Solid: arrays. Dashed: networkx, a dictionary an edge.")
    both.resolve_scale(color="independent").save(str(path))


if __name__ == "__main__":
    sys.exit(main())
