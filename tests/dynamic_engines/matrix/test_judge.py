"""Each way in which a device can be wrong, and the numbers that a person needs to see it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamic_engines import Device, Precision, open_device
from dynamic_engines.matrix import Case, Verdict, bars_of, judge, series
from dynamic_engines.matrix.judge import _spacing
from tests.dynamic_engines.matrix.fakes import (
    Compute,
    Doubling,
    forgiving,
    not_built,
    refusing,
    shorter,
    third_is_missing,
    third_is_off,
    twice,
)


@pytest.fixture(scope="module")
def device() -> Device:
    return open_device()


def judged(
    device: Device,
    compute: Compute,
    values: tuple[float, ...],
    precision: Precision = Precision.FLOAT64,
    bound: float = 0.0,
) -> Verdict:
    return judge(Doubling("rolling/sma", compute, bound), device, Case("given", (np.array(values),), (2,)), precision)


def test_equal_lines_pass_with_no_error(device: Device) -> None:
    verdict = judged(device, twice, (1.0, -2.0, 3.0))
    assert verdict.reason == ""
    assert verdict.worst is not None
    assert (verdict.worst.ulp, verdict.worst.bound_share) == (0, 0)


def test_one_unit_in_the_last_place_is_seen_with_the_bar_and_its_inputs(device: Device) -> None:
    verdict = judged(device, third_is_off, (1.0, 1.0, 3.0, 1.0), bound=2.0**-50)
    assert verdict.reason == ""
    worst = verdict.worst
    assert worst is not None
    # 6 lies in [4, 8), where float64 steps by 2**-50.
    assert (worst.output, worst.bar, worst.expected, worst.ulp, worst.error) == ("twice", 2, 6.0, 1.0, 2.0**-50)
    assert worst.inputs == ((1.0, 1.0, 3.0),)


def test_an_error_beyond_the_bound_fails_and_says_by_how_much(device: Device) -> None:
    verdict = judged(device, third_is_off, (1.0, 1.0, 3.0), bound=2.0**-52)
    assert verdict.reason == "given (2): twice is off by 4 times the bound"


@pytest.mark.parametrize("precision", Precision)
def test_a_missing_value_fails_whatever_the_bound(device: Device, precision: Precision) -> None:
    verdict = judged(device, third_is_missing, (1.0, 1.0, 3.0), precision, bound=math.inf)
    assert verdict.reason == "given (2): twice at bar 2 is nan, not 6.0"


def test_a_line_of_another_length_fails(device: Device) -> None:
    assert judged(device, shorter, (1.0, 2.0)).reason == "given (2): twice has shape (1,), not (2,)"


def test_a_kernel_that_does_not_build_fails_with_the_compilers_words(device: Device) -> None:
    assert "KernelBuildError: kernel rolling/sma does not build" in judged(device, not_built, (1.0,)).reason


def test_an_input_outside_the_domain_must_be_refused_by_both(device: Device) -> None:
    assert judged(device, twice, (math.nan,)) == Verdict("", None)
    assert "the device answers where the oracle says: not finite" in judged(device, forgiving, (math.nan,)).reason


def test_only_a_narrower_precision_may_refuse_what_the_oracle_takes(device: Device) -> None:
    assert "only the device refuses" in judged(device, refusing, (1.0,)).reason
    assert judged(device, refusing, (1.0,), Precision.FLOAT32).reason == ""


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_unit_in_the_last_place_is_pythons(value: float) -> None:
    assert _spacing(np.array([value]), Precision.FLOAT64)[0] == pytest.approx(math.ulp(value), rel=0)


@pytest.mark.parametrize(
    ("value", "ulp"), [(1.0, 2.0**-23), (1e-45, 2.0**-149), (0.0, 2.0**-149), (3.4e38, 2.0**104), (1e300, 2.0**104)]
)
def test_the_unit_of_single_precision_is_that_of_its_format(value: float, ulp: float) -> None:
    """IEEE 754 binary32: 24 bits of significand, the smallest step 2**-149; beyond the range, the last step."""
    assert _spacing(np.array([value]), Precision.FLOAT32)[0] == ulp


@pytest.mark.parametrize("precision", Precision)
@pytest.mark.parametrize("bars", [0, 1, 300])
def test_the_same_seed_draws_the_same_hard_inputs_within_reach_of_the_precision(
    bars: int, precision: Precision
) -> None:
    for name, draw in series(precision).items():
        first, again = (draw(np.random.default_rng(5), bars) for _ in range(2))
        np.testing.assert_array_equal(first, again)
        assert first.shape == (bars,)
        strange = name in {"nan", "infinite"} and bars > 0
        assert np.count_nonzero(~np.isfinite(first)) == strange, name
        assert np.all(np.abs(first[np.isfinite(first)]) < np.finfo(precision.dtype).max), name


def test_high_and_low_enclose_open_and_close() -> None:
    rng = np.random.default_rng(1)
    for draw in (draw for name, draw in series(Precision.FLOAT64).items() if name not in {"nan", "infinite"}):
        bars = bars_of(draw(rng, 200), rng)
        assert np.all(bars["high"] >= np.maximum(bars["open"], bars["close"]))
        assert np.all(bars["low"] <= np.minimum(bars["open"], bars["close"]))
