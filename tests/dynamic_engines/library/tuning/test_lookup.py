"""What a launch uses, and that it cannot change a result."""

import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from dynamic_engines import (
    Device,
    DeviceInfo,
    KernelBuildError,
    KernelSource,
    Maths,
    Precision,
    load_kernel,
    open_device,
)
from dynamic_engines.library import KERNELS, Kernel, Stage, Work
from dynamic_engines.library.linalg.gemm import GEMM
from dynamic_engines.library.model import F64
from dynamic_engines.library.reductions.sum import SUM
from dynamic_engines.library.tuning import lookup
from dynamic_engines.library.tuning.database import Found, read, record, render
from dynamic_engines.library.tuning.errors import TuningWarning
from dynamic_engines.library.tuning.lookup import InUse, in_use, own_path
from dynamic_engines.library.tuning.model import Entry, fits, key_of
from tests.dynamic_engines.library.tuning.fakes import POCL, entry


@pytest.fixture(scope="module")
def device() -> Iterator[Device]:
    with open_device() as opened:
        yield opened


@pytest.fixture(autouse=True)
def nothing_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "shipped", lambda: Found({}))


def known(kernel: Kernel, info: DeviceInfo, **sizes: int) -> Entry:
    digest = load_kernel(kernel.name).digest
    return entry(key_of(kernel.name, digest, info, Precision.FLOAT32, Maths.STRICT), **sizes)


def used(info: DeviceInfo = POCL, precision: Precision = Precision.FLOAT32, maths: Maths = Maths.STRICT) -> InUse:
    return in_use("reductions/sum", SUM.knobs(precision), info, precision, maths)


