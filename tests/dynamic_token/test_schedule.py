from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from itertools import accumulate
from math import floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_token import Accrual, Bucket, Tranche, Treasury, checks, load_treasury, schedule, vested
from dynamic_token.schedule import add_months, months_between
from tests.dynamic_token.published import AMOUNTS, MILLION, TOKEN, month_of, released

TREASURY = load_treasury()


def bucket(name: str) -> Bucket:
    found = TREASURY.bucket(name)
    assert found is not None
    return found


def test_the_default_policy_allocates_what_was_published() -> None:
    assert {one.name: one.amount for one in TREASURY.buckets} == {
        name: amount * TOKEN for name, amount in AMOUNTS.items()
    }
    assert sum(AMOUNTS.values()) * TOKEN == TREASURY.cap == 10**17
    assert bucket("reserve").timelock_hours == 48


@pytest.mark.parametrize("name", AMOUNTS)
def test_every_month_of_every_bucket_is_what_plain_fractions_say(name: str) -> None:
    ours = [vested(bucket(name), month) for month in range(85)]
    assert ours == [released(name, month) for month in range(85)]


@pytest.mark.parametrize(
    ("name", "month", "tokens"),
    [
        # Hand-computed: 10 M * 12/48, 10 M * 13/48; 7 M * 6/36, 7 M * 7/36; 2 M + 18 M / 36; 15 M / 60.
        ("team", 11, "0"),
        ("team", 12, "2500000"),
        ("team", 13, "2708333.333333333"),
        ("team", 47, "9791666.666666666"),
        ("team", 48, "10000000"),
        ("investors", 5, "0"),
        ("investors", 6, "1166666.666666666"),
        ("investors", 7, "1361111.111111111"),
        ("investors", 36, "7000000"),
        ("ecosystem", 0, "2000000"),
        ("ecosystem", 1, "2500000"),
        ("ecosystem", 36, "20000000"),
        ("treasury", 0, "0"),
        ("treasury", 1, "250000"),
        ("treasury", 60, "15000000"),
        ("liquidity", 0, "5000000"),
        ("mining", 0, "3000000"),
        ("mining", 24, "20000000"),
        ("mining", 48, "32000000"),
        ("mining", 72, "40000000"),
        ("reserve", 72, "0"),
    ],
)
def test_figures_computed_by_hand(name: str, month: int, tokens: str) -> None:
    whole, _, places = tokens.partition(".")
    assert vested(bucket(name), month) == int(whole) * TOKEN + int(places.ljust(9, "0"))


def test_the_first_month_of_mining_is_17_million_times_a_fiftieth_over_one_minus_098_to_the_24th() -> None:
    # 0.98^24 = 0.615780 by repeated squaring, so 340,000 / 0.384220 = 884,910 tokens, give or take rounding by hand.
    assert abs(vested(bucket("mining"), 1) - 3_884_910 * TOKEN) < 2 * TOKEN


def test_launch_is_13_million_as_published_and_10_million_without_the_lock() -> None:
    (launch,) = schedule(TREASURY, 0)
    assert (launch.circulating.published, launch.circulating.unlocked) == (13 * MILLION * TOKEN, 10 * MILLION * TOKEN)


def test_by_month_72_all_but_the_time_locked_reserve_is_out() -> None:
    last = schedule(TREASURY, 72)[-1]
    assert TREASURY.end_month == 72
    assert (last.circulating.published, last.circulating.unlocked) == (100 * MILLION * TOKEN, 97 * MILLION * TOKEN)


def test_a_cliff_that_delays_accrual_loses_nothing_and_ends_later() -> None:
    (usual,) = bucket("team").tranches
    team = replace(bucket("team"), tranches=(replace(usual, accrual=Accrual.FROM_CLIFF),))
    assert [vested(team, month) for month in (12, 13, 36, 59, 60)] == [
        0,
        208_333_333_333_333,  # 10 M / 48
        5 * MILLION * TOKEN,
        9_791_666_666_666_666,
        10 * MILLION * TOKEN,
    ]
    assert team.tranches[0].end_month == 60


@st.composite
def tranches(draw: st.DrawFn) -> Tranche:
    amount = draw(st.integers(1, 10**17))
    months = draw(st.integers(1, 80))
    return Tranche(
        amount,
        draw(st.integers(0, amount)),
        draw(st.integers(0, 40)),
        months,
        draw(st.integers(0, months)),
        draw(st.sampled_from(Accrual)),
        draw(st.fractions(0, 1, max_denominator=500).filter(lambda rate: rate < 1)),
    )


@settings(deadline=None)
@given(tranches())
def test_any_tranche_never_goes_back_and_ends_exactly(tranche: Tranche) -> None:
    one = Bucket("a", "A", tranche.amount, (tranche,))
    course = [vested(one, month) for month in range(tranche.end_month + 3)]
    assert course == sorted(course)
    assert course[0] >= 0
    assert course[tranche.end_month :] == [tranche.amount] * 3
    assert vested(one, tranche.start_month) >= tranche.at_start
    assert vested(one, tranche.start_month - 1) == 0


@settings(deadline=None)
@given(tranches())
def test_any_decay_is_the_floor_of_the_summed_geometric_series(tranche: Tranche) -> None:
    plain = replace(tranche, cliff_months=0, start_month=0)
    sums = [*accumulate((1 - plain.monthly_decay) ** n for n in range(plain.months))]
    for month, part in enumerate([Fraction(0), *(one / sums[-1] for one in sums)]):
        expected = plain.at_start + floor((plain.amount - plain.at_start) * part)
        assert vested(Bucket("a", "A", plain.amount, (plain,)), month) == expected


def failed(treasury: Treasury) -> list[str]:
    return [check.name for check in checks(treasury) if not check.passed]


def test_a_policy_beyond_its_cap_or_off_its_published_figure_fails_that_check() -> None:
    assert failed(TREASURY) == []
    assert failed(replace(TREASURY, cap=TREASURY.cap - 1)) == [
        "allocations add up to the cap",
        "no month exceeds the cap",
    ]
    assert failed(replace(TREASURY, cap=TREASURY.cap + 1)) == ["allocations add up to the cap"]
    assert failed(replace(TREASURY, circulating_at_launch=10 * MILLION * TOKEN)) == [
        "circulating at launch is as published"
    ]


@settings(deadline=None)
@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.integers(0, 60),
    st.integers(-5, 5),
)
def test_months_are_counted_as_a_plain_calendar_counts_them(launch: datetime, months: int, seconds: int) -> None:
    launch = launch.replace(microsecond=0)
    time = max(launch, add_months(launch, months).replace(second=max(0, min(59, launch.second + seconds))))
    assert months_between(launch, time) == month_of(launch, time)


def test_the_31st_becomes_the_last_day_of_a_short_month() -> None:
    assert add_months(datetime(2027, 10, 31, tzinfo=UTC), 4) == datetime(2028, 2, 29, tzinfo=UTC)
