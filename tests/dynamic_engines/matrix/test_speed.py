"""Two commits' kernels in one process. A host's loop stands for the device's work: its length is in the source."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dynamic_engines import Maths, Precision, load_kernel, open_device
from dynamic_engines.library import library_rows
from dynamic_engines.matrix.paired import Pace, judge_paces
from dynamic_engines.matrix.questions import Bench
from dynamic_engines.matrix.speed import Ratios, SpeedQuestion
from tests.dynamic_engines.matrix.fakes import Doubling, Looping, twice

_PAIRS = 10


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with open_device() as device:
        yield Bench(device, open_device)


def ratios(bench: Bench, folder: Path, old: str, new: str, *, even_if_same: bool = False) -> Ratios:
    for name, text in (("old", old), ("new", new)):
        path = folder / name / "rolling" / "sma.cl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    paths = (str(folder / "old"), str(folder / "new"), _PAIRS)
    question = SpeedQuestion("rolling/sma", Precision.FLOAT32, Maths.STRICT, *paths, even_if_same=even_if_same)
    return question.answer(bench, Looping("rolling/sma", twice))


def pace(found: Ratios) -> Pace:
    (judged,) = judge_paces([found.ratios], 0.05, 0.01)
    return judged.pace


def test_equal_sources_are_the_same_program_and_take_no_time(bench: Bench, tmp_path: Path) -> None:
    assert ratios(bench, tmp_path, "steps 100", "steps 100") == Ratios(same=True)


def test_a_loop_that_was_added_is_slower_and_one_that_was_taken_away_is_faster(bench: Bench, tmp_path: Path) -> None:
    assert pace(ratios(bench, tmp_path, "steps 5000", "steps 15000")) is Pace.SLOWER
    assert pace(ratios(bench, tmp_path, "steps 15000", "steps 5000")) is Pace.FASTER


def test_a_program_beside_itself_is_alike(bench: Bench, tmp_path: Path) -> None:
    found = ratios(bench, tmp_path, "steps 5000", "steps 5000", even_if_same=True)
    assert len(found.ratios) == _PAIRS
    assert pace(found) is Pace.ALIKE


def test_an_old_kernel_that_todays_host_cannot_drive_cannot_be_compared(bench: Bench, tmp_path: Path) -> None:
    found = ratios(bench, tmp_path, "another form", "steps 100")
    assert (found.ratios, found.reason) == ((), "KernelDomainError: no steps")


def test_a_kernel_that_did_not_exist_cannot_be_compared(bench: Bench, tmp_path: Path) -> None:
    question = SpeedQuestion("rolling/sma", Precision.FLOAT32, Maths.STRICT, str(tmp_path), str(tmp_path), 1)
    assert (
        "KernelMissingError: there is no kernels/rolling/sma.cl"
        in question.answer(bench, Looping("rolling/sma", twice)).reason
    )


def test_a_row_without_a_sample_cannot_be_compared(bench: Bench, tmp_path: Path) -> None:
    question = SpeedQuestion("rolling/sma", Precision.FLOAT32, Maths.STRICT, str(tmp_path), str(tmp_path), 1)
    assert question.answer(bench, Doubling("rolling/sma", twice)).reason == "it cannot be timed"


def test_a_change_in_a_kernel_that_another_one_calls_is_seen(bench: Bench, tmp_path: Path) -> None:
    """The scan launches the sum's kernel too."""
    row = next(row for row in library_rows() if row.kernel == "scans/inclusive_sum")
    for side in ("old", "new"):
        for name in ("scans/inclusive_sum", "reductions/sum"):
            path = tmp_path / side / f"{name}.cl"
            path.parent.mkdir(parents=True)
            path.write_text(load_kernel(name).text, encoding="utf-8")
    changed = tmp_path / "new" / "reductions" / "sum.cl"
    changed.write_text(changed.read_text(encoding="utf-8") + "\n/* changed */\n", encoding="utf-8")
    question = SpeedQuestion(
        row.kernel, Precision.FLOAT32, Maths.STRICT, str(tmp_path / "old"), str(tmp_path / "new"), 1, share=0.001
    )
    assert len(question.answer(bench, row).ratios) == 1
