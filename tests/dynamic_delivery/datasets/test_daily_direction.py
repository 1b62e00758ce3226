"""Features against TA-Lib on real prices, labels by hand, and nothing of the future in the past."""

import hashlib
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
import talib

from dynamic_ai import DatasetError
from dynamic_ai.datasets import Table
from dynamic_ai.datasets.write import snapshot_files
from dynamic_delivery.datasets import FEATURES, FeatureRow, daily_direction
from dynamic_delivery.datasets.features import CLOSE_OVER_LINE, compute, warm_up
from dynamic_ta.data import Bars, read_bars

F64 = npt.NDArray[np.float64]

SP500 = read_bars("sp500")
TABLE = daily_direction(SP500)


def column(table: Table, name: str) -> F64:
    return next(feature.values for feature in table.features if feature.name == name)


def by_talib(bars: Bars) -> dict[str, F64]:
    """Return each feature as TA-Lib's C code and the formula of its definition give it."""
    close = bars.close
    return {
        "return_1": talib.ROCP(close, 1),
        "return_5": talib.ROCP(close, 5),
        "return_20": talib.ROCP(close, 20),
        "close_to_sma_20": close / talib.SMA(close, 20) - 1,
        "close_to_sma_100": close / talib.SMA(close, 100) - 1,
        "close_to_ema_50": close / talib.EMA(close, 50) - 1,
        "macd_to_close": talib.MACD(close, 12, 26, 9)[0] / close,
        "atr_14_to_close": talib.ATR(bars.high, bars.low, close, 14) / close,
        "rsi_14": talib.RSI(close, 14) / 100,
    }


def test_every_feature_is_what_talib_gives_on_the_same_days() -> None:
    expected = by_talib(SP500)
    assert set(expected) == {row.name for row in FEATURES}
    start = SP500.n_bars - TABLE.label.size - 1
    for name, values in expected.items():
        np.testing.assert_allclose(column(TABLE, name), values[start:-1], atol=1e-11, rtol=0, err_msg=name)


def test_the_warm_up_is_dropped_and_no_more() -> None:
    assert SP500.n_bars - TABLE.label.size == 99 + 1  # SMA(100) lacks 99 bars, and the last bar has no next one
    for row in FEATURES:
        values = compute(row, SP500)
        assert np.isnan(values[: warm_up(row)]).all()
        assert np.isfinite(values[warm_up(row) :]).all()


def test_a_label_says_whether_the_next_close_is_higher() -> None:
    used = SP500.close[99:]
    for row in (0, 1, 17, TABLE.label.size - 1):
        assert TABLE.label[row] == (used[row + 1] > used[row])
    assert TABLE.time[0] == SP500.time[99].astype(np.int64)


def market(closes: F64) -> Bars:
    day = np.datetime64("2020-01-01", "us") + np.arange(closes.size) * np.timedelta64(1, "D")
    return Bars("made", "0" * 64, day, closes, closes * 1.01, closes * 0.99, closes, np.ones(closes.size))


def test_flat_days_are_no_rise() -> None:
    steps = np.tile([0.0, 1.0, 0.0, -1.0], 200)
    table = daily_direction(market(100 + np.cumsum(steps)))
    assert table.label[:8].tolist() == (steps[100:108] > 0).astype(int).tolist()


@pytest.mark.parametrize("at", [99, 500, 2000, 5029])
def test_what_happens_later_changes_no_feature_and_only_the_last_label(at: int) -> None:
    after = np.arange(SP500.n_bars) > at
    changed = {name: np.where(after, getattr(SP500, name) * 3, getattr(SP500, name)) for name in Bars.__slots__[3:7]}
    later = daily_direction(replace(SP500, **changed))
    known = at - 99 + 1
    for before, now in zip(TABLE.features, later.features, strict=True):
        np.testing.assert_array_equal(before.values[:known], now.values[:known])
    np.testing.assert_array_equal(TABLE.label[: known - 1], later.label[: known - 1])


def test_the_splits_are_in_time_order_and_share_no_day() -> None:
    assert (TABLE.splits.validation, TABLE.splits.test, TABLE.label.size) == (3453, 4192, 4931)
    assert (np.diff(TABLE.time) > 0).all()


def test_too_few_bars_are_an_error_that_says_how_many_are_needed() -> None:
    with pytest.raises(DatasetError, match="made has 299 bars: give at least 300: 99 are warm-up"):
        daily_direction(market(np.linspace(1, 2, 299)))
    assert daily_direction(market(np.linspace(1, 2, 300))).label.size == 200


def test_an_indicator_that_is_not_in_the_table_is_named() -> None:
    with pytest.raises(DatasetError, match="tea_leaves needs the indicator 'leaves'"):
        warm_up(FeatureRow("tea_leaves", "leaves", (1,), CLOSE_OVER_LINE))


_HERE = """
import hashlib
from dynamic_ai.datasets.write import snapshot_files
from dynamic_delivery.datasets import daily_direction
from dynamic_ta.data import read_bars
print(hashlib.sha256(snapshot_files(daily_direction(read_bars("sp500")))["manifest.json"]).hexdigest())
"""


def test_a_snapshot_has_the_same_bytes_without_the_processors_vector_units() -> None:
    config = np.show_config(mode="dicts")
    assert config is not None
    found = " ".join(config["SIMD Extensions"]["found"])
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "NPY_DISABLE_CPU_FEATURES": found}
    done = subprocess.run([sys.executable, "-c", _HERE], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == hashlib.sha256(snapshot_files(TABLE)["manifest.json"]).hexdigest()
