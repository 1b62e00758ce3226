"""Commands of the impact engine on a repository, with their JSON read."""

import json

import click
import pytest

from dynamic_base import DynamicError
from dynamic_impact.cli import impact_group, run_command
from tests.dynamic_impact.repositories import Repository

# Without the room above, whose other commands these tests have nothing to do with.
_COMMANDS: dict[str, click.Command] = {"impact": impact_group, "run": run_command}


def document(
    capsys: pytest.CaptureFixture[str], repository: Repository, command: str, *words: str
) -> tuple[int, dict[str, object]]:
    options = ["--repo", str(repository.root), "--pants", command, "--json"]
    try:
        code = _COMMANDS[words[0]].main([*words[1:], *options], standalone_mode=False)
    except DynamicError as error:
        return error.exit_code, {"said": str(error)}
    return int(code), json.loads(capsys.readouterr().out)


def selected(capsys: pytest.CaptureFixture[str], repository: Repository, command: str) -> list[str]:
    code, found = document(capsys, repository, command, "impact", "select", "--since", "HEAD")
    assert code == 0, found
    items = found["selected"]
    assert isinstance(items, list)
    return sorted(item["address"] for item in items if item["test"])


def shell_tests(repository: Repository, **commands: str) -> None:
    """Commit a target ``run:NAME`` for each of ``commands``."""
    lines = [
        f"experimental_test_shell_command(name={name!r}, command={command!r}, tools=['sleep', 'touch'])\n"
        for name, command in commands.items()
    ]
    repository.commit({"run/BUILD": "".join(lines)})
