"""Wilder's smoothing against TA-Lib's average true range, and by hand."""

import numpy as np
import pytest
import talib

from dynamic_engines import Device, KernelDomainError, Precision
from dynamic_engines.library.recursive.wilder import WILDER


@pytest.mark.parametrize("period", [2, 14, 300])
def test_the_average_true_range_of_ta_lib_is_this_of_the_range(device: Device, period: int) -> None:
    """Bars from 0 to x that close at 0 have a true range of x; TA-Lib takes none of the first bar."""
    x = np.random.default_rng(period).uniform(1, 9, 4099)
    judge = talib.ATR(x, np.zeros(x.size), np.zeros(x.size), period)[1:]
    (got,) = WILDER.on_device(device, (x[1:],), (1, period), Precision.FLOAT64)
    assert np.flatnonzero(np.isnan(got)).tolist() == list(range(period - 1))
    np.testing.assert_allclose(got, judge, rtol=1e-13)


@pytest.mark.parametrize("precision", Precision)
def test_a_few_bars_by_hand(device: Device, precision: Precision) -> None:
    """Period 4: the mean of 4, 8, 12, 16 is 10; then 10 + (2 - 10) / 4 = 8, and 8 + (8 - 8) / 4."""
    (got,) = WILDER.on_device(device, (np.array([4.0, 8, 12, 16, 2, 8]),), (1, 4), precision)
    np.testing.assert_array_equal(got, [np.nan, np.nan, np.nan, 10, 8, 8])


def test_a_period_longer_than_a_series_is_refused() -> None:
    with pytest.raises(KernelDomainError, match="period is 6: use a whole number from 1 to 5"):
        WILDER.oracle((np.ones(10),), (2, 6))
