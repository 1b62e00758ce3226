"""Windows against the slow and obvious way."""

import math
from collections import deque
from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ta.indicators.model import F64
from dynamic_ta.indicators.steps import RampTotal, Total, Variance
from dynamic_ta.indicators.windows import highest, lowest, ramp_totals, totals, variances


@st.composite
def _series(draw: st.DrawFn) -> tuple[F64, int]:
    values = draw(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=40))
    return np.array(values), draw(st.integers(1, len(values)))


def windows(values: F64, period: int) -> list[list[float]]:
    last: deque[float] = deque(maxlen=period)
    found = []
    for value in values.tolist():
        last.append(value)
        if len(last) == period:
            found.append(list(last))
    return found


@settings(deadline=None)
@given(_series())
def test_extremes_are_those_of_each_window(series: tuple[F64, int]) -> None:
    values, period = series
    assert highest(values, period).tolist() == [max(window) for window in windows(values, period)]
    assert lowest(values, period).tolist() == [min(window) for window in windows(values, period)]


@settings(deadline=None)
@given(_series())
def test_totals_and_ramps_are_off_by_a_rounding_a_term_at_most(series: tuple[F64, int]) -> None:
    values, period = series
    u = Fraction(1, 2**53)
    for got, ramp, window in zip(
        totals(values, period), ramp_totals(values, period), windows(values, period), strict=True
    ):
        terms = [Fraction(value) for value in window]
        ranked = [rank * value for rank, value in enumerate(terms, start=1)]
        assert abs(Fraction(got) - sum(terms)) <= 2 * period * u * sum(map(abs, terms)) + Fraction(5e-324)
        assert abs(Fraction(ramp) - sum(ranked)) <= 4 * (period + 2) * u * sum(map(abs, ranked)) + Fraction(5e-324)


@settings(deadline=None)
@given(_series())
def test_the_steps_give_the_same_bits(series: tuple[F64, int]) -> None:
    values, period = series
    for whole, step in ((totals, Total(period)), (ramp_totals, RampTotal(period)), (variances, Variance(period))):
        line = [step.update(value) for value in values.tolist()]
        assert all(math.isnan(value) for value in line[: period - 1])
        assert line[period - 1 :] == whole(values, period).tolist()
