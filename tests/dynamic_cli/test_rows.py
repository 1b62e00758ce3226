"""The rows of one module, which the environment names: an edit of a room selects just its own."""

import os

import click
import pytest

from dynamic_cli.commands import COMMANDS, Row
from dynamic_cli.main import dynamic

_MODULE = os.environ.get("DYNAMIC_ROWS_OF", "")
_ROWS = [row for row in COMMANDS if _MODULE in ("", row.module)]


def test_the_module_has_a_row() -> None:
    assert _ROWS


@pytest.mark.parametrize("row", _ROWS, ids=lambda row: row.name)
def test_each_row_mounts_a_command_of_its_name_with_an_example(row: Row) -> None:
    command = dynamic.get_command(click.Context(dynamic), row.name)
    assert command is not None
    assert command.name == row.name
    assert command.get_short_help_str(200).rstrip(".") == row.help.rstrip(".")
    for leaf in command.commands.values() if isinstance(command, click.Group) else [command]:
        assert f"./dynamic {row.name}" in (leaf.epilog or ""), f"{row.name} {leaf.name} shows no example"
