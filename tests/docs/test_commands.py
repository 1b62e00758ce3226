"""Every command that the documents show is run by the slow suite in a clone."""

from pathlib import Path

import pytest

from tests.docs.fences import Fence, documents, fences, is_run_somewhere

_SHELLS = ("", "bash", "console", "shell", "shell-session", "sh", "zsh")


def unproved(fence: Fence) -> str:
    """Return why nothing would run ``fence``, with its file and line; "" if it is run, or is no command."""
    where = f"{fence.document}:{fence.line}"
    if fence.language not in _SHELLS:
        return ""
    if not fence.is_run:
        return f"{where}: say 'sh run' rather than {fence.info!r}, or 'text' where it is no command"
    return "" if is_run_somewhere(fence.document) else f"{where}: the slow suite does not run this document"


_FENCES = [fence for document in documents(Path()) for fence in fences(Path(), document)]


def test_the_documents_hold_commands() -> None:
    assert any(fence.is_run and fence.document == "README.md" for fence in _FENCES)


def test_every_command_is_run_somewhere() -> None:
    assert [complaint for fence in _FENCES if (complaint := unproved(fence))] == []


@pytest.mark.parametrize(
    ("document", "info", "complaint"),
    [
        ("README.md", "sh", "README.md:7: say 'sh run' rather than 'sh'"),
        ("docs/adr/a.md", "sh run", "docs/adr/a.md:7: the slow suite does not run this document"),
        ("README.md", "bash", "README.md:7: say 'sh run' rather than 'bash'"),
        ("README.md", "", "README.md:7: say 'sh run' rather than ''"),
    ],
)
def test_a_command_that_nothing_runs_is_named(document: str, info: str, complaint: str) -> None:
    assert unproved(Fence(document, 7, info, "./dynamic run\n")).startswith(complaint)


@pytest.mark.parametrize("info", ["python path=a.py", "text", "diff", "sh run"])
def test_files_edits_and_plain_text_are_no_complaint(info: str) -> None:
    assert unproved(Fence("README.md", 1, info, "x\n")) == ""
