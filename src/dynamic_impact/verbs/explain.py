"""``dynamic impact explain`` and ``why-not``: the path from a change to a target, or why there is none."""

from dataclasses import replace
from pathlib import Path

import click

from dynamic_base import Console, ExitCode
from dynamic_impact.asking import Asked, answer, asking
from dynamic_impact.document import affected_document
from dynamic_impact.errors import UnknownTargetError
from dynamic_impact.graph import causes_of, targets_of
from dynamic_impact.model import SCHEMA
from dynamic_impact.pictures.asked import draw_into, pictured
from dynamic_impact.render import absence, chance, explanation


@click.command("explain", epilog="Example:  ./dynamic impact explain //README.md:docs --since HEAD~1")
@click.argument("target")
@pictured
@asking
def explain_command(asked: Asked, as_json: bool, target: str, svg: Path | None, page: Path | None) -> ExitCode:
    """Show the shortest path from the change to TARGET. Exit code 1: the change cannot break it."""
    return _explain(asked, target, Console(as_json=as_json), (svg, page), wanted=True)


@click.command("why-not", epilog="Example:  ./dynamic impact why-not //README.md:docs --since HEAD~1")
@click.argument("target")
@pictured
@asking
def why_not_command(asked: Asked, as_json: bool, target: str, svg: Path | None, page: Path | None) -> ExitCode:
    """Show why the change cannot break TARGET: what would have to change. Exit code 1: it can, by this path."""
    return _explain(asked, target, Console(as_json=as_json), (svg, page), wanted=False)


def _explain(
    asked: Asked, target: str, console: Console, pictures: tuple[Path | None, Path | None], *, wanted: bool
) -> ExitCode:
    _, selection, graph = answer(asked, console)
    if target not in targets_of(graph):
        raise UnknownTargetError(f"no target {target!r}", "list them with './pants list ::'")
    found = next((item for item in selection.affected if item.address == target), None)
    likelihood = selection.ranking.likelihoods.get(target)
    spared = next(({"spared": item.why} for item in selection.spared if item.address == target), {})
    causes = causes_of(graph, target) if found is None else ()
    draw_into(replace(selection, affected=() if found is None else (found,)), *pictures)
    console.document(
        {
            "schema": SCHEMA,
            "affected": found is not None,
            "target": affected_document(found, likelihood)
            if found
            else {"address": target, **spared, "causes": list(causes)},
        }
    )
    console.text(explanation(found) if found else absence(target, causes, selection))
    if found and likelihood:
        console.text(chance(likelihood))
    return ExitCode.YES if (found is not None) is wanted else ExitCode.NO
