"""The sizes that a tuner may choose change no bit of any result: all of them here, a few in test_sampled_sizes.py."""

from dataclasses import replace

import numpy as np
import pytest

from dynamic_engines import Device, Precision
from dynamic_engines.library import KERNELS, Kernel, Stage
from dynamic_engines.library.tuning.bench import DeviceBench
from dynamic_engines.library.tuning.model import Verdict, choices_of, named

# Its default of 256 items, for a GPU, is more than the 64 lanes that its headers allow: it builds on no device.
_UNBUILT_ON_A_GPU = {"linalg/gemm"}
_TUNABLE = [kernel for kernel in KERNELS if kernel.knobs(Precision.FLOAT32)]


@pytest.mark.parametrize("precision", Precision)
@pytest.mark.parametrize("kernel", _TUNABLE, ids=lambda k: k.name)
def test_no_size_changes_a_bit_on_hard_inputs(device: Device, kernel: Kernel, precision: Precision) -> None:
    """The GPU's sizes run here too; a barrier that is missing shows as a difference."""
    knobs = kernel.knobs(precision)
    of_a_gpu = choices_of(knobs, replace(device.info, type="gpu"))
    choices = dict.fromkeys([*choices_of(knobs, device.info), *of_a_gpu])
    with DeviceBench(device, kernel, precision, seed=20261124, share=0.001) as bench:
        found = {named(choice): bench.probe(choice) for choice in choices}
    assert {name: probe.reason for name, probe in found.items() if probe.verdict is Verdict.DIFFERENT} == {}
    # Refusals alone would prove nothing.
    same = sum(probe.verdict is Verdict.SAME for probe in found.values())
    assert same >= len(found) / 2
    default = found[named(of_a_gpu[0])]
    if kernel.name in _UNBUILT_ON_A_GPU and default.verdict is Verdict.REFUSED:
        pytest.xfail(default.reason)
    assert default.verdict is Verdict.SAME


@pytest.mark.parametrize("precision", Precision)
@pytest.mark.parametrize("kernel", _TUNABLE, ids=lambda k: k.name)
def test_a_result_depends_on_no_run_before(device: Device, kernel: Kernel, precision: Precision) -> None:
    case = kernel.sample(np.random.default_rng(20261124), 0.001)
    for sizes in ({}, {knob.name: min(knob.gpu, 64) for knob in kernel.knobs(precision)}):
        with device.buffers() as memory:
            work = kernel.place(Stage(device, memory, precision, tuned=sizes), *case.inputs, *case.settings)
            work.launch()
            first = work.fetch()
            work.launch()
            for line, again in zip(first, work.fetch(), strict=True):
                np.testing.assert_array_equal(line, again)
