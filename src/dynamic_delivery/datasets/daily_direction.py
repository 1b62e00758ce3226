"""The recipe: indicators of the past, and whether the next close is higher."""

import numpy as np

from dynamic_ai import DatasetError
from dynamic_ai.datasets import Feature, Recipe, Source, Splits, Table
from dynamic_delivery.datasets.features import FEATURES, compute, warm_up
from dynamic_ta.data import SAMPLES, Bars

RECIPE = Recipe("daily_direction", 1, "1 if close[t + 1] > close[t] else 0")
# `arch` ships the samples; University of Illinois/NCSA Open Source License.
_LICENCES = dict.fromkeys(SAMPLES, "NCSA")
_LEAST_ROWS = 200


def daily_direction(bars: Bars) -> Table:
    """Return features and label of each bar, the bars of the warm-up and the last one left out, split by time.

    Raises
    ------
    DatasetError : too few bars
    """
    start = max(warm_up(row) for row in FEATURES)
    rows = bars.n_bars - start - 1
    if rows < _LEAST_ROWS:
        need = _LEAST_ROWS + start + 1
        raise DatasetError(f"{bars.name} has {bars.n_bars} bars", f"give at least {need}: {start} are warm-up")
    used = slice(start, -1)
    return Table(
        Source(bars.name, bars.digest, _LICENCES.get(bars.name, "unknown")),
        RECIPE,
        bars.time[used].astype("datetime64[us]").astype(np.int64),
        tuple(Feature(row.name, row.definition(), compute(row, bars)[used]) for row in FEATURES),
        (bars.close[1:] > bars.close[:-1]).astype(np.uint8)[start:],
        Splits.by_time(rows),
    )
