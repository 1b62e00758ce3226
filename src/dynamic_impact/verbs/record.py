"""``dynamic impact record``: run tests and keep what each executes, for the mode ``precise``."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import click
from rich.markup import escape

from dynamic_base import Console, ExitCode, state_folder
from dynamic_impact.asking import Asked, answer, asking
from dynamic_impact.changes import Question
from dynamic_impact.engine import Engine
from dynamic_impact.errors import PantsFailedError
from dynamic_impact.graph import Graph, targets_of
from dynamic_impact.model import Target
from dynamic_impact.recordings.model import Recording
from dynamic_impact.recordings.narrow import RECORDED, ground_of, store_of
from dynamic_impact.recordings.record import Missing, collect, complaint, run_recorded

SCHEMA = "dynamic.record/1"
_ENDED = re.compile(r"^\S+ \[[A-Z]+\] Completed: (?P<what>.+)$")


@click.command("record", epilog="Example:  ./dynamic impact record --files tests/dynamic_base/test_canonical.py")
@click.option("--with", "options", multiple=True, metavar="OPTION", help="Hand this option to Pants; may be repeated.")
@asking
def record_command(asked: Asked, as_json: bool, options: tuple[str, ...]) -> ExitCode:
    """Run tests through Pants and keep what each executes; 'select --mode precise' leaves tests out by it.

    All Python tests, or with --since or --files those that the change can break. What Pants has cached of an earlier
    recording is not run again. Exit code 1: a test failed.
    """
    console = Console(as_json=as_json)
    if asked.question == Question():
        asked = replace(asked, question=Question(everything=True))
    engine, selection, graph = answer(asked, console)
    targets = targets_of(graph)
    tests = {test.address: targets[test.address] for test in selection.tests if test.type == RECORDED}
    if not tests:
        console.document({"schema": SCHEMA, "tests": []})
        console.text("nothing to record: no Python test is selected")
        return ExitCode.YES
    start = engine.clock.monotonic_s()
    lines: list[str] = []
    with console.activity() as say:

        def heard(line: str) -> None:
            lines.append(line)
            if ended := _ENDED.match(line):
                say(ended["what"])

        status, came = _record(engine, graph, tests, options, heard)
    if status != 0 and not any(isinstance(item, Recording) for item in came):
        raise PantsFailedError(
            f"nothing was recorded ({complaint(lines)})", f"run 'pants test {next(iter(tests))}' to see why"
        )
    seconds = engine.clock.monotonic_s() - start
    console.document(_document(came, seconds))
    console.text(escape(_told(came, seconds)))
    for line in lines:
        if line.startswith("✕"):
            console.note(f"[red]{escape(line)}[/]")
    return ExitCode.YES if status == 0 else ExitCode.NO


def _record(
    engine: Engine,
    graph: Graph,
    tests: Mapping[str, Target],
    options: Sequence[str],
    on_line: Callable[[str], None],
) -> tuple[int, tuple[Recording | Missing, ...]]:
    """Run and keep; of a test whose inputs were edited meanwhile, nothing."""
    store = store_of(engine.build_root)
    before = ground_of(engine, graph, store).inputs(tests)
    recorders = state_folder(engine.build_root) / "impact" / "recorder"
    status = run_recorded(engine.pants, engine.build_root, recorders, tuple(tests), options, on_line)
    ground = ground_of(engine, graph, store)
    after = ground.inputs(tests)
    came = [
        item if before[item.test] == after[item.test] else Missing(item.test, "what it stands on was edited meanwhile")
        for item in collect(engine.build_root, tests, before, ground.sources, options)
    ]
    for item in came:
        if isinstance(item, Recording):
            store.save(item)
    store.sweep()
    return status, tuple(came)


def _document(came: Sequence[Recording | Missing], seconds: float) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "tests": [
            {"test": item.test, "recorded": False, "why": item.why}
            if isinstance(item, Missing)
            else {
                "test": item.test,
                "recorded": True,
                "passed": item.passed,
                "blocks": sum(len(ran.blocks) for ran in item.files.values()),
                "files": len(item.files),
                "whole": {path: ran.whole for path, ran in item.files.items() if ran.whole},
                "hazards": list(item.hazards),
            }
            for item in came
        ],
        "seconds": round(seconds, 3),
    }


def _told(came: Sequence[Recording | Missing], seconds: float) -> str:
    """Return the closing lines: how many tests can be left out one day, and why the others cannot."""
    recorded = [item for item in came if isinstance(item, Recording)]
    able = [item for item in recorded if item.passed and not item.hazards]
    why = Counter(
        item.why if isinstance(item, Missing) else (item.hazards or ("it failed",))[0]
        for item in came
        if item not in able
    )
    lines = [f"{len(recorded)} of {len(came)} tests recorded in {seconds:.1f} s; {len(able)} of them can be left out"]
    lines.extend(f"  {count} cannot: {reason}" for reason, count in why.most_common())
    return "\n".join(lines)
