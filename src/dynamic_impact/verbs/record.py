"""``dynamic impact record``: run tests and keep what each executes, for the mode ``precise``."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import click

from dynamic_base import Console, ExitCode, state_folder
from dynamic_impact.asking import Asked, answer, asking
from dynamic_impact.changes import Question
from dynamic_impact.errors import PantsFailedError
from dynamic_impact.graph import targets_of
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
    store = store_of(engine.build_root)
    ground = ground_of(engine, graph, store)
    inputs = ground.inputs(tests)
    start = engine.clock.monotonic_s()
    lines: list[str] = []
    with console.activity() as say:

        def heard(line: str) -> None:
            lines.append(line)
            if ended := _ENDED.match(line):
                say(ended["what"])

        recorders = state_folder(engine.build_root) / "impact" / "recorder"
        status = run_recorded(engine.pants, engine.build_root, recorders, tuple(tests), options, heard)
    came = tuple(collect(engine.build_root, tests, inputs, ground.sources, options))
    if status != 0 and not any(isinstance(item, Recording) for item in came):
        raise PantsFailedError(
            f"nothing was recorded ({complaint(lines)})", f"run 'pants test {next(iter(tests))}' to see why"
        )
    for item in came:
        if isinstance(item, Recording):
            store.save(item)
    store.sweep()
    seconds = engine.clock.monotonic_s() - start
    console.document(_document(came, seconds))
    console.text(_told(came, seconds))
    if status != 0:
        console.note("\n".join(line for line in lines if line.startswith("✕")))
    return ExitCode.YES if status == 0 else ExitCode.NO


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
