"""Stock splits: read from text or a file, and taken out of the prices before them."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dynamic_ta.data.errors import MendingError
from dynamic_ta.data.model import PRICES, Draft

# Beyond it a ratio is a typing error; and within it, products of a few ratios are exact in float64.
_MOST = 10_000
_FORM = "give DATE:RATIO, such as 2020-08-31:4, 2020-08-31:3:2 or 2020-08-31:1:10"
_RATIO = re.compile(r"([1-9]\d{0,4})(?::([1-9]\d{0,4}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Split:
    """``new`` shares for each ``old`` one, from the first bar on ``day`` on."""

    day: date
    new: int
    old: int = 1

    def __str__(self) -> str:
        return f"split={self.day}:{self.new}:{self.old}"


def split_of(text: str) -> Split:
    """Return the split of ``DATE:NEW`` or ``DATE:NEW:OLD``.

    Raises
    ------
    MendingError : no such form, a ratio of 1, or one beyond 10,000
    """
    day, _, ratio = text.partition(":")
    match = _RATIO.fullmatch(ratio)
    try:
        moment = date.fromisoformat(day)
    except ValueError as error:
        raise MendingError(f"split={text} names no date", _FORM) from error
    if match is None:
        raise MendingError(f"split={text} names no ratio", _FORM)
    new, old = int(match[1]), int(match[2] or 1)
    if new == old or max(new, old) > _MOST:
        raise MendingError(f"split={text} has a ratio of {new}:{old}", f"give another than 1, at most {_MOST}")
    return Split(moment, new, old)


def read_splits(path: Path) -> tuple[Split, ...]:
    """Return the splits of a CSV file with the columns date and ratio.

    Raises
    ------
    MendingError : the file cannot be read, lacks a column, or has a bad row
    """
    try:
        rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline=""), strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise MendingError(f"cannot read splits={path} ({error})", "name a CSV file with date and ratio") from error
    found = []
    for number, row in enumerate(rows, 2):
        if row.get("date") is None or row.get("ratio") is None:
            raise MendingError(f"splits={path} row {number} lacks date or ratio", "name both in the first row")
        try:
            found.append(split_of(f"{row['date'].strip()}:{row['ratio'].strip()}"))
        except MendingError as error:
            raise MendingError(f"splits={path} row {number}: {error.message}", error.hint) from error
    return tuple(found)


def adjust(
    draft: Draft, splits: Sequence[Split], cuts: Sequence[datetime]
) -> tuple[Draft, list[npt.NDArray[np.bool_]]]:
    """Divide the prices before each cut by its split's ratio, and multiply the volumes.

    Parameters
    ----------
    draft : in the order of time
    splits, cuts : each split, and the moment at which it takes effect, on the clock of ``draft.time``

    Returns
    -------
    the adjusted draft, and for each split bool[n], the rows that it changed

    Notes
    -----
    The splits of a row are multiplied as fractions, so a price is rounded at most twice, however many there are.
    """
    masks = [draft.time < np.datetime64(cut, "us") for cut in cuts]
    numbers = {name: values.copy() for name, values in draft.numbers.items()}
    # Rows before cut k and not before cut k - 1 take the splits from k on.
    done = np.zeros(draft.rows.size, np.bool_)
    for at, mask in enumerate(masks):
        chosen = mask & ~done
        done |= mask
        ratio = Fraction(1)
        for split in splits[at:]:
            ratio *= Fraction(split.new, split.old)
        for name in PRICES:
            numbers[name][chosen] = numbers[name][chosen] * float(ratio.denominator) / float(ratio.numerator)
        numbers["volume"][chosen] = numbers["volume"][chosen] * float(ratio.numerator) / float(ratio.denominator)
    return Draft(draft.rows, draft.time, numbers), masks
