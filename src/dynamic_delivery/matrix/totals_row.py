"""Kernels that end in the totals of an account, as the matrix asks for them: a value is a variant here, not a bar."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np

from dynamic_engines import Buffers, Device, Maths, Precision
from dynamic_engines.matrix import Case, Lines, Sample, bars_of, series
from dynamic_engines.matrix.cases import F64, Rng
from dynamic_ta.simulation import Simulations, Totals

PRICES = ("open", "high", "low", "close", "volume")
# What a file of prices may hold, and two that are refused: no product with them fits float64.
_SERIES = ("walk", "flat", "ramp", "cancelling", "spike", "subnormal", "huge")
_LENGTHS = (1, 2, 3, 64, 257, 1009)
_TOTALS = tuple(field.name for field in fields(Totals) if field.name != "checksum")


@dataclass(frozen=True, slots=True)
class TotalsRow:
    """A kernel under a few variants: each total, and a checksum of all that was done.

    Parameters
    ----------
    done : what the checksum is of
    rooms : of dynamic_ta, whose code on the host is timed too
    instruments, bars : of a case
    oracle : the totals of each variant
    found : the same on a device
    timed : the sample that is timed, of that share of its usual size; it holds nothing in memory
    diverging : what is told of the first variant that does something else; "" if none does
    """

    kernel: str
    done: str
    rooms: tuple[str, ...]
    instruments: int
    bars: int
    bound_source: str
    oracle: Callable[[Case], Sequence[Totals]]
    found: Callable[[Device, Case, Precision], Simulations]
    timed: Callable[[Device, float], Sample]
    diverging: Callable[[Device, Case, Precision], str]
    precisions: tuple[Precision, ...] = (Precision.FLOAT64,)
    maths: Maths = Maths.STRICT

    @property
    def outputs(self) -> tuple[str, ...]:
        return (*_TOTALS, f"{self.done} checksum, high", f"{self.done} checksum, low")

    @property
    def host_code(self) -> tuple[str, ...]:
        return "src/dynamic_engines/*.py", *(f"src/dynamic_ta/{room}/*.py" for room in self.rooms)

    def cases(self, rng: Rng, precision: Precision) -> Iterator[Case]:
        draws = series(precision)
        shapes = [("walk", bars) for bars in _LENGTHS] + [(name, self.bars) for name in _SERIES]
        for name, bars in shapes:
            closes = [draws[name](rng, bars) for _ in range(self.instruments)]
            yield case_of(f"{name} of {bars} bars", closes, rng)

    def expected(self, case: Case) -> Lines:
        return _lines(self.oracle(case))

    def computed(self, device: Device, case: Case, precision: Precision) -> Lines:
        found = self.found(device, case, precision)
        return _lines(found.totals_of(row) for row in range(found.n_variants))

    def bounds(self, case: Case, precision: Precision) -> tuple[float | F64, ...]:  # noqa: ARG002
        return (0.0,) * len(self.outputs)

    def sample(self, device: Device, memory: Buffers, precision: Precision, share: float) -> Sample:  # noqa: ARG002
        return self.timed(device, share)

    def first_divergence(self, device: Device, case: Case, precision: Precision) -> str:
        return self.diverging(device, case, precision)


def case_of(name: str, closes: Sequence[F64], rng: Rng) -> Case:
    """Return a case of bars around each of ``closes``, all of PRICES of the first, then of the next."""
    assets = [bars_of(close, rng) for close in closes]
    return Case(name, tuple(bars[wanted] for bars in assets for wanted in PRICES), ())


def days(n_bars: int) -> "np.ndarray[tuple[int], np.dtype[np.datetime64]]":
    """Return the times of bars that are a day apart."""
    return np.datetime64("2000-01-01", "us") + np.arange(n_bars) * np.timedelta64(1, "D")


def _lines(variants: Iterable[Totals]) -> Lines:
    return tuple(np.array([_values(totals) for totals in variants], np.float64).T)


def _values(totals: Totals) -> tuple[float, ...]:
    """Return each total, and both halves of the checksum: a float64 holds 53 bits."""
    numbers = (float(getattr(totals, name)) for name in _TOTALS)
    return (*numbers, float(totals.checksum >> 32), float(totals.checksum & 0xFFFFFFFF))
