"""What a file of prices becomes."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]

PRICES = ("open", "high", "low", "close")
NUMBERS = (*PRICES, "volume")


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """Checked bars, oldest first; the arrays are read-only.

    Parameters
    ----------
    name : the file's name without its endings, or the sample's name
    digest : SHA-256 of the file's bytes, in hexadecimal
    time : datetime64[us][n_bars], strictly increasing; UTC where the file gives an offset, else as the file says
    open, high, low, close : float64[n_bars], quote currency, finite and positive, low <= open, close <= high
    volume : float64[n_bars], finite, not negative
    """

    name: str
    digest: str
    time: npt.NDArray[np.datetime64]
    open: F64
    high: F64
    low: F64
    close: F64
    volume: F64

    @property
    def n_bars(self) -> int:
        return self.close.size


@dataclass(frozen=True, slots=True)
class BadRow:
    """One row that was refused, and why."""

    row: int
    reason: str

    def __str__(self) -> str:
        return f"row {self.row}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Table:
    """The columns as a file gave them, before any check.

    Parameters
    ----------
    rows : the number of each row in its file
    times : text of each row's date
    numbers : for each of NUMBERS, text or a float a row; NaN is a missing or unreadable value
    """

    rows: list[int]
    times: list[str]
    numbers: dict[str, list[str] | F64]