def test_an_own_entry_comes_first_then_a_shipped_one_then_the_default(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert used() == InUse()
    shipped = known(SUM, POCL, GROUP=2)
    monkeypatch.setattr(lookup, "shipped", lambda: Found({shipped.key: shipped}))
    lookup.forget()
    assert (used().sizes, used().source) == ({"GROUP": 2}, "shipped")
    record(own, known(SUM, POCL, GROUP=4))
    lookup.forget()
    assert (used().sizes, used().source) == ({"GROUP": 4}, "yours")


def test_an_entry_is_for_just_its_device_driver_precision_and_for_strict_maths(own: Path) -> None:
    mine = known(SUM, POCL, GROUP=4)
    record(own, mine)
    assert used().sizes == {"GROUP": 4}
    for other in (replace(POCL, name="x"), replace(POCL, driver_version="3.1"), replace(POCL, platform="x")):
        assert used(other) == InUse()
    assert used(precision=Precision.FLOAT64) == InUse()
    assert used(maths=Maths.RELAXED) == InUse()


@pytest.mark.parametrize("sizes", [{"GROUP": 3}, {"TILE": 2}, {"GROUP": 4, "WIDTH": 16}])
def test_a_size_that_the_kernel_does_not_have_is_not_used(own: Path, sizes: dict[str, int]) -> None:
    record(own, known(SUM, POCL, **sizes))
    assert used() == InUse()


def test_it_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = known(SUM, POCL, GROUP=2)
    monkeypatch.setattr(lookup, "shipped", lambda: Found({shipped.key: shipped}))
    assert used().sizes == {"GROUP": 2}
    monkeypatch.setenv("DYNAMIC_TUNING", "off")
    assert used() == InUse()


def test_another_text_of_the_kernel_is_another_kernel(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record(own, known(SUM, POCL, GROUP=4))
    lookup._digest.cache_clear()
    monkeypatch.setattr(lookup, "load_kernel", lambda name: KernelSource(name, "another text"))
    assert used() == InUse()
    lookup._digest.cache_clear()


def test_without_the_variable_the_file_is_in_the_cache_folder(tmp_path: Path) -> None:
    assert own_path({"XDG_CACHE_HOME": str(tmp_path)}) == tmp_path / "dynamic" / "opencl" / "tuning.jsonl"
    assert own_path({"DYNAMIC_TUNING": "a/b"}) == Path("a/b")


def test_a_broken_file_is_said_once_and_the_defaults_are_used(own: Path) -> None:
    own.parent.mkdir()
    own.write_text("hello\n")
    with pytest.warns(TuningWarning, match=r"line 1 of .*tuning\.jsonl is no entry.*--list"):
        assert used() == InUse()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert used() == InUse()
    assert own.read_text() == "hello\n"


def test_the_files_are_read_once_however_many_launches(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record(own, known(SUM, POCL, GROUP=4))
    reads = []

    def counted(path: Path) -> Found:
        reads.append(path)
        return read(path)

    monkeypatch.setattr(lookup, "read", counted)
    for _ in range(100):
        assert used().sizes == {"GROUP": 4}
    assert reads == [own]


def test_importing_opens_no_file_of_sizes() -> None:
    code = """
import sys
opened = []
sys.addaudithook(lambda event, about: opened.append(str(about[0])) if event == "open" else None)
import dynamic_engines.library.cli
print([path for path in opened if path.endswith(".jsonl")], "pyopencl" in sys.modules, len(opened) > 9)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "[] False True\n", done.stderr


def test_a_launch_takes_the_entry_and_its_result_keeps_every_bit(own: Path, device: Device) -> None:
    seen = []

    def place(stage: Stage, x: F64) -> Work:
        seen.append(dict(stage.tuned))
        return SUM.place(stage, x)

    watched = replace(SUM, place=place)
    x = np.random.default_rng(1).normal(0, 1, 100_003)
    (expected,) = watched.on_device(device, (x,), (), Precision.FLOAT32)
    record(own, known(SUM, device.info, GROUP=2, WIDTH=4))
    lookup.forget()
    (got,) = watched.on_device(device, (x,), (), Precision.FLOAT32)
    (asked,) = watched.on_device(device, (x,), (), Precision.FLOAT32, sizes={"WIDTH": 2})
    assert seen == [{}, {"GROUP": 2, "WIDTH": 4}, {"WIDTH": 2}]
    assert got.tobytes() == expected.tobytes() == asked.tobytes()
    assert watched.in_use(device, Precision.FLOAT32).sizes == {"GROUP": 2, "WIDTH": 4}


def test_an_entry_that_does_not_run_here_is_said_once_and_costs_no_result(own: Path, device: Device) -> None:
    """Such as one from another machine whose device has the same name."""
    x = np.arange(10.0)
    record(own, known(SUM, device.info, GROUP=64, WIDTH=8))
    with pytest.warns(TuningWarning, match="reductions/sum does not run with its tuned sizes"):
        (first,) = SUM.on_device(device, (x,), (), Precision.FLOAT32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (second,) = SUM.on_device(device, (x,), (), Precision.FLOAT32)
    assert (first.tolist(), second.tolist()) == ([45.0], [45.0])
    with pytest.raises(KernelBuildError):
        SUM.on_device(device, (x,), (), Precision.FLOAT32, sizes={"GROUP": 64, "WIDTH": 8})


def test_relaxed_maths_stays_with_the_default_since_there_a_width_may_change_the_result(
    own: Path, device: Device
) -> None:
    case = GEMM.sample(np.random.default_rng(1), 0.001)
    strict = known(GEMM, device.info, WIDTH=1)
    for each in (strict, replace(strict, key=replace(strict.key, maths=Maths.RELAXED))):
        record(own, each)
    assert GEMM.in_use(device, Precision.FLOAT32).sizes == {"WIDTH": 1}
    assert GEMM.in_use(device, Precision.FLOAT32, Maths.RELAXED) == InUse()
    choices: tuple[dict[str, int] | None, ...] = (None, {})
    lines = [
        GEMM.on_device(device, case.inputs, case.settings, Precision.FLOAT32, Maths.RELAXED, sizes) for sizes in choices
    ]
    assert lines[0][0].tobytes() == lines[1][0].tobytes()


def test_what_is_shipped_is_whole_measured_and_has_sizes_that_some_kernel_once_had(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.undo()
    found = lookup.shipped()
    assert found.problems == ()
    assert (
        render(found.entries.values()) == files("dynamic_engines.library.tuning").joinpath("shipped.jsonl").read_bytes()
    )
    kernels = {kernel.name: kernel for kernel in KERNELS}
    for each in found.entries.values():
        assert each.key.maths is Maths.STRICT
        assert each.rounds >= 7
        assert (each.ratio <= 0.98) == bool(each.sizes)
        assert each.share == 1
        kernel = kernels.get(each.key.kernel)
        if kernel and load_kernel(kernel.name).digest.startswith(each.key.digest):  # else it is stale, and not used
            assert fits(each.sizes, kernel.knobs(each.key.precision))
