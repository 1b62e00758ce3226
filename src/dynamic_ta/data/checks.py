"""The rules that bars must keep. The first broken rule of a row is the one that is told."""

import numpy as np

from dynamic_ta.data.cells import BadRows
from dynamic_ta.data.mending import DROP_DUPLICATES, SORT
from dynamic_ta.data.model import NUMBERS, PRICES, BadRow, Draft

# Vendors round each price on its own, to two decimals or to float32, so a close may stand just above its high.
_ROUNDING = 1e-6


def check_values(draft: Draft, bad: BadRows, *, negative: bool) -> None:
    """Tell each value that is infinite, or outside its range; ``negative`` prices may be taken."""
    for name in NUMBERS:
        values = draft.numbers[name]
        for at in np.flatnonzero(~np.isfinite(values)).tolist():
            _tell(draft, bad, at, f"{name} is {values[at]}, a missing or infinite value")
    for name in () if negative else PRICES:
        for at in np.flatnonzero(draft.numbers[name] <= 0).tolist():
            _tell(draft, bad, at, f"{name} {draft.numbers[name][at]} is not positive")
    for at in np.flatnonzero(draft.numbers["volume"] < 0).tolist():
        _tell(draft, bad, at, f"volume {draft.numbers['volume'][at]} is negative")


def check_ranges(draft: Draft, bad: BadRows) -> None:
    """Tell each row whose prices contradict each other."""
    high, low = draft.numbers["high"], draft.numbers["low"]
    for at in np.flatnonzero(high < low).tolist():
        _tell(draft, bad, at, f"high {high[at]} is below low {low[at]}")
    above, below = high + _ROUNDING * np.abs(high), low - _ROUNDING * np.abs(low)
    for name in ("open", "close"):
        value = draft.numbers[name]
        for at in np.flatnonzero((value > above) | (value < below)).tolist():
            _tell(draft, bad, at, f"{name} {value[at]} is outside low {low[at]} to high {high[at]}")


def check_order(draft: Draft, bad: BadRows) -> None:
    """Tell each row that is not later than the one above it."""
    known = np.flatnonzero(~np.isnat(draft.time))
    step = np.diff(draft.time[known])
    for k in np.flatnonzero(step <= np.timedelta64(0, "us")).tolist():
        above, at = int(known[k]), int(known[k + 1])
        if step[k] < np.timedelta64(0, "us"):
            reason, rule = "is before the row above; bars go from old to new", SORT
        elif all(values[at] == values[above] for values in draft.numbers.values()):
            reason, rule = f"is there already, in row {draft.rows[above]}", DROP_DUPLICATES
        else:
            reason, rule = f"is there already, in row {draft.rows[above]} with other values", ""
        _tell(draft, bad, at, f"date {draft.time[at]} {reason}", rule)


def _tell(draft: Draft, bad: BadRows, at: int, reason: str, rule: str = "") -> None:
    row = int(draft.rows[at])
    bad.setdefault(row, BadRow(row, reason, rule))
