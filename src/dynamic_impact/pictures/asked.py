"""The options that ask for a picture, and their files."""

from collections.abc import Callable
from pathlib import Path

import click

from dynamic_base import write_atomic
from dynamic_impact.model import Selection

_FILE = click.Path(dir_okay=False, path_type=Path)


def pictured(function: Callable[..., int]) -> Callable[..., int]:
    """Give a command ``--svg`` and ``--html``; it is handed ``svg`` and ``page``, each a file or None."""
    svg = click.option("--svg", type=_FILE, help="Draw what is affected, and how, into this file.")
    page = click.option("--html", "page", type=_FILE, help="Write it as a page to search and click through.")
    return svg(page(function))


def draw_into(selection: Selection, svg: Path | None, page: Path | None) -> None:
    """Write the pictures that were asked for.

    Raises
    ------
    WriteError : the folder or the disk refused; what stood there before is untouched
    """
    from dynamic_impact import pictures  # only where a picture is asked for

    if svg is not None:
        write_atomic(svg, pictures.draw(selection))
    if page is not None:
        write_atomic(page, pictures.page(selection))
