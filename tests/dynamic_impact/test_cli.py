"""The exit code of a run, with a program in place of Pants that says what each test gives it to say."""

import json
from pathlib import Path

import pytest

from dynamic_base import ExitCode
from dynamic_impact.cli import run_command
from tests.dynamic_impact.repositories import Repository

_TARGET = {"address": "a", "target_type": "python_test", "sources": ["a.py"], "dependencies": []}


def run(repository: Repository, folder: Path, says: str, status: int) -> int:
    """Return how ``run`` ends on an edit of ``a.py``, where ``test`` prints ``says`` and exits with ``status``."""
    repository.commit({"a.py": ""})
    repository.write_all({"a.py": "X = 1\n"})
    pants = folder / "pants"
    pants.write_text(
        f"#!/bin/sh\ncase \"$*\" in *peek*) echo '{json.dumps([_TARGET])}' ;; *) echo '{says}'; exit {status} ;; esac\n"
    )
    pants.chmod(0o755)
    words = ["--repo", str(repository.root), "--pants", str(pants)]
    return int(run_command.main(words, standalone_mode=False))


@pytest.mark.parametrize(
    ("says", "status", "code"),
    [
        ("✓ a succeeded in 0.10s.", 0, ExitCode.YES),
        ("✕ a failed in 0.10s.", 1, ExitCode.NO),
        ("nothing of a", 0, ExitCode.UNDECIDED),
    ],
)
def test_only_a_result_for_each_selected_test_is_a_yes(
    repository: Repository, tmp_path: Path, says: str, status: int, code: ExitCode
) -> None:
    assert run(repository, tmp_path, says, status) == code
