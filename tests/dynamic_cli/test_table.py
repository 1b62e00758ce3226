"""The table, and the two lists of its modules in BUILD files that must follow it."""

from pathlib import Path

import pytest

from dynamic_cli.commands import COMMANDS


def _modules() -> list[str]:
    return sorted({row.module for row in COMMANDS})


def test_the_names_are_unique() -> None:
    names = [row.name for row in COMMANDS]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("module", _modules())
def test_the_packaged_program_holds_every_module_of_the_table(module: str) -> None:
    assert f'"src/{module.replace(".", "/")}.py",' in Path("src/dynamic_cli/BUILD").read_text(encoding="utf-8")


@pytest.mark.parametrize("module", _modules())
def test_every_modules_rows_have_a_test_of_their_own(module: str) -> None:
    room = module.removesuffix(".cli").replace(".", "/")
    assert f'"{room}",' in Path("tests/dynamic_cli/BUILD").read_text(encoding="utf-8")
