"""What a sweep hands to an evaluator, and what comes back."""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import overload

import numpy as np
import numpy.typing as npt

from dynamic_base import canonical_json, digest
from dynamic_ta.sweeps.errors import EvaluatorError, SweepInputError

F64 = npt.NDArray[np.float64]
MOST_ROWS = 1 << 16


@dataclass(frozen=True, slots=True, order=True)
class BarRange:
    """Bars ``start`` to ``stop - 1`` are traded; those from ``context`` on may be read to warm up.

    Parameters
    ----------
    context, start, stop : int, bars, 0 <= context <= start < stop
    """

    context: int
    start: int
    stop: int

    def __post_init__(self) -> None:
        if not 0 <= self.context <= self.start < self.stop:
            raise SweepInputError(
                f"a range of bars {self.context}:{self.start}:{self.stop}", "give 0 <= context <= start < stop"
            )

    @property
    def n_bars(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True, slots=True)
class Variant:
    """One parameter set on one range of bars of one asset; ``variant["fast"]`` is a parameter.

    Parameters
    ----------
    names : of the parameters, shared by all variants of a sweep
    values : int where the axis is of whole numbers, else float
    """

    asset: str
    bars: BarRange
    names: tuple[str, ...]
    values: tuple[float, ...]

    def __getitem__(self, name: str) -> float:
        try:
            return self.values[self.names.index(name)]
        except ValueError as error:
            raise KeyError(name) from error

    @property
    def parameters(self) -> dict[str, float]:
        """Each name with its value."""
        return dict(zip(self.names, self.values, strict=True))


@dataclass(frozen=True, slots=True)
class Outcome:
    """The statistics of one variant; NaN is undefined."""

    names: tuple[str, ...]
    values: tuple[float, ...]


Evaluate = Callable[[Sequence[Variant]], Sequence[Outcome]]
# float64[n_bars]: what 1 at the start of the range is worth at the close of each of its bars.
EquityOf = Callable[[Variant], F64]


@dataclass(frozen=True, slots=True)
class Evaluator:
    """What a sweep calls, and what its results belong to.

    Parameters
    ----------
    identity, data, code : text that differs where the results could; digests, mostly. The journal is kept by them.
    statistics : the names of every outcome, in order
    open : gives the function for a place: "" is the default, "#1" the second OpenCL device. It is opened once a place,
        and called there for many batches. For Dask it must be picklable; the function need not be.
    most_rows : int, variants that the function takes at once
    """

    identity: str
    data: str
    code: str
    statistics: tuple[str, ...]
    open: Callable[[str], AbstractContextManager[Evaluate]]
    most_rows: int = MOST_ROWS


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Parameter sets, one a row.

    Parameters
    ----------
    whole : bool an axis, its values are ints
    values : float64[n_points, n_axes]; whole numbers stay exact below 2**53
    """

    names: tuple[str, ...]
    whole: tuple[bool, ...]
    values: F64

    def row(self, number: int) -> tuple[float, ...]:
        """Return one parameter set."""
        row = self.values[number].tolist()
        return tuple(int(value) if whole else value for value, whole in zip(row, self.whole, strict=True))


@dataclass(frozen=True, slots=True, eq=False)
class Variants(Sequence[Variant]):
    """Every point on every target, made as they are read: row = target * n_points + point.

    Parameters
    ----------
    targets : (asset, range of bars), the ranges of one asset may differ from those of another

    Notes
    -----
    Memory is that of ``points``, 8 bytes a parameter, however many targets there are.
    """

    points: Points
    targets: tuple[tuple[str, BarRange], ...]

    def __len__(self) -> int:
        return len(self.targets) * len(self.points.values)

    @overload
    def __getitem__(self, rows: int) -> Variant: ...
    @overload
    def __getitem__(self, rows: slice) -> list[Variant]: ...
    def __getitem__(self, rows: int | slice) -> Variant | list[Variant]:
        if isinstance(rows, slice):
            return [self._one(row) for row in range(*rows.indices(len(self)))]
        return self._one(range(len(self))[rows])

    def _one(self, row: int) -> Variant:
        target, point = divmod(row, len(self.points.values))
        asset, bars = self.targets[target]
        return Variant(asset, bars, self.points.names, self.points.row(point))

    @property
    def digest(self) -> str:
        """What tells these variants from others: hashed by value, whatever made the points."""
        spans = [[asset, bars.context, bars.start, bars.stop] for asset, bars in self.targets]
        head = {"names": list(self.points.names), "whole": list(self.points.whole), "targets": spans}
        content = np.ascontiguousarray(self.points.values, "<f8").tobytes()
        return hashlib.sha256(canonical_json(head) + content).hexdigest()


@dataclass(frozen=True, slots=True, order=True)
class Chunk:
    """Rows ``start`` to ``stop - 1`` of a sweep."""

    start: int
    stop: int

    @property
    def n_rows(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True, slots=True, eq=False)
class Done:
    """A finished chunk.

    Parameters
    ----------
    values : float64[n_rows, n_statistics]
    seconds : s, that it took where it was evaluated
    """

    chunk: Chunk
    values: F64
    seconds: float = 0.0


def sweep_digest(evaluator: Evaluator, variants: Variants) -> str:
    """Return what a journal is kept under."""
    return digest(key_of(evaluator, variants))


def key_of(evaluator: Evaluator, variants: Variants) -> dict[str, object]:
    """Return all that the results of a sweep depend on."""
    return {
        "variants": variants.digest,
        "rows": len(variants),
        "evaluator": evaluator.identity,
        "data": evaluator.data,
        "code": evaluator.code,
        "statistics": list(evaluator.statistics),
    }


def values_of(outcomes: Sequence[Outcome], statistics: tuple[str, ...], n_rows: int) -> F64:
    """Return float64[n_rows, n_statistics].

    Raises
    ------
    EvaluatorError : another number of outcomes, or other statistics
    """
    fix = "mend the evaluator: one outcome a variant, in order, with the statistics that it declares"
    if len(outcomes) != n_rows:
        raise EvaluatorError(f"the evaluator gave {len(outcomes)} outcomes for {n_rows} variants", fix)
    other = next((outcome.names for outcome in outcomes if outcome.names != statistics), None)
    if other is not None:
        raise EvaluatorError(f"the evaluator gave ({', '.join(other)}), not ({', '.join(statistics)})", fix)
    return np.array([outcome.values for outcome in outcomes], np.float64).reshape(n_rows, len(statistics))


def runs(marks: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return (start, stop) of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], marks, [False])).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
