"""One parameter, and the values that it may take."""

import math
import re
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from dynamic_ta.sweeps.errors import SweepInputError
from dynamic_ta.sweeps.model import F64

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*", re.ASCII)
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_STEPS = re.compile(rf"({_NUMBER}):({_NUMBER})(?::({_NUMBER}))?", re.ASCII)
_SPREAD = re.compile(rf"({_NUMBER})\.\.({_NUMBER})(:log)?(:int)?", re.ASCII)
_LOG = re.compile(rf"({_NUMBER}):({_NUMBER}):log(\d{{1,6}})", re.ASCII)
_MOST_VALUES = 1 << 20
_EXACT = 2.0**53
_FORMS = "write 2:50, 0.5:3:0.25, 1,2,5, 0.001:10:log9, 0.5..3, 1..100:log or 2..200:log:int"


@dataclass(frozen=True, slots=True)
class Listed:
    """Finitely many values. A sampler takes each as often as the others.

    Parameters
    ----------
    values : finite, all different
    whole : bool, they are handed on as ints
    """

    name: str
    values: tuple[float, ...]
    whole: bool = False

    def __post_init__(self) -> None:
        _check_name(self.name)
        if not self.values or len(set(self.values)) < len(self.values):
            raise SweepInputError(f"{self.name} has no value, or one twice", "give each value once")
        if not all(map(math.isfinite, self.values)):
            raise SweepInputError(f"{self.name} has a value that is not finite", "give finite numbers")
        if self.whole and not all(value == int(value) and abs(value) < _EXACT for value in self.values):
            raise SweepInputError(f"{self.name} has a value that is not whole", "give whole numbers below 2**53")

    def at(self, unit: F64) -> F64:
        """Return the values for float64[n] in [0, 1)."""
        values = np.array(self.values)
        return values[np.minimum((unit * values.size).astype(np.intp), values.size - 1)]

    @property
    def document(self) -> dict[str, object]:
        return {"name": self.name, "values": [float(value) for value in self.values], "whole": self.whole}


@dataclass(frozen=True, slots=True)
class Spread:
    """All values from ``low`` up to ``high``, evenly, or evenly in the logarithm. For samplers, not for a grid.

    Parameters
    ----------
    low, high : low < high; low > 0 if ``log``
    whole : bool, whole numbers from low to high, both included
    """

    name: str
    low: float
    high: float
    log: bool = False
    whole: bool = False

    def __post_init__(self) -> None:
        _check_name(self.name)
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise SweepInputError(f"{self.name} from {self.low:g} to {self.high:g}", "give finite low < high")
        if self.log and not self.low > 0:
            raise SweepInputError(f"{self.name} from {self.low:g} has no logarithm", "start above 0")
        if self.whole and not all(value == int(value) and abs(value) < _EXACT for value in (self.low, self.high)):
            raise SweepInputError(f"{self.name} is not whole at its ends", "give whole numbers below 2**53")

    def at(self, unit: F64) -> F64:
        """Return the values for float64[n] in [0, 1)."""
        # A whole number stands for the interval up to the next one, so that both ends are as likely as the rest.
        low, high = self.low, self.high + self.whole
        value: F64
        if self.log:
            value = np.exp(math.log(low) + unit * (math.log(high) - math.log(low)))
        else:
            value = low + unit * (high - low)
        return np.clip(np.floor(value) if self.whole else value, self.low, self.high)

    @property
    def document(self) -> dict[str, object]:
        return {"name": self.name, "low": self.low, "high": self.high, "log": self.log, "whole": self.whole}


Axis = Listed | Spread


def axis_of(name: str, text: str) -> Axis:
    """Return the axis that ``text`` describes.

    Parameters
    ----------
    text : ``first:last[:step]``, both ends included, step 1 unless said; ``a,b,c``; ``first:last:logN``, N values
        evenly in the logarithm; ``low..high[:log][:int]``, anything between. Steps and lists are of whole numbers
        where they are written without point and exponent.

    Raises
    ------
    SweepInputError : another form, or no value
    """
    plain = text.replace(" ", "")
    if found := _LOG.fullmatch(plain):
        return _logs(name, float(found[1]), float(found[2]), int(found[3]))
    if found := _SPREAD.fullmatch(plain):
        return Spread(name, float(found[1]), float(found[2]), log=bool(found[3]), whole=bool(found[4]))
    if found := _STEPS.fullmatch(plain):
        numbers = steps(name, Decimal(found[1]), Decimal(found[2]), Decimal(found[3] or 1))
        return Listed(name, numbers, whole=not set(text) & set(".eE"))
    parts = plain.split(",")
    if not all(re.fullmatch(_NUMBER, part, re.ASCII) for part in parts):
        raise SweepInputError(f"{name} = {text!r} is no set of values", _FORMS)
    return Listed(name, tuple(map(float, parts)), whole=not any(set(part) & set(".eE") for part in parts))


def steps(name: str, first: float | Decimal, last: float | Decimal, step: float | Decimal) -> tuple[float, ...]:
    """Return first, first + step, … up to ``last``, taken in decimals: three times 0.1 is the float 0.3, as written.

    Raises
    ------
    SweepInputError : nothing in it, or too much
    """
    low, high, by = (number if isinstance(number, Decimal) else Decimal(repr(number)) for number in (first, last, step))
    # As floats first: decimals would go on beyond them, and then overflow.
    if not (float(by) > 0 and low <= high and all(map(math.isfinite, map(float, (low, high, by))))):
        raise SweepInputError(
            f"{name} from {low} to {high} by {by} holds no value",
            "write first:last:step, finite, first <= last, step > 0",
        )
    if (high - low) / by >= _MOST_VALUES:
        raise SweepInputError(f"{name} from {low} to {high} by {by} has too many values", f"keep to {_MOST_VALUES}")
    return tuple(float(low + n * by) for n in range(int((high - low) // by) + 1))


def _logs(name: str, first: float, last: float, count: int) -> Listed:
    if not (0 < first < last < math.inf and count > 1):
        raise SweepInputError(
            f"{name} from {first:g} to {last:g} in {count}", "write first:last:logN, 0 < first < last, N > 1"
        )
    inner = np.exp(np.linspace(math.log(first), math.log(last), count))[1:-1]
    return Listed(name, (first, *inner.tolist(), last))


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise SweepInputError(f"{name!r} is no name of a parameter", "use letters, digits, '_' and '.'")
