"""``dynamic risk``: how risky a change is."""

from pathlib import Path

import click
from rich.markup import escape

from dynamic_base import Console, ExitCode
from dynamic_delivery.risk.assess import assess
from dynamic_delivery.risk.found import read_findings
from dynamic_delivery.risk.render import facts_table, headline
from dynamic_impact.asking import Asked, asking, engine_for


@click.group("risk", epilog="Example:  ./dynamic risk show --since HEAD~1")
def risk_group() -> None:
    """Score how risky a change is, fact by fact."""


@risk_group.command("show", epilog="Example:  ./dynamic risk show --since HEAD~1 --json")
@click.option(
    "--findings",
    type=click.Path(dir_okay=False, path_type=Path),
    help="What './dynamic gate run --json' printed: its new findings count.",
)
@click.option(
    "--author", metavar="HANDLE", default="", help="Who made the change, as CODEOWNERS or the manifest has it."
)
@asking
def show_command(asked: Asked, as_json: bool, findings: Path | None, author: str) -> ExitCode:
    """Show the score of a change, 0 to 100, and each fact that it is the sum of.

    Exit code: 0 it was scored, however high; 2 wrong usage; 3 it could not be.
    """
    console = Console(as_json=as_json)
    found = read_findings(findings) if findings is not None else None
    engine = engine_for(asked, console)
    selection, graph = engine.select(asked.question)
    card = assess(engine, selection, graph, author, found)
    console.note(escape(card.calibration.reason))
    console.document(card.document())
    console.text(headline(card))
    console.text(facts_table(card))
    return ExitCode.YES
