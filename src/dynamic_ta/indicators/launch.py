"""One kernel, run once over whole series."""

from collections.abc import Sequence

import numpy as np

from dynamic_engines import Device, KernelSource, Precision, build
from dynamic_ta.indicators.model import F64, Lines


def launch(
    device: Device,
    kernel: KernelSource,
    precision: Precision,
    items: int,
    scalars: Sequence[int | float],
    outputs: int,
    **series: F64,
) -> Lines:
    """Run ``kernel(bars, scalars…, series…, outputs…)`` and return its outputs as float64.

    Parameters
    ----------
    scalars : an int becomes a uint, a float a REAL
    outputs : how many lines it writes, each as long as the series
    series : float64[n_bars] each, n_bars >= 1, sent in ``precision``

    Raises
    ------
    EngineError : the device has no float64, no room, or failed
    """
    program = build(device, kernel, {"REAL_BITS": precision.bits})
    bars = next(iter(series.values())).size
    real = precision.dtype.type
    with device.buffers() as memory:
        sources = [
            memory.upload(name, np.ascontiguousarray(values, dtype=precision.dtype), precision.dtype)
            for name, values in series.items()
        ]
        targets = [memory.empty((bars,), precision.dtype) for _ in range(outputs)]
        words = [np.uint32(value) if isinstance(value, int | np.integer) else real(value) for value in scalars]
        program.run(items, np.uint32(bars), *words, *sources, *targets)
        return tuple(memory.download(target).astype(np.float64) for target in targets)
