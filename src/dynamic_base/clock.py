"""Time as an argument, so that what depends on it can be tested without waiting."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Wall time for records, monotonic time for durations."""

    def now(self) -> datetime:
        """Return the current time, in UTC."""
        ...

    def monotonic_s(self) -> float:
        """Return seconds since an arbitrary start; never goes back."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        return time.monotonic()


@dataclass(slots=True)
class TickingClock:
    """A clock for tests: each reading is ``step`` later than the one before."""

    at: datetime = field(default_factory=lambda: datetime(2026, 1, 1, tzinfo=UTC))
    step: timedelta = timedelta(seconds=1)

    def now(self) -> datetime:
        self.at += self.step
        return self.at

    def monotonic_s(self) -> float:
        return self.now().timestamp()
