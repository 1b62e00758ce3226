"""Which changes are red, which only differ, and where nobody can say."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dynamic_base.files import WriteError
from dynamic_engines import Maths, Precision
from dynamic_engines.matrix import (
    Baseline,
    BaselineFileError,
    Cell,
    Finding,
    Matrix,
    Status,
    accepted,
    compare,
    load_baseline,
    merged,
    save_baseline,
)

GOOD = Cell(
    "rolling/sma",
    "0",
    "pocl",
    "a CPU",
    "PoCL 3.0",
    Precision.FLOAT32,
    Status.PASS,
    cases=3,
    bound_share=0.12345,
    deterministic=True,
)


def run_of(*cells: Cell, partial: str = "") -> Matrix:
    return Matrix(datetime(2026, 1, 2, tzinfo=UTC), 1, "2.0", cells, partial)


def changes(before: Cell | None, *after: Cell, partial: str = "") -> list[tuple[Finding, str]]:
    old = accepted(run_of(before)) if before else Baseline(())
    return [(change.finding, change.what) for change in compare(old, run_of(*after, partial=partial)).changes]


def test_the_same_cells_change_nothing_though_the_largest_error_moved() -> None:
    assert changes(GOOD, replace(GOOD, bound_share=0.9)) == []


@pytest.mark.parametrize(
    ("before", "after", "finding"),
    [
        (Status.PASS, Status.FAIL, Finding.RED),
        (Status.PASS, Status.XFAIL, Finding.RED),
        (Status.PASS, Status.UNSUPPORTED, Finding.RED),
        (Status.XFAIL, Status.FAIL, Finding.RED),
        (Status.UNSUPPORTED, Status.FAIL, Finding.RED),
        (Status.XFAIL, Status.PASS, Finding.CHANGED),
        (Status.FAIL, Status.PASS, Finding.CHANGED),
        (Status.FAIL, Status.XFAIL, Finding.CHANGED),
        (Status.UNSUPPORTED, Status.PASS, Finding.CHANGED),
    ],
)
def test_a_cell_that_got_worse_is_red_and_one_that_got_better_is_not(
    before: Status, after: Status, finding: Finding
) -> None:
    found = changes(replace(GOOD, status=before), replace(GOOD, status=after))
    assert found == [(finding, f"{before}, now {after}")]


def test_a_failure_that_was_accepted_is_not_new() -> None:
    assert changes(replace(GOOD, status=Status.FAIL), replace(GOOD, status=Status.FAIL)) == []


def test_a_new_cell_is_red_only_if_it_is_bad() -> None:
    assert changes(None, GOOD) == [(Finding.CHANGED, "new: pass")]
    assert changes(None, replace(GOOD, status=Status.FAIL)) == [(Finding.RED, "new: fail")]
    flickers = replace(GOOD, deterministic=False)
    assert changes(None, flickers) == [(Finding.RED, "new: pass, not the same bits again")]


def test_bits_that_are_not_the_same_again_are_red_where_they_were() -> None:
    assert changes(GOOD, replace(GOOD, deterministic=False)) == [(Finding.RED, "not the same bits again, as they were")]
    assert changes(replace(GOOD, deterministic=False), replace(GOOD, deterministic=False)) == []


def test_a_cell_that_a_whole_run_lacks_is_gone_and_one_that_was_not_asked_for_is_unknown() -> None:
    other = replace(GOOD, kernel="rolling/sum")
    assert changes(GOOD, other) == [(Finding.RED, "the cell is gone"), (Finding.CHANGED, "new: pass")]
    (unknown, _) = changes(GOOD, other, partial="--kernel rolling/sum")
    assert unknown == (Finding.UNKNOWN, "this run is not whole: --kernel rolling/sum")


def test_a_cell_whose_engine_is_not_here_is_unknown() -> None:
    absent = replace(GOOD, device="", driver="", status=Status.NOT_PRESENT, deterministic=None)
    assert changes(GOOD, absent) == [(Finding.UNKNOWN, "pocl is not present in this run")]


def test_only_the_wanted_cells_are_compared() -> None:
    old = accepted(run_of(GOOD, replace(GOOD, engine="intel-cpu")))
    diff = compare(old, run_of(GOOD), lambda key: key.engine == "pocl")
    assert (diff.compared, diff.changes) == (1, ())


def test_of_two_devices_of_one_engine_the_worse_counts_whichever_comes_first() -> None:
    bad = replace(GOOD, device="another", status=Status.FAIL, reason="off")
    for cells in ((GOOD, bad), (bad, GOOD)):
        (change,) = compare(accepted(run_of(GOOD)), run_of(*cells)).changes
        assert (change.finding, change.reason) == (Finding.RED, "off")


def test_accepting_a_part_keeps_the_rest_and_drops_what_is_gone() -> None:
    relaxed, gone = replace(GOOD, maths=Maths.RELAXED), replace(GOOD, kernel="rolling/gone")
    old = accepted(run_of(replace(GOOD, status=Status.FAIL), relaxed, gone))
    new = merged(old, accepted(run_of(GOOD)).cells, [cell.key for cell in old.cells if cell.kernel == gone.kernel])
    assert new == accepted(run_of(GOOD, relaxed))


def test_a_baseline_reads_back_the_same_a_line_a_cell_and_holds_no_time(tmp_path: Path) -> None:
    path = tmp_path / "ci" / "matrix.json"
    baseline = accepted(run_of(GOOD, replace(GOOD, precision=Precision.FLOAT64)))
    save_baseline(path, baseline)
    assert load_baseline(path) == baseline
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line.rstrip(","))["precision"] for line in lines[1:-1]] == ["float32", "float64"]
    assert "_s" not in json.loads(path.read_bytes())["cells"][0]
    assert json.loads(path.read_bytes())["cells"][0]["bound_share"] == 0.12


@pytest.mark.parametrize(
    "spoil", [lambda text: text[:-20], lambda text: "[]", lambda text: text.replace("pass", "paß")]
)
def test_a_torn_baseline_is_named(tmp_path: Path, spoil: Callable[[str], str]) -> None:
    path = tmp_path / "matrix.json"
    save_baseline(path, accepted(run_of(GOOD)))
    path.write_text(spoil(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(BaselineFileError, match=r"matrix\.json is no baseline .*: take it from git again"):
        load_baseline(path)


def test_two_lines_for_one_cell_as_a_merge_leaves_them_are_named(tmp_path: Path) -> None:
    path = tmp_path / "matrix.json"
    (cell,) = accepted(run_of(GOOD)).cells
    save_baseline(path, Baseline((cell, replace(cell, status=Status.FAIL))))
    with pytest.raises(BaselineFileError, match="two lines for rolling/sma on pocl in float32, strict maths"):
        load_baseline(path)


def test_a_disk_that_refuses_leaves_the_baseline_that_stood_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "matrix.json"
    baseline = accepted(run_of(GOOD))
    save_baseline(path, baseline)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(WriteError, match="No space left on device"):
        save_baseline(path, Baseline(()))
    assert load_baseline(path) == baseline
    assert list(tmp_path.iterdir()) == [path]
