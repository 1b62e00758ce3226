"""Text to numbers, and the rules that bars must keep. The first broken rule of a row is the one that is told."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from dynamic_ta.data.errors import BadBarsError, CorruptFileError
from dynamic_ta.data.model import F64, NUMBERS, PRICES, BadRow, Table

# Vendors round each price on its own, to two decimals or to float32, so a close may stand just above its high.
_ROUNDING = 1e-6
_US_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)


def check_table(source: str, table: Table) -> tuple[npt.NDArray[np.datetime64], dict[str, F64]]:
    """Return the times and the numbers of ``table``, every rule kept.

    Raises
    ------
    BadBarsError : names every bad row
    CorruptFileError : no rows at all
    """
    if not table.rows:
        raise CorruptFileError(f"{source} has a header and no rows", "export it again")
    bad: dict[int, str] = {}
    time = _times(table.times, bad)
    numbers = {name: _floats(name, table.numbers[name], bad) for name in NUMBERS}
    _check_values(numbers, bad)
    _check_ranges(numbers, bad)
    _check_order(time, bad)
    if bad:
        raise BadBarsError(source, [BadRow(table.rows[at], bad[at]) for at in sorted(bad)])
    return time, numbers


def _times(texts: Sequence[str], bad: dict[int, str]) -> npt.NDArray[np.datetime64]:
    moments = [_moment(text.strip()) for text in texts]
    aware = next((moment[1] for moment in moments if moment is not None), False)
    for at, (text, moment) in enumerate(zip(texts, moments, strict=True)):
        if moment is None:
            bad[at] = f"date {text!r} is neither YYYY-MM-DD nor M/D/YYYY" if text.strip() else "no date"
        elif moment[1] is not aware:
            bad[at] = f"date {text!r} {'lacks' if aware else 'has'} an offset from UTC, unlike the first"
    return np.array([moment and moment[0] for moment in moments], dtype="datetime64[us]")


def _moment(text: str) -> tuple[datetime, bool] | None:
    """Return the moment, in UTC where ``text`` gives an offset, and whether it does."""
    try:
        if match := _US_DATE.fullmatch(text):
            month, day, year = map(int, match.groups())
            return datetime(year, month, day), False  # noqa: DTZ001  # the file says no zone
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment, moment.tzinfo is not None
    except (ValueError, OverflowError):
        return None


def _floats(name: str, values: list[str] | F64, bad: dict[int, str]) -> F64:
    if isinstance(values, np.ndarray):
        return values
    numbers = np.empty(len(values))
    for at, text in enumerate(values):
        try:
            numbers[at] = float(text.replace("_", "?"))  # Python reads 1_000, which no vendor writes
        except ValueError:
            numbers[at] = np.nan
            bad.setdefault(at, f"{name} {text!r} is no number" if text.strip() else f"no {name}")
    return numbers


def _check_values(numbers: dict[str, F64], bad: dict[int, str]) -> None:
    for name, values in numbers.items():
        for at in np.flatnonzero(~np.isfinite(values)).tolist():
            bad.setdefault(at, f"{name} is {values[at]}, a missing or infinite value")
    for name in PRICES:
        for at in np.flatnonzero(numbers[name] <= 0).tolist():
            bad.setdefault(at, f"{name} {numbers[name][at]} is not positive")
    for at in np.flatnonzero(numbers["volume"] < 0).tolist():
        bad.setdefault(at, f"volume {numbers['volume'][at]} is negative")


def _check_ranges(numbers: dict[str, F64], bad: dict[int, str]) -> None:
    high, low = numbers["high"], numbers["low"]
    for at in np.flatnonzero(high < low).tolist():
        bad.setdefault(at, f"high {high[at]} is below low {low[at]}")
    for name in ("open", "close"):
        value = numbers[name]
        for at in np.flatnonzero((value > high * (1 + _ROUNDING)) | (value < low * (1 - _ROUNDING))).tolist():
            bad.setdefault(at, f"{name} {value[at]} is outside low {low[at]} to high {high[at]}")


def _check_order(time: npt.NDArray[np.datetime64], bad: dict[int, str]) -> None:
    known = np.flatnonzero(~np.isnat(time))
    step = np.diff(time[known])
    for k in np.flatnonzero(step <= np.timedelta64(0, "us")).tolist():
        same = step[k] == np.timedelta64(0, "us")
        reason = "is there already" if same else "is before the row above; bars go from old to new"
        bad.setdefault(int(known[k + 1]), f"date {time[known[k + 1]]} {reason}")
