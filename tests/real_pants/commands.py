"""Commands of ``dynamic`` on a repository, with their JSON read."""

import json

import pytest

from dynamic_cli.main import main
from tests.dynamic_impact.repositories import Repository


def document(
    capsys: pytest.CaptureFixture[str], repository: Repository, command: str, *words: str
) -> tuple[int, dict[str, object]]:
    code = main([*words, "--repo", str(repository.root), "--pants", command, "--json"])
    captured = capsys.readouterr()
    return code, json.loads(captured.out) if captured.out else {"said": captured.err}


def selected(capsys: pytest.CaptureFixture[str], repository: Repository, command: str) -> list[str]:
    code, found = document(capsys, repository, command, "impact", "select", "--since", "HEAD")
    assert code == 0, found
    items = found["selected"]
    assert isinstance(items, list)
    return sorted(item["address"] for item in items if item["test"])
