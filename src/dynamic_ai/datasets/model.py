"""A table of past and label, before it is written."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from dynamic_ai.errors import DatasetError

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]

_NAME = re.compile(r"[a-z][a-z0-9_]*")
RESERVED = ("label", "time")


@dataclass(frozen=True, slots=True)
class Source:
    """Where the bars come from. ``digest`` is the SHA-256 of what was read, ``licence`` an SPDX name or "unknown"."""

    name: str
    digest: str
    licence: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """The code that made features and labels. ``version`` goes up whenever the same bars give other bytes."""

    name: str
    version: int
    label: str


@dataclass(frozen=True, slots=True)
class Feature:
    """One column. ``definition`` says how it was computed: the indicator, its settings, the formula."""

    name: str
    definition: Mapping[str, object]
    values: F64 = field(repr=False)


@dataclass(frozen=True, slots=True)
class Splits:
    """Where the rows are cut, in time order: train ``[0, validation)``, then validation, then test from ``test``."""

    validation: int
    test: int

    @classmethod
    def by_time(cls, rows: int, validation_percent: int = 15, test_percent: int = 15) -> "Splits":
        """Cut the last ``test_percent`` off for the test, and what lies before them for the validation."""
        test = rows - rows * test_percent // 100
        return cls(test - rows * validation_percent // 100, test)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows in time order, ready to be written.

    Parameters
    ----------
    time : int64[n_rows], microseconds since 1970, strictly increasing; when the row's features were known
    features : columns of float64[n_rows], finite, each from bars up to the row's own
    label : uint8[n_rows], 0 or 1; what became of it afterwards

    Raises
    ------
    DatasetError : lengths, types, names, values or cuts that do not fit
    """

    source: Source
    recipe: Recipe
    time: I64 = field(repr=False)
    features: tuple[Feature, ...] = field(repr=False)
    label: U8 = field(repr=False)
    splits: Splits

    def __post_init__(self) -> None:
        _check_names([feature.name for feature in self.features])
        rows = self.time.size
        _check_array("time", self.time, np.dtype(np.int64), rows)
        _check_array("label", self.label, np.dtype(np.uint8), rows)
        for feature in self.features:
            _check_array(feature.name, feature.values, np.dtype(np.float64), rows)
            if not np.isfinite(feature.values).all():
                at = int(np.argmin(np.isfinite(feature.values)))
                raise DatasetError(f"{feature.name} is {feature.values[at]} in row {at}", "drop the warm-up rows")
        if (np.diff(self.time) <= 0).any():
            at = int(np.argmax(np.diff(self.time) <= 0)) + 1
            raise DatasetError(f"row {at} is not later than the one before it", "sort the bars, and drop doubles")
        if (self.label > 1).any():
            raise DatasetError(f"a label is {int(self.label.max())}", "give 0 or 1")
        if not 0 < self.splits.validation < self.splits.test < rows:
            cuts = f"{self.splits.validation} and {self.splits.test}"
            raise DatasetError(f"{rows} rows cut at {cuts} leave a split empty", "give more bars")


def _check_names(names: list[str]) -> None:
    if not names:
        raise DatasetError("there is no feature", "give at least one")
    for name in names:
        # A name becomes a file's name.
        if not _NAME.fullmatch(name) or name in RESERVED:
            raise DatasetError(f"{name!r} is no feature's name", "use lower-case letters, digits and '_'")
    if len(set(names)) < len(names):
        raise DatasetError("two features have one name", "name each once")


def _check_array(name: str, array: npt.NDArray[np.generic], dtype: "np.dtype[np.generic]", rows: int) -> None:
    if array.dtype != dtype or array.shape != (rows,):
        raise DatasetError(f"{name} is {array.dtype}{list(array.shape)}", f"give it as {dtype}[{rows}]")
