"""Text to times and numbers. What cannot be read is told by its row; what is missing is only marked."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from dynamic_ta.data.model import F64, TIME, BadRow
from dynamic_ta.data.zones import to_utc

BadRows = dict[int, BadRow]

_US_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_FINER = re.compile(r"\.\d{6}\d*[1-9]", re.ASCII)
_MISSING = ("", "nan", "null", "na", "n/a")


def read_times(texts: Sequence[str], rows: Sequence[int], zone: ZoneInfo | None, bad: BadRows) -> TIME:
    """Return datetime64[us], in UTC where a text gives an offset or ``zone`` is given; NaT where unreadable."""
    moments = [_moment(text.strip()) for text in texts]
    aware = next((moment.tzinfo is not None for moment in moments if moment is not None), False)
    found: list[datetime | None] = []
    for row, text, moment in zip(rows, texts, moments, strict=True):
        read = _reason(text.strip()) if moment is None else _placed(text.strip(), moment, aware, zone)
        if isinstance(read, str):
            bad[row] = BadRow(row, read)
        found.append(None if isinstance(read, str) else read)
    return np.array(found, dtype="datetime64[us]")


def _reason(text: str) -> str:
    if not text:
        return "no date"
    return (
        f"date {text!r} is finer than a microsecond"
        if _FINER.search(text)
        else f"date {text!r} is neither YYYY-MM-DD nor M/D/YYYY"
    )


def _placed(text: str, moment: datetime, aware: bool, zone: ZoneInfo | None) -> datetime | str:
    """Return the moment on the clock of all bars, or why it has no place there."""
    try:
        utc = moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo is not None else None
    except OverflowError:
        return _reason(text)
    if (utc is not None) is not aware:
        return f"date {text!r} {'lacks' if aware else 'has'} an offset from UTC, unlike the first"
    if utc is not None or zone is None:
        return utc or moment
    if _is_day(text):
        return f"date {text!r} is a day; timezone={zone.key} is for times of day"
    placed = to_utc(moment, zone)
    return f"date {text!r} {placed} in {zone.key}" if isinstance(placed, str) else placed


def _moment(text: str) -> datetime | None:
    try:
        if match := _US_DATE.fullmatch(text):
            month, day, year = map(int, match.groups())
            return datetime(year, month, day)  # noqa: DTZ001  # the file says no zone
        # Python would cut the seventh digit off, and two bars could become one.
        return None if _FINER.search(text) else datetime.fromisoformat(text)
    except ValueError:
        return None


def _is_day(text: str) -> bool:
    """Say whether ``text``, which is a date, has no time of day."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return _US_DATE.fullmatch(text) is not None
    return True


def read_numbers(
    name: str, cells: Sequence[str] | F64, rows: Sequence[int], bad: BadRows
) -> tuple[F64, npt.NDArray[np.bool_]]:
    """Return float64[n], NaN where there is none, and bool[n], where a cell is missing."""
    if isinstance(cells, np.ndarray):
        return cells, np.isnan(cells)
    numbers = np.full(len(cells), np.nan)
    missing = np.zeros(len(cells), np.bool_)
    for at, (row, text) in enumerate(zip(rows, cells, strict=True)):
        if text.strip().casefold() in _MISSING:
            missing[at] = True
            continue
        try:
            numbers[at] = float(text.replace("_", "?"))  # Python reads 1_000, which no vendor writes
        except ValueError:
            bad.setdefault(row, BadRow(row, f"{name} {text!r} is no number"))
    return numbers, missing
