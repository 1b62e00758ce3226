"""The comparison as a person meets it: what it prints, and how it ends."""

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from dynamic_base import ExitCode
from dynamic_cli.main import main
from dynamic_delivery.matrix import cli, speed_diff
from dynamic_engines.matrix import Cell, KernelRow, latest, load, run_matrix
from tests.dynamic_engines.matrix.fakes import crashing_rows, looping_rows, rows

_ONE = ("--device", "portable", "--precision", "float32")


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder with the record of one good kernel."""
    run(monkeypatch, tmp_path, rows)
    return tmp_path


def run(monkeypatch: pytest.MonkeyPatch, root: Path, kernel_rows: object) -> int:
    monkeypatch.setattr(cli, "kernel_rows", kernel_rows)
    monkeypatch.setattr(cli, "names", tuple)  # no models: they are judged elsewhere
    return main(["matrix", "run", *_ONE, "--repo", str(root)])


def diff(root: Path, *words: str) -> int:
    return main(["matrix", "diff", *words, "--repo", str(root)])


def test_without_a_baseline_nothing_can_be_decided(capsys: pytest.CaptureFixture[str], judged: Path) -> None:
    assert diff(judged) == ExitCode.UNDECIDED
    assert "matrix.json: accept a run: ./dynamic matrix diff --accept" in capsys.readouterr().err


def test_a_kernel_that_fails_since_it_was_accepted_is_red_until_that_is_accepted_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, judged: Path
) -> None:
    assert (diff(judged, "--accept"), diff(judged)) == (ExitCode.YES, ExitCode.YES)
    assert run(monkeypatch, judged, crashing_rows) == ExitCode.NO
    capsys.readouterr()
    assert diff(judged) == ExitCode.NO
    said = capsys.readouterr().out
    assert "red: rolling/sma on pocl in float32, strict maths: pass, now fail (the process died (SIGABRT" in said
    assert diff(judged, "--accept") == ExitCode.YES
    assert diff(judged) == ExitCode.YES


def test_the_document_holds_each_change_and_what_was_compared(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, judged: Path
) -> None:
    diff(judged, "--accept")
    run(monkeypatch, judged, crashing_rows)
    capsys.readouterr()
    assert diff(judged, "--json") == ExitCode.NO
    document = json.loads(capsys.readouterr().out)
    assert (document["schema"], document["compared"], document["accepted"]) == ("dynamic.matrix-diff/1", 1, False)
    (change,) = document["changes"]
    assert (change["kernel"], change["engine"], change["finding"]) == ("rolling/sma", "pocl", "red")


def test_a_record_of_another_tree_is_refused(capsys: pytest.CaptureFixture[str], judged: Path) -> None:
    diff(judged, "--accept")
    path = latest(judged)
    path.write_text(
        path.read_text(encoding="utf-8").replace('"kernel_digest": "', '"kernel_digest": "0'), encoding="utf-8"
    )
    assert diff(judged) == ExitCode.UNDECIDED
    assert "is stale (rolling/sma: the kernel was changed): make a new one" in capsys.readouterr().err


def two_rows() -> Sequence[KernelRow]:
    from tests.dynamic_engines.matrix.fakes import Doubling, twice

    return (Doubling("rolling/sma", twice), Doubling("rolling/sum", twice))


def stopped(*words: object) -> Iterator[Cell]:
    """Judge one cell, and then an interrupt comes."""
    yield next(run_matrix(*words))  # type: ignore[arg-type]
    raise KeyboardInterrupt


def test_a_run_that_is_interrupted_keeps_its_cells_and_says_that_it_is_not_whole(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert run(monkeypatch, tmp_path, two_rows) == ExitCode.YES
    whole = tmp_path / "whole"
    assert diff(tmp_path, "--accept", str(whole)) == ExitCode.YES
    monkeypatch.setattr(cli, "run_matrix", stopped)
    assert main(["matrix", "run", *_ONE, "--repo", str(tmp_path)]) == ExitCode.INTERRUPTED
    kept = load(latest(tmp_path))
    assert [cell.kernel for cell in kept.cells] == ["rolling/sma"]
    assert kept.partial == "--precision float32, it did not come to its end"
    capsys.readouterr()
    assert diff(tmp_path, str(whole)) == ExitCode.UNDECIDED
    assert "unknown: rolling/sum on pocl in float32, strict maths: this run is not whole" in capsys.readouterr().out
    assert diff(tmp_path, str(whole), "--kernel", "rolling/sma") == ExitCode.YES


def test_a_full_disk_still_shows_what_was_judged_and_leaves_no_torn_file(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert run(monkeypatch, tmp_path, rows) == ExitCode.UNDECIDED
    captured = capsys.readouterr()
    assert "1 pass, 0 fail" in captured.out
    assert "not recorded" in captured.out
    assert "No space left on device" in captured.err
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.fixture
def clone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A repository of one kernel that loops 5,000 times, judged by a row that a host's loop stands in for."""
    monkeypatch.setattr(speed_diff, "kernel_rows", looping_rows)
    kernel = tmp_path / "kernels" / "rolling" / "sma.cl"
    kernel.parent.mkdir(parents=True)
    kernel.write_text("steps 5000", encoding="utf-8")
    for words in (["init", "-q"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "one"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    return tmp_path


def test_equal_sources_are_the_same_program(capsys: pytest.CaptureFixture[str], clone: Path) -> None:
    assert diff(clone, "--speed", "--since", "HEAD") == ExitCode.YES
    assert "1 are the same program, 0 slower" in capsys.readouterr().out


def test_a_loop_that_was_added_is_called_slower(capsys: pytest.CaptureFixture[str], clone: Path) -> None:
    (clone / "kernels" / "rolling" / "sma.cl").write_text("steps 15000", encoding="utf-8")
    assert diff(clone, "--speed", "--since", "HEAD", "--json") == ExitCode.NO
    (cell,) = json.loads(capsys.readouterr().out)["cells"]
    assert (cell["kernel"], cell["verdict"]) == ("rolling/sma", "slower")
    assert cell["ratio"] > 1.5


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--since", "v9"], ExitCode.USAGE, "no commit is called 'v9'"),
        (["--since", "--output=x"], ExitCode.USAGE, "no commit is called '--output=x'"),
        ([], ExitCode.UNDECIDED, "no commit holds ci/matrix.json"),
        (["--since", "HEAD", "--kernel", "rolling/gone"], ExitCode.USAGE, "no kernel is called rolling/gone"),
    ],
)
def test_a_commit_or_kernel_that_is_not_there_is_one_line(
    capsys: pytest.CaptureFixture[str], clone: Path, words: list[str], code: ExitCode, said: str
) -> None:
    assert diff(clone, "--speed", *words) == code
    captured = capsys.readouterr().err
    assert said in captured
    assert captured.count("\n") == 1


