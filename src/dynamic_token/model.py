"""What is allocated to whom and when it vests: frozen values, amounts in units, time in months since launch."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from dynamic_base import digest


class Accrual(StrEnum):
    """What the months of a tranche with a cliff count from (docs/adr/0009)."""

    FROM_START = "from-start"  # the cliff's months count: at the cliff all that accrued so far comes at once
    FROM_CLIFF = "from-cliff"  # nothing accrues before the cliff: the tranche ends ``cliff_months`` later


@dataclass(frozen=True, slots=True)
class Tranche:
    """One stretch of a release schedule.

    Parameters
    ----------
    amount : units, all that the tranche releases, ``at_start`` included
    at_start : units, released at once in ``start_month``
    months : int, over which the rest is released, at the end of each month; 0 where there is no rest
    monthly_decay : 0 <= rate < 1; each month releases (1 - rate) times what the month before did; 0 is linear
    """

    amount: int
    at_start: int = 0
    start_month: int = 0
    months: int = 0
    cliff_months: int = 0
    accrual: Accrual = Accrual.FROM_START
    monthly_decay: Fraction = Fraction(0)

    @property
    def end_month(self) -> int:
        """The month by which all is released."""
        return self.start_month + self.months + (self.cliff_months if self.accrual is Accrual.FROM_CLIFF else 0)


@dataclass(frozen=True, slots=True)
class Bucket:
    """One allocation: released by its tranches, or on request behind a timelock.

    Parameters
    ----------
    timelock_hours : int or None; a bucket with a timelock has no tranches
    counted_as_circulating : bool, the published circulating supply counts it while it is still locked
    """

    name: str
    title: str
    amount: int
    tranches: tuple[Tranche, ...] = ()
    timelock_hours: int | None = None
    counted_as_circulating: bool = False


@dataclass(frozen=True, slots=True)
class Treasury:
    """The whole policy. ``circulating_at_launch`` is the figure as published, in units."""

    symbol: str
    cap: int
    circulating_at_launch: int
    buckets: tuple[Bucket, ...]

    def bucket(self, name: str) -> Bucket | None:
        return next((bucket for bucket in self.buckets if bucket.name == name), None)

    @property
    def end_month(self) -> int:
        """The month by which every schedule has ended."""
        return max((tranche.end_month for bucket in self.buckets for tranche in bucket.tranches), default=0)

    def digest(self) -> str:
        """Return the SHA-256 of what binds a ledger: cap, buckets, schedules. Titles may change."""
        return digest({"cap": str(self.cap), "buckets": [_document(bucket) for bucket in self.buckets]})


def _document(bucket: Bucket) -> dict[str, object]:
    return {
        "name": bucket.name,
        "amount": str(bucket.amount),
        "timelock_hours": bucket.timelock_hours,
        "counted_as_circulating": bucket.counted_as_circulating,
        "tranches": [
            {
                "amount": str(tranche.amount),
                "at_start": str(tranche.at_start),
                "start_month": tranche.start_month,
                "months": tranche.months,
                "cliff_months": tranche.cliff_months,
                "accrual": tranche.accrual.value,
                "monthly_decay": str(tranche.monthly_decay),
            }
            for tranche in bucket.tranches
        ],
    }
