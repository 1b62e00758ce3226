"""What every row of the table promises, whatever it computes."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dynamic_engines import (
    Device,
    DeviceInfo,
    KernelBuildError,
    KernelDomainError,
    Maths,
    Precision,
    build,
    load_kernel,
)
from dynamic_engines.library import KERNELS, Feature, Kernel, LibraryRow, Stage, library_rows
from dynamic_engines.library.stage import usual_size
from dynamic_engines.matrix import Case, judge

_ROWS = [pytest.param(row, id=f"{row.kernel} {row.maths}") for row in library_rows()]
_KERNELS = [pytest.param(kernel, id=kernel.name) for kernel in KERNELS]


def seeded() -> np.random.Generator:
    return np.random.default_rng(20261124)


def sampled(kernel: Kernel) -> Case:
    return kernel.sample(seeded(), 0.001)


def test_the_names_are_unique_and_in_order() -> None:
    names = [kernel.name for kernel in KERNELS]
    assert names == sorted(set(names))


@pytest.mark.parametrize("kernel", _KERNELS)
def test_the_row_says_all_that_a_reader_needs(kernel: Kernel) -> None:
    text = load_kernel(kernel.name).text
    assert "* Layout:" in text
    assert "* Precision:" in text
    assert ("__local" in text) == (Feature.LOCAL_MEMORY in kernel.needs)
    assert kernel.title
    assert kernel.bound_source
    assert kernel.outputs
    for argument in (*kernel.inputs, *kernel.outputs):
        assert argument.shape
        assert argument.dtype in {"REAL", "uint", "char"}
        assert argument.doc
    for setting in kernel.settings:
        assert setting.default >= setting.least
        assert setting.doc


@pytest.mark.parametrize("precision", Precision)
@pytest.mark.parametrize("row", _ROWS)
def test_the_device_agrees_with_the_oracle_on_hard_inputs(
    device: Device, row: LibraryRow, precision: Precision
) -> None:
    cases = list(row.cases(seeded(), precision))
    verdicts = [judge(row, device, case, precision) for case in cases]
    assert [verdict.reason for verdict in verdicts if verdict.reason] == []
    # Refusals alone would prove nothing.
    assert sum(verdict.worst is not None for verdict in verdicts) >= len(cases) / 2


@pytest.mark.parametrize("precision", Precision)
@pytest.mark.parametrize("kernel", _KERNELS)
def test_the_bound_means_something(kernel: Kernel, precision: Precision) -> None:
    """A bound that is not far below what the values are would accept anything."""
    case = sampled(kernel)
    expected = kernel.oracle(case.inputs, case.settings)
    for line, bound in zip(expected, kernel.error_bound(case.inputs, case.settings, precision), strict=True):
        most = np.broadcast_to(bound, line.shape)[np.isfinite(line)]
        scale = float(np.abs(line[np.isfinite(line)]).max())
        assert np.median(most) <= scale * (2e-3 if precision is Precision.FLOAT32 else 1e-11)


def test_a_gpu_gets_the_sizes_of_a_gpu(device: Device) -> None:
    class Gpu:
        info: DeviceInfo = replace(device.info, type="gpu")

    for kernel in KERNELS:
        for knob in kernel.knobs(Precision.FLOAT64):
            with device.buffers() as memory:
                assert Stage(Gpu(), memory, Precision.FLOAT64).pick(knob) == knob.gpu  # type: ignore[arg-type]
                assert Stage(device, memory, Precision.FLOAT64).pick(knob) == knob.cpu
            assert {knob.cpu, knob.gpu} <= set(knob.choices) | {knob.gpu}


@pytest.mark.parametrize("kernel", _KERNELS)
def test_a_gpu_with_small_groups_gets_one_that_it_can_have(device: Device, kernel: Kernel) -> None:
    small = replace(device.info, type="gpu", max_work_group=16)
    large = replace(small, max_work_group=4096)
    for knob in kernel.knobs(Precision.FLOAT32):
        assert usual_size(knob, large) == knob.gpu
        assert usual_size(knob, small) == (16 if knob.name == "GROUP" else knob.gpu)


@pytest.mark.parametrize("kernel", _KERNELS)
def test_the_cost_is_what_the_lengths_say(kernel: Kernel) -> None:
    case = sampled(kernel)
    single, double = (kernel.cost_of(case.inputs, case.settings, precision) for precision in Precision)
    arrays = sum(line.size for line in (*case.inputs, *kernel.oracle(case.inputs, case.settings)))
    assert single.operations == double.operations > 0
    reals = sum(a.dtype == "REAL" for a in (*kernel.inputs, *kernel.outputs)) > 0
    assert double.bytes_moved <= 8 * arrays
    assert double.bytes_moved > single.bytes_moved if reals else double.bytes_moved == single.bytes_moved


@pytest.mark.parametrize("kernel", _KERNELS)
def test_a_wrong_number_of_anything_and_a_wrong_type_are_refused(device: Device, kernel: Kernel) -> None:
    case = sampled(kernel)
    with pytest.raises(KernelDomainError, match="settings"):
        kernel.oracle(case.inputs, (*case.settings, 3))
    with pytest.raises(KernelDomainError, match="inputs"):
        kernel.on_device(device, (*case.inputs, np.zeros(3)), case.settings, Precision.FLOAT32)
    if case.inputs:
        single: tuple[Any, ...] = (case.inputs[0].astype(np.float32), *case.inputs[1:])
        with pytest.raises(KernelDomainError, match="is float32"):
            kernel.oracle(single, case.settings)
        spoilt = (case.inputs[0].copy(), *case.inputs[1:])
        spoilt[0][0] = np.nan
        with pytest.raises(KernelDomainError, match="is nan at 0"):
            kernel.on_device(device, spoilt, case.settings, Precision.FLOAT64)


@pytest.mark.parametrize("kernel", [k for k in KERNELS if Maths.RELAXED not in k.maths], ids=lambda k: k.name)
def test_maths_without_a_bound_are_refused(device: Device, kernel: Kernel) -> None:
    case = sampled(kernel)
    with pytest.raises(KernelDomainError, match="no bound in relaxed maths"):
        kernel.on_device(device, case.inputs, case.settings, Precision.FLOAT32, Maths.RELAXED)


def test_a_group_that_does_not_fit_the_lanes_is_a_build_error_that_says_so(device: Device) -> None:
    source = load_kernel("reductions/sum")
    with pytest.raises(KernelBuildError, match="GROUP \\* WIDTH must divide LANES"):
        build(device, source, {"REAL_BITS": 32, "GROUP": 64, "WIDTH": 8})
