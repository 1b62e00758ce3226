"""What has vested by which month, what then circulates, and whether that keeps the policy. Integers only."""

import calendar
from dataclasses import dataclass
from datetime import datetime

from dynamic_token.model import Accrual, Bucket, Tranche, Treasury
from dynamic_token.units import format_amount

MAX_MONTHS = 1200  # no schedule and no simulation is longer


@dataclass(frozen=True, slots=True)
class Circulating:
    """Units outside a lock.

    Parameters
    ----------
    published : as the published text counts, with the time-locked reserve
    unlocked : what can move now
    """

    published: int
    unlocked: int


@dataclass(frozen=True, slots=True)
class Month:
    """One row of the schedule: units by bucket, in the treasury's order, released in this month and so far."""

    number: int
    released: tuple[int, ...]
    cumulative: tuple[int, ...]
    circulating: Circulating


@dataclass(frozen=True, slots=True)
class Check:
    """One question to the policy, and its answer."""

    name: str
    passed: bool
    said: str


def vested(bucket: Bucket, month: int) -> int:
    """Return the units of ``bucket`` that its tranches have released by the end of ``month`` (0 is launch).

    Never decreases, never exceeds the bucket's amount, and equals it from its last month on. A bucket with a timelock
    has no schedule: 0.
    """
    return sum(_vested(tranche, month) for tranche in bucket.tranches)


def _vested(tranche: Tranche, month: int) -> int:
    passed = month - tranche.start_month
    if passed < 0:
        return 0
    if tranche.accrual is Accrual.FROM_CLIFF:
        passed -= tranche.cliff_months
    elif passed < tranche.cliff_months:
        passed = 0
    passed = max(0, min(passed, tranche.months))
    if passed == tranche.months:
        return tranche.amount
    return tranche.at_start + _share(tranche, passed)


def _share(tranche: Tranche, passed: int) -> int:
    """Return floor(rest * (1 - q**passed) / (1 - q**months)) with q = 1 - monthly_decay; q = 1 is linear.

    The floor is taken of the running total, not of each month, so rounding never adds up and the end is exact.
    """
    rest, months = tranche.amount - tranche.at_start, tranche.months
    keep = 1 - tranche.monthly_decay
    if keep == 1:
        return rest * passed // months
    top, bottom = keep.numerator, keep.denominator
    gone: int = (bottom**passed - top**passed) * bottom ** (months - passed)
    whole: int = bottom**months - top**months
    return rest * gone // whole


def circulating_by_schedule(treasury: Treasury, month: int) -> Circulating:
    """Return what circulates at the end of ``month`` if all is released when it vests and no timelock is opened."""
    unlocked = sum(vested(bucket, month) for bucket in treasury.buckets)
    counted = sum(bucket.amount for bucket in treasury.buckets if bucket.counted_as_circulating)
    return Circulating(unlocked + counted, unlocked)


def schedule(treasury: Treasury, months: int) -> tuple[Month, ...]:
    """Return the rows from launch to ``months``. O(months * tranches)."""
    rows: list[Month] = []
    before = tuple(0 for _ in treasury.buckets)
    for number in range(months + 1):
        now = tuple(vested(bucket, number) for bucket in treasury.buckets)
        released = tuple(after - earlier for after, earlier in zip(now, before, strict=True))
        rows.append(Month(number, released, now, circulating_by_schedule(treasury, number)))
        before = now
    return tuple(rows)


def checks(treasury: Treasury) -> tuple[Check, ...]:
    """Return whether the policy keeps its cap, its published launch figure and its totals."""
    allocated = sum(bucket.amount for bucket in treasury.buckets)
    launch = circulating_by_schedule(treasury, 0)
    end = schedule(treasury, treasury.end_month)
    peak = max(row.circulating.published for row in end)
    locked = sum(bucket.amount for bucket in treasury.buckets if bucket.timelock_hours is not None)
    return (
        Check(
            "allocations add up to the cap",
            allocated == treasury.cap,
            f"{format_amount(allocated)} of {format_amount(treasury.cap)}",
        ),
        Check(
            "circulating at launch is as published",
            launch.published == treasury.circulating_at_launch,
            f"{format_amount(launch.published)} for {format_amount(treasury.circulating_at_launch)}; "
            f"{format_amount(launch.unlocked)} of it is not time-locked",
        ),
        Check(
            "no month exceeds the cap",
            peak <= treasury.cap,
            f"at most {format_amount(peak)}",
        ),
        Check(
            "the schedules end at their totals",
            end[-1].circulating.unlocked == allocated - locked,
            f"{format_amount(end[-1].circulating.unlocked)} by month {treasury.end_month}, "
            f"{format_amount(locked)} behind a timelock",
        ),
    )


def add_months(start: datetime, months: int) -> datetime:
    """Return the same day and time ``months`` calendar months later; the 31st becomes the last day of a short month."""
    years, month = divmod(start.month - 1 + months, 12)
    year = start.year + years
    day = min(start.day, calendar.monthrange(year, month + 1)[1])
    return start.replace(year=year, month=month + 1, day=day)


def months_between(start: datetime, time: datetime) -> int:
    """Return the largest number of months that ``add_months`` can add to ``start`` without passing ``time``."""
    months = (time.year - start.year) * 12 + time.month - start.month
    return months if add_months(start, months) <= time else months - 1
