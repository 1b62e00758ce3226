"""What a file of prices becomes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
TIME = npt.NDArray[np.datetime64]

PRICES = ("open", "high", "low", "close")
NUMBERS = (*PRICES, "volume")


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """Checked bars, oldest first; the arrays are read-only.

    Parameters
    ----------
    name : the file's name without its endings, or the sample's name
    digest : SHA-256 of the file's bytes, in hexadecimal; of mended bars, the digest of their snapshot
    time : datetime64[us][n_bars], strictly increasing; UTC where the file gives an offset, else as the file says
    open, high, low, close : float64[n_bars], quote currency, finite and positive, low <= open, close <= high
    volume : float64[n_bars], finite, not negative
    """

    name: str
    digest: str
    time: TIME
    open: F64
    high: F64
    low: F64
    close: F64
    volume: F64

    @property
    def n_bars(self) -> int:
        return self.close.size

    def between(self, start: int, stop: int) -> "Bars":
        """Return bars ``start`` to ``stop - 1``, under the name and the digest of all."""
        part = slice(start, stop)
        return replace(self, time=self.time[part], **{name: getattr(self, name)[part] for name in NUMBERS})


@dataclass(frozen=True, slots=True)
class BadRow:
    """One row that was refused, and why. ``rule`` names what would mend it, where something would."""

    row: int
    reason: str
    rule: str = ""

    def __str__(self) -> str:
        return f"row {self.row}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Table:
    """The columns as a file gave them, before any check.

    Parameters
    ----------
    rows : the number of each row in its file
    times : text of each row's date
    numbers : for each of NUMBERS, text or a float a row; NaN is a missing value
    """

    rows: list[int]
    times: list[str]
    numbers: dict[str, list[str] | F64]


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """Columns that are read and not yet checked.

    Parameters
    ----------
    rows : int64[n], the number of each row in its file
    time : datetime64[us][n]; NaT where unreadable
    numbers : for each of NUMBERS, float64[n]; NaN where missing or unreadable
    """

    rows: I64
    time: TIME
    numbers: Mapping[str, F64]

    def take(self, chosen: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> "Draft":
        """Return the chosen rows, by mask or in the order of ``chosen``."""
        return Draft(self.rows[chosen], self.time[chosen], {name: self.numbers[name][chosen] for name in NUMBERS})


@dataclass(frozen=True, slots=True)
class Applied:
    """A rule that was asked for, and the rows of the file that it touched, ascending; none if it had no work."""

    rule: str
    rows: tuple[int, ...] = field(repr=False)

    def ranges(self) -> str:
        """Return the rows in short: ``2-4, 9``."""
        runs: list[list[int]] = []
        for row in self.rows:
            if runs and row == runs[-1][1] + 1:
                runs[-1][1] = row
            else:
                runs.append([row, row])
        return ", ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in runs)

    def document(self) -> dict[str, object]:
        return {"rule": self.rule, "rows": len(self.rows), "which": self.ranges()}


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that may be wrong, and was left as it is. ``kind`` is "gap" or "jump"; ``row`` is the file's."""

    kind: str
    row: int
    text: str

    def __str__(self) -> str:
        return f"row {self.row}: {self.text}"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where bars come from: SHA-256 of the file's bytes, and an SPDX name or "unknown"."""

    name: str
    digest: str
    licence: str


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """Bars, and how they came to be."""

    bars: Bars
    origin: Origin
    applied: tuple[Applied, ...] = ()
    notices: tuple[Notice, ...] = ()
