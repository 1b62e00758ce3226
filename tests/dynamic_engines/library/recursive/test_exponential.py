"""The exponential mean against TA-Lib, pandas, and fractions."""

from fractions import Fraction
from importlib import import_module

import numpy as np
import pytest
import talib

from dynamic_engines import Device, KernelDomainError, Precision
from dynamic_engines.library.recursive.exponential import EXPONENTIAL


def prices(bars: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    walk = 100 * np.exp(np.cumsum(np.random.default_rng(bars).normal(0, 0.01, bars)))
    return walk.astype(np.float32).astype(np.float64)


@pytest.mark.parametrize("span", [2, 20, 256, 257, 1000])
def test_seeded_with_a_plain_mean_it_is_ta_libs(device: Device, span: int) -> None:
    x = prices(5003)
    (got,) = EXPONENTIAL.on_device(device, (x,), (1, span, 1), Precision.FLOAT64)
    judge = talib.EMA(x, span)
    assert np.flatnonzero(np.isnan(got)).tolist() == list(range(span - 1))
    np.testing.assert_allclose(got, judge, rtol=1e-13)


@pytest.mark.parametrize("span", [1, 2.5, 20, 10_000])
def test_from_the_first_value_it_is_that_of_pandas(device: Device, span: float) -> None:
    x = prices(20_011)
    (got,) = EXPONENTIAL.on_device(device, (x,), (1, span, 0), Precision.FLOAT64)
    pandas = import_module("pandas")  # it comes with arch, and Pants knows no target of its name
    np.testing.assert_allclose(got, pandas.Series(x).ewm(span=span, adjust=False).mean().to_numpy(), rtol=1e-12)


@pytest.mark.parametrize("precision", Precision)
def test_fractions_agree_within_half_a_unit_whatever_the_weight_rounds_to(device: Device, precision: Precision) -> None:
    """The weight of a span of 999 is 1 / 500, which no float holds. Most bars are in groups without a seed."""
    x = prices(6007)
    (got,) = EXPONENTIAL.on_device(device, (x,), (1, 999, 1), precision)
    weight = Fraction(2 / (999 + 1))  # what is given: float64's
    exact = sum(map(Fraction, x[:999].tolist()), Fraction(0)) / 999
    for value, new in zip(got[999:].tolist(), x[999:].tolist(), strict=True):
        # An ideal value, cut to 200 bits so that it stays short; that is far below what is judged.
        exact = Fraction(round((exact + weight * (Fraction(new) - exact)) * 2**200), 2**200)
        unit = Fraction(float(np.spacing(precision.dtype.type(value))))
        assert abs(Fraction(value) - exact) <= unit * Fraction(501, 1000)


def test_many_series_are_what_each_is_alone_and_a_constant_stays(device: Device) -> None:
    x = prices(5 * 700).reshape(5, 700)
    x[3] = 7.3
    (together,) = EXPONENTIAL.on_device(device, (x.ravel(),), (5, 300, 1), Precision.FLOAT32)
    for n, line in enumerate(together.reshape(5, 700)):
        (alone,) = EXPONENTIAL.on_device(device, (x[n],), (1, 300, 1), Precision.FLOAT32)
        np.testing.assert_array_equal(line, alone)
    assert set(together.reshape(5, 700)[3, 299:].tolist()) == {float(np.float32(7.3))}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ((1, 0.5, 0), "span is 0.5"),
        ((1, 2.5, 1), "span is 2.5"),
        ((1, 101, 1), "span is 101"),
        ((3, 20, 1), "x has 100 values, which are not 3 series"),
        ((1, 20, 2), "seeded is 2"),
        ((1, np.nan, 0), "span is nan"),
    ],
)
def test_settings_out_of_range_are_named(settings: tuple[float, ...], said: str) -> None:
    with pytest.raises(KernelDomainError, match=said):
        EXPONENTIAL.oracle((prices(100),), settings)