_ROWS = """
from tests.dynamic_engines.matrix.fakes import Busy, Doubling, twice
from dynamic_engines import Precision


def kernel_rows():
    return [{kind}("rolling/sma", twice, precisions=(Precision.FLOAT32,){more})]
"""


def write_host(clone: Path, kind: str, more: str) -> None:
    """Write the smallest tree that a process of its own can drive: its host loops, whatever its kernel says."""
    for name, text in (("__init__", ""), ("matrix/__init__", ""), ("matrix/rows", _ROWS.format(kind=kind, more=more))):
        path = clone / "src" / "dynamic_delivery" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def commit(clone: Path) -> None:
    for words in (["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "host"]):
        subprocess.run(["git", *words], cwd=clone, check=True)


def test_host_code_that_became_slower_is_found_though_the_kernel_is_the_same(
    capsys: pytest.CaptureFixture[str], clone: Path
) -> None:
    write_host(clone, "Busy", ", steps=20_000")
    commit(clone)
    write_host(clone, "Busy", ", steps=60_000")
    assert diff(clone, "--speed", "--since", "HEAD", "--json") == ExitCode.NO
    (cell,) = json.loads(capsys.readouterr().out)["cells"]
    assert (cell["verdict"], cell["reason"]) == ("slower", "")
    assert cell["ratio"] > 1.5


def test_host_code_of_before_there_was_a_way_to_time_it_cannot_be_compared(
    capsys: pytest.CaptureFixture[str], clone: Path
) -> None:
    write_host(clone, "Doubling", "")
    commit(clone)
    write_host(clone, "Busy", ", steps=20_000")
    assert diff(clone, "--speed", "--since", "HEAD") == ExitCode.UNDECIDED
    assert "unknown: rolling/sma on pocl in float32, strict maths: the old tree: that tree cannot time it" in (
        capsys.readouterr().out
    )


def test_a_tree_whose_host_does_not_start_cannot_be_compared(capsys: pytest.CaptureFixture[str], clone: Path) -> None:
    write_host(clone, "NoSuchRow", "")
    commit(clone)
    write_host(clone, "Busy", ", steps=20_000")
    assert diff(clone, "--speed", "--since", "HEAD") == ExitCode.UNDECIDED
    assert "a tree's process died" in capsys.readouterr().out
