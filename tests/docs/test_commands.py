"""Every command that the documents show is run: here, or by the slow suite in a clone."""

import shlex
from pathlib import Path

import pytest

from dynamic_cli.main import main
from tests.docs.fences import Fence, documents, fences, is_run_somewhere

_SHELLS = ("", "bash", "console", "shell", "shell-session", "sh", "zsh")


def unproved(fence: Fence) -> list[str]:
    """Return what in ``fence`` nothing would run, each with its file and line."""
    where = f"{fence.document}:{fence.line}"
    if fence.language not in _SHELLS:
        return []
    if fence.info not in ("sh", "sh run"):
        return [f"{where}: say 'sh run' or 'sh' rather than {fence.info!r}, or 'text' where it is no command"]
    if fence.is_run:
        return [] if is_run_somewhere(fence.document) else [f"{where}: the slow suite does not run this document"]
    unseen = [(number, line) for number, line in fence.commands() if not _is_help(line)]
    return [f"{fence.document}:{number}: nothing runs {line!r}" for number, line in unseen]


def _is_help(line: str) -> bool:
    return line.startswith("./dynamic ") and line.endswith(" --help")


_FENCES = [fence for document in documents(Path()) for fence in fences(Path(), document)]
_HELPS = [
    pytest.param(line, id=f"{fence.document}:{number}")
    for fence in _FENCES
    if fence.info == "sh"
    for number, line in fence.commands()
]


def test_the_documents_hold_commands() -> None:
    assert any(fence.is_run and fence.document == "README.md" for fence in _FENCES)


def test_every_command_is_run_somewhere() -> None:
    assert [complaint for fence in _FENCES for complaint in unproved(fence)] == []


@pytest.mark.parametrize("line", _HELPS)
def test_help_answers(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(shlex.split(line)[1:]) == 0
    assert "Usage: dynamic" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("document", "info", "text", "complaint"),
    [
        ("README.md", "sh", "./dynamic run --help\n./dynamic run\n", "README.md:8: nothing runs './dynamic run'"),
        ("docs/adr/a.md", "sh run", "./dynamic run\n", "docs/adr/a.md:7: the slow suite does not run this document"),
        ("README.md", "bash", "true\n", "README.md:7: say 'sh run' or 'sh' rather than 'bash'"),
        ("README.md", "", "true\n", "README.md:7: say 'sh run' or 'sh' rather than ''"),
    ],
)
def test_a_command_that_nothing_runs_is_named(document: str, info: str, text: str, complaint: str) -> None:
    (found,) = unproved(Fence(document, 7, info, text))
    assert found.startswith(complaint)


@pytest.mark.parametrize("info", ["python path=a.py", "text", "diff", "sh run"])
def test_files_edits_and_plain_text_are_no_complaint(info: str) -> None:
    assert unproved(Fence("README.md", 1, info, "x\n")) == []
