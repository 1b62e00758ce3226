"""The published allocation, retold without the code under test: fractions of a token, and its own calendar."""

from datetime import UTC, datetime
from fractions import Fraction
from functools import cache
from math import floor

TOKEN = 10**9
MILLION = 10**6
AMOUNTS = {
    "mining": 40 * MILLION,
    "ecosystem": 20 * MILLION,
    "treasury": 15 * MILLION,
    "team": 10 * MILLION,
    "investors": 7 * MILLION,
    "liquidity": 5 * MILLION,
    "reserve": 3 * MILLION,
}


@cache
def released(bucket: str, month: int) -> int:
    """Return the units that ``bucket`` may have released by the end of ``month``."""
    return floor(_tokens(bucket, month) * TOKEN)


def _tokens(bucket: str, month: int) -> Fraction:
    match bucket:
        case "mining":
            first = 3 * MILLION + 17 * MILLION * _decayed(month)
            return first + 12 * MILLION * _decayed(month - 24) + 8 * MILLION * _decayed(month - 48)
        case "ecosystem":
            return 2 * MILLION + Fraction(18 * MILLION * min(month, 36), 36)
        case "treasury":
            return Fraction(15 * MILLION * min(month, 60), 60)
        case "team":
            return Fraction(10 * MILLION * min(month, 48), 48) if month >= 12 else Fraction(0)
        case "investors":
            return Fraction(7 * MILLION * min(month, 36), 36) if month >= 6 else Fraction(0)
        case "liquidity":
            return Fraction(5 * MILLION)
        case _:
            return Fraction(0)


def _decayed(month: int) -> Fraction:
    """Return the part of a two-year tranche that is out after ``month`` months, each 2 % smaller than the last."""
    sizes = [Fraction(98, 100) ** n for n in range(24)]
    return sum(sizes[: max(0, month)], Fraction(0)) / sum(sizes)


def month_of(launch: datetime, time: datetime) -> int:
    """Count the month ends from ``launch`` to ``time``, one by one."""
    month = 0
    while month_end(launch, month + 1) <= time:
        month += 1
    return month


@cache
def month_end(launch: datetime, months: int) -> datetime:
    """Return the day ``months`` months later; where that month is too short, its last day."""
    year, month = launch.year, launch.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    for day in range(launch.day, 27, -1):
        try:
            return datetime(year, month, day, launch.hour, launch.minute, launch.second, tzinfo=UTC)
        except ValueError:
            continue
    return launch.replace(year=year, month=month)
