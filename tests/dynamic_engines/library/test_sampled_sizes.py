"""Another size of each knob, on hard inputs: the same bits as with the default. The slow test_sizes.py tries all."""

import zlib

import numpy as np
import pytest

from dynamic_engines import Device, Precision
from dynamic_engines.library import KERNELS, Kernel
from dynamic_engines.library.tuning.bench import DeviceBench
from dynamic_engines.library.tuning.model import Probe, Verdict

_TUNABLE = [kernel for kernel in KERNELS if kernel.knobs(Precision.FLOAT32)]
_MOST = 4  # a driver takes seconds to compile larger groups


@pytest.mark.parametrize("kernel", _TUNABLE, ids=lambda k: k.name)
def test_another_size_changes_no_bit_on_hard_inputs(device: Device, kernel: Kernel) -> None:
    rng = np.random.default_rng(zlib.crc32(kernel.name.encode()))
    precision = Precision(rng.choice(list(Precision)))
    drawn = {}
    for knob in kernel.knobs(precision):
        others = sorted({*knob.choices} - {knob.cpu})
        drawn[knob.name] = int(rng.choice([size for size in others if size <= _MOST] or others[:1] or [knob.cpu]))
    with DeviceBench(device, kernel, precision, seed=20261124, share=0.001) as bench:
        assert bench.probe(tuple(drawn.items())) == Probe(Verdict.SAME)
