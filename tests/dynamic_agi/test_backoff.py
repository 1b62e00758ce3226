from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from dynamic_agi import Backoff, backoff_ms

ALMOST_ONE = 1 - 2**-53


def test_the_series_is_that_of_the_source_worked_out_by_hand() -> None:
    # Brooker's equal jitter, base 20, cap 320, attempts from 0: temp = 20, 40, 80, 160, 320, 320;
    # the wait is half of it plus a draw from nothing to the other half.
    policy = Backoff(20, 320)
    assert [backoff_ms(policy, attempt, 0.0) for attempt in range(1, 7)] == [10, 20, 40, 80, 160, 160]
    assert [backoff_ms(policy, attempt, ALMOST_ONE) for attempt in range(1, 7)] == [20, 40, 80, 160, 320, 320]
    assert [backoff_ms(policy, attempt, 0.5) for attempt in range(1, 4)] == [10 + 5, 20 + 10, 40 + 20]


@given(st.integers(1, 10**6), st.integers(0, 10**6), st.integers(1, 60), st.floats(0, ALMOST_ONE))
def test_each_wait_is_within_the_bounds_of_the_formula_in_exact_numbers(
    base: int, above: int, attempt: int, unit: float
) -> None:
    temp = min(Fraction(base + above), base * Fraction(2) ** (attempt - 1))
    wait = backoff_ms(Backoff(base, base + above), attempt, unit)
    assert temp / 2 - Fraction(1, 2) <= wait <= temp
    assert abs(wait - (temp / 2 + Fraction(unit) * temp / 2)) <= 2  # whole milliseconds


@given(st.integers(1, 1000), st.integers(1, 10), st.floats(0, ALMOST_ONE), st.floats(0, ALMOST_ONE))
def test_below_the_cap_no_wait_is_shorter_than_the_one_before(
    base: int, attempt: int, one: float, other: float
) -> None:
    policy = Backoff(base, base * 2**12)
    assert backoff_ms(policy, attempt, one) <= backoff_ms(policy, attempt + 1, other)


def test_an_attempt_beyond_all_reason_costs_no_time_and_waits_the_cap() -> None:
    assert backoff_ms(Backoff(20, 320), 10**9, 0.0) == 160
