"""What the OpenCL text of a strategy decides, bar by bar: the least kernel that asks it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dynamic_engines import Device, Precision, build, load_kernel
from dynamic_ta.data import Bars
from dynamic_ta.indicators.model import F64
from dynamic_ta.strategies import RULES_HEADER, Fused

_WORDS = {Precision.FLOAT32: np.uint32, Precision.FLOAT64: np.uint64}
_KERNEL = """
#include "common/real.clh"
#include "strategies/rules.clh"

__kernel void decisions(const uint variants, const uint bars, const uint width, const uint params_width,
                        __global const REAL *restrict lines, __global const uint *restrict rows,
                        __global const REAL *restrict params, __global uchar *restrict rules,
                        __global REAL *restrict amounts)
{
    const size_t item = get_global_id(0);
    if (item >= (size_t)variants * bars)
        return;
    const uint t = (uint)(item % bars);
    const uint variant = (uint)(item / bars);
    __global const uint *restrict mine = rows + (size_t)variant * width;
    __global const REAL *restrict given = params + (size_t)variant * params_width;
    rules[5 * item] = enter_long(lines, bars, mine, given, t);
    rules[5 * item + 1] = exit_long(lines, bars, mine, given, t);
    rules[5 * item + 2] = enter_short(lines, bars, mine, given, t);
    rules[5 * item + 3] = exit_short(lines, bars, mine, given, t);
    rules[5 * item + 4] = divides_by_zero(lines, bars, mine, given, t);
    amounts[2 * item] = stop_distance(lines, bars, mine, given, t);
    amounts[2 * item + 1] = position_size(lines, bars, mine, given, t);
}
"""


@dataclass(frozen=True, slots=True, eq=False)
class Decided:
    """bool[n_variants, n_bars, 4] in the order of RULES, bool[n_variants, n_bars], float64[n_variants, n_bars, 2]."""

    rules: npt.NDArray[np.bool_]
    divided: npt.NDArray[np.bool_]
    amounts: F64


def decide(
    device: Device, fused: Fused, bars: Bars, variants: Sequence[Mapping[str, float]], precision: Precision
) -> Decided:
    """Return what the device decides for each variant."""
    table = fused.table(bars, variants)
    kernel = load_kernel("strategies/decisions", None, {"strategies/decisions.cl": _KERNEL, RULES_HEADER: fused.source})
    program = build(device, kernel, {"REAL_BITS": precision.bits})
    word, count = _WORDS[precision], len(variants) * bars.n_bars
    with device.buffers() as memory:
        # As words: the lines hold NaN, which a buffer of floats does not take.
        lines = memory.upload("lines", table.lines.astype(precision.dtype).view(word), word, 2)
        rows = memory.upload("rows", table.rows, np.uint32, 2)
        params = memory.upload("params", table.params.astype(precision.dtype), precision.dtype, 2)
        rules = memory.empty((len(variants), bars.n_bars, 5), np.uint8)
        amounts = memory.empty((len(variants), bars.n_bars, 2), precision.dtype)
        sizes = (len(variants), bars.n_bars, table.rows.shape[1], table.params.shape[1])
        program.run(count, *map(np.uint32, sizes), lines, rows, params, rules, amounts)
        found = memory.download(rules).astype(np.bool_)
        return Decided(found[..., :4], found[..., 4], memory.download(amounts).astype(np.float64))
