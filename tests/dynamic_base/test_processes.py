"""Other programs, started for real."""

import sys
from pathlib import Path

import pytest

from dynamic_base import ProcessFailedError, ToolMissingError, run, stream


def test_a_program_gives_its_output_and_status(tmp_path: Path) -> None:
    done = run([sys.executable, "-c", "import sys; print(sys.stdin.read()); sys.exit(4)"], cwd=tmp_path, stdin=b"in")
    assert (done.exit_code, done.stdout) == (4, b"in\n")


def test_the_environment_is_laid_over_and_none_unsets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT", "1")
    monkeypatch.setenv("GONE", "1")
    code = "import os; print(os.environ.get('KEPT'), os.environ.get('GONE'), os.environ.get('NEW'))"
    done = run([sys.executable, "-c", code], cwd=tmp_path, env={"GONE": None, "NEW": "2"})
    assert done.stdout.split() == [b"1", b"None", b"2"]


def test_a_missing_program_or_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ToolMissingError, match="no-such-program"):
        run(["no-such-program"], cwd=tmp_path)
    with pytest.raises(ToolMissingError, match="elsewhere"):
        stream([sys.executable], cwd=tmp_path / "elsewhere", on_line=print)


def test_a_failure_that_matters_carries_the_last_line_said(tmp_path: Path) -> None:
    done = run([sys.executable, "-c", "import sys; sys.exit('no\\nspace left')"], cwd=tmp_path)
    with pytest.raises(ProcessFailedError, match=r"space left.*: free the disk"):
        done.checked("free the disk")


def test_lines_come_from_both_streams_and_bytes_that_are_no_text_do_no_harm(tmp_path: Path) -> None:
    lines: list[str] = []
    code = r"import sys; sys.stdout.buffer.write(b'a\n\xff\n'); sys.stdout.flush(); sys.stderr.write('b\n')"
    assert stream([sys.executable, "-c", code], cwd=tmp_path, on_line=lines.append) == 0
    assert lines == ["a", "\ufffd", "b"]


def test_an_interrupt_reaches_the_program_before_it_is_raised(tmp_path: Path) -> None:
    code = (
        "import pathlib, signal\n"
        "try:\n print('up', flush=True); signal.pause()\n"
        "except KeyboardInterrupt:\n pathlib.Path('seen').touch()\n"
    )

    def interrupt(_line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stream([sys.executable, "-c", code], cwd=tmp_path, on_line=interrupt)
    assert (tmp_path / "seen").exists()
