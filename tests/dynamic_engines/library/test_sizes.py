"""The sizes that a tuner may choose: a GPU's run here too, and change no bit of any result."""

import numpy as np
import pytest

from dynamic_engines import Device, Maths, Precision
from dynamic_engines.library import KERNELS, Kernel, Stage
from dynamic_engines.library.model import Lines
from dynamic_engines.matrix import Case


def computed(kernel: Kernel, device: Device, case: Case, precision: Precision, tuned: dict[str, int]) -> Lines:
    with device.buffers() as memory:
        work = kernel.place(Stage(device, memory, precision, Maths.STRICT, tuned), *case.inputs, *case.settings)
        work.launch()
        first = work.fetch()
        work.launch()
        for line, again in zip(first, work.fetch(), strict=True):
            np.testing.assert_array_equal(line, again)
        return first


@pytest.mark.parametrize("precision", Precision)
@pytest.mark.parametrize(
    "kernel", [kernel for kernel in KERNELS if kernel.knobs(Precision.FLOAT32)], ids=lambda k: k.name
)
def test_a_result_depends_on_no_size_that_suits_a_device_and_on_no_run_before(
    device: Device, kernel: Kernel, precision: Precision
) -> None:
    """The GPU's sizes run here too; a barrier that is missing shows as a difference."""
    case = kernel.sample(np.random.default_rng(20261124), 0.001)
    knobs = kernel.knobs(precision)
    usual = computed(kernel, device, case, precision, {})
    for tuned in ({knob.name: knob.gpu for knob in knobs}, {knob.name: knob.choices[1] for knob in knobs}):
        if tuned.get("GROUP", 1) * tuned.get("WIDTH", 1) <= 64 or "WIDTH" not in tuned:
            for line, other in zip(usual, computed(kernel, device, case, precision, tuned), strict=True):
                np.testing.assert_array_equal(line, other)
