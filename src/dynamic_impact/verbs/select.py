"""``dynamic impact select``: what a change can break."""

from pathlib import Path

import click

from dynamic_base import Console, ExitCode
from dynamic_impact.asking import Asked, announce, answer, asking
from dynamic_impact.document import selection_document
from dynamic_impact.pictures.asked import draw_into, pictured
from dynamic_impact.render import selection_table


@click.command("select", epilog="Example:  ./dynamic impact select --since HEAD~1 --json")
@pictured
@asking
def select_command(asked: Asked, as_json: bool, svg: Path | None, page: Path | None) -> ExitCode:
    """List what the change can break, tests first."""
    console = Console(as_json=as_json)
    _, selection, _ = answer(asked, console)
    announce(selection, console)
    draw_into(selection, svg, page)
    console.document(selection_document(selection))
    console.text(selection_table(selection.affected))
    return ExitCode.YES
