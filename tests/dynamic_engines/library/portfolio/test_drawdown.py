"""Drawdowns against a table by hand, fractions, and NumPy's one-liner."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_engines import Device, KernelDomainError, Precision
from dynamic_engines.library.model import F64
from dynamic_engines.library.portfolio.drawdown import DRAWDOWN


def deepest(curve: list[float]) -> tuple[Fraction, int, int]:
    """The first of the deepest falls, by fractions: every bar against the highest before it."""
    top, found = 0, (Fraction(0), 0, 0)
    for n, value in enumerate(curve):
        top = n if value > curve[top] else top
        fall = 1 - Fraction(value) / Fraction(curve[top])
        found = (fall, top, n) if fall > found[0] else found
    return found


@pytest.mark.parametrize("precision", Precision)
def test_a_table_by_hand(device: Device, precision: Precision) -> None:
    """Twice it halves, and the first counts; the peak of 128 stands twice before, and the first counts."""
    curve = np.array([100.0, 128, 112, 128, 64, 96, 200, 100])
    line, worst, peak_at, trough_at = DRAWDOWN.on_device(device, (curve,), (1,), precision)
    assert line.tolist() == [0, 0, 0.125, 0, 0.5, 0.25, 0, 0.5]
    assert (worst.tolist(), peak_at.tolist(), trough_at.tolist()) == ([0.5], [1], [4])


def test_a_curve_that_never_falls_has_none_at_its_first_bar(device: Device) -> None:
    rising = np.concatenate((np.linspace(1, 2, 3000), np.full(3000, 7.0)))
    for settings_ in ((1,), (2,)):
        line, worst, peak_at, trough_at = DRAWDOWN.on_device(device, (rising,), settings_, Precision.FLOAT64)
        assert not line.any()
        assert not any(each.any() for each in (worst, peak_at, trough_at))


@given(seed=st.integers(0, 2**32 - 1), bars=st.integers(1, 1500), kind=st.sampled_from(["walk", "ties", "near"]))
@settings(max_examples=30, deadline=None)
@pytest.mark.parametrize("precision", Precision)
def test_the_deepest_fall_is_the_one_that_fractions_find(
    device: Device, precision: Precision, seed: int, bars: int, kind: str
) -> None:
    rng, u = np.random.default_rng(seed), float(np.finfo(precision.dtype).eps)
    drawn: dict[str, F64] = {
        "walk": np.exp(np.cumsum(rng.normal(0, 0.01, bars))),
        "ties": rng.integers(1, 5, bars).astype(np.float64),
        "near": 1 + u * rng.integers(0, 8, bars).astype(np.float64),  # quotients that a division rounds to the same
    }
    curve = drawn[kind].astype(precision.dtype).astype(np.float64)
    fall, top, bottom = deepest(curve.tolist())
    for found in (DRAWDOWN.oracle((curve,), (1,)), DRAWDOWN.on_device(device, (curve,), (1,), precision)):
        line, worst, peak_at, trough_at = found
        assert (int(peak_at[0]), int(trough_at[0])) == (top, bottom)
        assert abs(Fraction(worst[0]) - fall) <= 7 * Fraction(u) / 2
        np.testing.assert_allclose(line, 1 - curve / np.maximum.accumulate(curve), rtol=0, atol=4 * u)
        assert worst[0] == line[bottom]


@pytest.mark.parametrize("precision", Precision)
def test_a_second_fall_that_is_deeper_by_less_than_a_product_rounds_is_found(
    device: Device, precision: Precision
) -> None:
    rng, kind = np.random.default_rng(8), precision.dtype.type
    curves: list[list[float]] = []
    while len(curves) < 100:
        peak, trough, higher = np.sort(rng.uniform(1, 2, 3)).astype(kind)[[1, 0, 2]]
        second = kind(float(trough) * float(higher) / float(peak))
        deeper = Fraction(float(second)) / Fraction(float(higher)) < Fraction(float(trough)) / Fraction(float(peak))
        if deeper and second * peak == trough * higher:
            curves.append([float(each) for each in (peak, trough, higher, second)])
    inputs = (np.array(curves).ravel(),)
    for found in (DRAWDOWN.oracle(inputs, (100,)), DRAWDOWN.on_device(device, inputs, (100,), precision)):
        assert set(found[2].tolist()) == {2}
        assert set(found[3].tolist()) == {3}


def test_of_equal_maxima_in_many_chunks_the_first_is_the_peak(device: Device) -> None:
    curve = np.full(1001, 2.0)
    curve[-1] = 1
    _, worst, peak_at, trough_at = DRAWDOWN.on_device(device, (curve,), (1,), Precision.FLOAT32)
    assert (worst[0], peak_at[0], trough_at[0]) == (0.5, 0, 1000)


def test_many_curves_over_more_chunks_than_lanes_are_what_each_is_alone(device: Device) -> None:
    curves = np.exp(np.cumsum(np.random.default_rng(5).normal(0, 0.01, (3, 17_011)), axis=1))
    curves[1, 16_900] = 2.0**-20  # far from its peak's chunk
    together = DRAWDOWN.on_device(device, (curves.ravel(),), (3,), Precision.FLOAT64)
    for n, curve in enumerate(curves):
        _, top, bottom = deepest(curve.tolist())
        assert (together[2][n], together[3][n]) == (top, bottom)
        alone = DRAWDOWN.on_device(device, (curve,), (1,), Precision.FLOAT64)
        np.testing.assert_array_equal(together[0].reshape(3, -1)[n], alone[0])


@pytest.mark.parametrize(
    ("curve", "said"),
    [
        ([1.0, 0.0], "equity is 0 at 1"),
        ([-1.0], "equity is -1 at 0"),
        ([2.0**50], "equity is 1.1259e\\+15 at 0"),
        ([0.1], "which float32 cannot hold"),
        ([np.inf], "equity is inf at 0"),
        ([], "an empty curve has no drawdown"),
    ],
)
def test_what_is_no_curve_is_refused(device: Device, curve: list[float], said: str) -> None:
    with pytest.raises(KernelDomainError, match=said):
        DRAWDOWN.on_device(device, (np.array(curve),), (1,), Precision.FLOAT32)
