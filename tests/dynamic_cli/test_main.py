"""The rim: the table, the help, and the exit code of every kind of end."""

import subprocess
import sys
from pathlib import Path

import click
import pytest

from dynamic_base import DynamicError, ExitCode, UsageError
from dynamic_cli.commands import COMMANDS
from dynamic_cli.main import dynamic, main


def test_help_imports_no_room() -> None:
    code = (
        "import sys; from dynamic_cli.main import main; main(['--help']); "
        "rooms = {name.partition('.')[0] for name in sys.modules if name.startswith('dynamic_')}; "
        "sys.exit(rooms != {'dynamic_base', 'dynamic_cli'})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert all(row.name in done.stdout for row in COMMANDS)


def _fail_with(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> int:
    @click.command("run")
    def failing() -> None:
        raise error

    monkeypatch.setattr(type(dynamic), "get_command", lambda *_: failing)
    return main(["run"])


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (DynamicError("it broke", "mend it"), ExitCode.UNDECIDED, "dynamic: it broke: mend it\n"),
        (UsageError("wrong", "say it so"), ExitCode.USAGE, "dynamic: wrong: say it so\n"),
        (KeyboardInterrupt(), ExitCode.INTERRUPTED, "dynamic: interrupted\n"),
        (ZeroDivisionError("two\nlines"), ExitCode.UNDECIDED, "dynamic: unforeseen ZeroDivisionError: two lines"),
    ],
)
def test_every_end_is_one_line_and_its_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: BaseException, code: ExitCode, said: str
) -> None:
    assert _fail_with(monkeypatch, error) == code
    captured = capsys.readouterr()
    # After an interrupt click ends the line that holds the terminal's ^C first.
    assert captured.err.lstrip("\n").startswith(said)
    assert captured.err.lstrip("\n").count("\n") == 1
    assert captured.out == ""


@pytest.mark.parametrize(
    "words",
    [
        ["no-such-command"],
        ["run", "--no-such-option"],
        ["run", "--goal", "dance"],
        ["run", "--since", "HEAD", "--all"],
        ["impact", "explain"],
        [],
    ],
    ids=" ".join,
)
def test_wrong_words_are_usage_errors_that_name_the_help(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == ExitCode.USAGE
    assert "--help" in capsys.readouterr().err


def test_a_folder_that_is_no_repository_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--repo", str(tmp_path)]) == ExitCode.USAGE
    assert "no pants.toml" in capsys.readouterr().err
