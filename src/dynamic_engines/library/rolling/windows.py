"""What the rolling kernels of ``common/windows.clh`` share."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from dynamic_engines.library.inputs import check_lines, check_whole
from dynamic_engines.library.model import Settings
from dynamic_engines.library.pairs import GROUP, LANES, width_of
from dynamic_engines.library.stage import Stage
from dynamic_engines.matrix.cases import Rng

F64 = npt.NDArray[np.float64]
SPAN, MOST = 1024, 512
FEW, MANY = 4, 32
# Shorter and longer than the longest window of one launch, and one of nothing but whole windows.
_PERIODS = (1, 2, 20, 31, 256, 257, 511, 512, 513, 1009)
LENGTHS = (0, 1, 2, 63, 1009, 1024, 1025, 4099)


def check_window(x: F64, period: float) -> None:
    """Return if ``x`` is finite and ``period`` fits it."""
    check_lines(x=x)
    check_whole("period", period, 1, x.size)


def count_of(stage: Stage, bars: int, period: int, span: int = SPAN) -> int:
    """Return how many groups a launch of windows of ``period`` needs: ``lead_of`` of ``windows.clh`` leads in each."""
    row = stage.pick(GROUP) * stage.pick(width_of(stage.precision))
    turn = row * min(4, LANES // row)
    needed = -(-(period - 1) // row) * row + row
    return -(-bars // (span - -(-needed // turn) * turn))


def windows_of(x: F64, period: int) -> F64:
    """Return every whole window: float64[n - period + 1, period], without a copy."""
    return np.lib.stride_tricks.sliding_window_view(x, period)


def warmed(values: F64, bars: int) -> F64:
    """Return ``values`` with NaN before them, ``bars`` in all."""
    line = np.full(bars, np.nan)
    line[bars - values.size :] = values
    return line


def depth_of(period: int, most: int) -> int:
    """Return the most joins that a value passes, one after the other.

    Notes
    -----
    A window of 4 is a tree of 2 joins, one of 32 a tree of 5. Of ``period = 32 a + 4 b + c``, the ``a`` windows of 32,
    the ``b`` of 4 and the ``c`` values are joined in one chain, which begins with 0. Longer periods are chains of whole
    windows of ``most`` and one of the rest.
    """
    if period > most:
        return max(depth_of(most, most), depth_of(period % most, most)) + -(-period // most)
    many, few, ones = period // MANY, period % MANY // FEW, period % FEW
    return max(5 * (many > 0) + many + few, 2 + few) + ones


def periods(rng: Rng, size: int) -> Sequence[Settings]:
    """Return periods to try: the whole series, and two that fit; one that does not fit an empty one."""
    fitting = [period for period in _PERIODS if period < size]
    drawn = rng.choice(fitting, min(2, len(fitting)), replace=False).tolist() if fitting else []
    return [(int(period),) for period in (*drawn, max(1, size))]
