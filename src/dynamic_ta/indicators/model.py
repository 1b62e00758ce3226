"""What every indicator has."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dynamic_engines import Cost, Device, Precision
from dynamic_ta.errors import IndicatorInputError
from dynamic_ta.indicators.streaming import Stream

F64 = npt.NDArray[np.float64]
Lines = tuple[F64, ...]
Settings = tuple[int | float, ...]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One setting of an indicator.

    Parameters
    ----------
    default : an int counts bars, a float has the unit that ``doc`` names
    least : the smallest value that is accepted
    """

    name: str
    default: int | float
    least: int | float
    doc: str


@dataclass(frozen=True, slots=True)
class Kernel:
    """What a row has beside the oracle where a device pays.

    Parameters
    ----------
    name : ``<family>/<name>``, below ``kernels/``
    compute : (device, *inputs, *settings, precision) -> what the row's ``compute`` returns
    most_error : (*inputs, *settings, precision) -> see ``Indicator.error_bound``
    bound_source : where ``most_error`` comes from
    operations : int, the least a bar: sums, products, quotients, roots and comparisons, from what the bar before left
    """

    name: str
    compute: Callable[..., F64 | Lines]
    most_error: Callable[..., float | F64 | tuple[float | F64, ...]]
    bound_source: str
    operations: int


@dataclass(frozen=True, slots=True)
class PanelKernel:
    """How a row is computed for many series at once, in float64 and to the oracle's bit; see ``Panel``.

    Parameters
    ----------
    file : below ``kernels/``
    states : int, as STATES there
    takes : (*settings) -> what the kernel takes of them: 8 at most, in its order
    words : (*settings) -> how many values a lane remembers
    settles : (*settings) -> after how many bars its means are expected to have forgotten where they began, to the bit;
        0 where nothing recurs, None where they never forget
    reaches : (*settings) -> on how many bars before it a value depends beyond those; the warm-up is not counted
    blocks : (*settings) -> a lane begins at a multiple of this bar
    """

    file: str
    states: int
    takes: Callable[..., tuple[int | float, ...]]
    words: Callable[..., int]
    settles: Callable[..., int | None] = lambda *_: 0
    reaches: Callable[..., int] = lambda *_: 0
    blocks: Callable[..., int] = lambda *_: 1


@dataclass(frozen=True, slots=True)
class Indicator:
    """One row of the table; the command line, the tests, the matrix, the data sets and the docs all use it.

    The functions of a row take what a reader expects: each input, then each setting, as arguments of their own.
    The methods of the same purpose take and give tuples, so that whoever walks the table needs to know none of them.

    Parameters
    ----------
    name : the stem of its file, of its test and of its kernel, if it has one
    inputs : of open, high, low, close, volume: what ``Lines`` are given, in this order
    parameters : what ``Settings`` are given, in this order
    outputs : the names of the lines that come back; an indicator of one line has its own name here
    compute : (*inputs, *settings) -> line, or lines, in float64; the oracle
    first_bar : (*settings) -> how many bars are NaN before the first value, of all outputs or of each
    stream : (*settings) -> the same lines, one bar at a time and bit for bit; ``Feed`` checks what goes in
    kernel : the same on a device; None where it is computed in NumPy only
    panel : the same for many series at once; None where they are computed one by one
    """

    name: str
    title: str
    inputs: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    outputs: tuple[str, ...]
    compute: Callable[..., F64 | Lines]
    first_bar: Callable[..., int | tuple[int, ...]]
    stream: Callable[..., Stream]
    kernel: Kernel | None = None
    panel: PanelKernel | None = None

    @property
    def defaults(self) -> Settings:
        return tuple(parameter.default for parameter in self.parameters)

    def oracle(self, lines: Lines, settings: Settings) -> Lines:
        """Return the outputs, in float64.

        Raises
        ------
        IndicatorInputError : more or fewer lines or settings than the row names, or what ``compute`` refuses
        """
        found = self.compute(*self._lines(lines), *self._settings(settings))
        return found if isinstance(found, tuple) else (found,)

    def on_device(self, device: Device, lines: Lines, settings: Settings, precision: Precision) -> Lines:
        """Return the same outputs from the kernel. Raises as ``oracle``, also where there is none, and EngineError."""
        found = self._kernel().compute(device, *self._lines(lines), *self._settings(settings), precision)
        return found if isinstance(found, tuple) else (found,)

    def warm_up(self, settings: Settings) -> tuple[int, ...]:
        """Return, for each output, how many bars are NaN before its first value."""
        found = self.first_bar(*self._settings(settings))
        return found if isinstance(found, tuple) else (found,) * len(self.outputs)

    def error_bound(self, lines: Lines, settings: Settings, precision: Precision) -> tuple[float | F64, ...]:
        """Return, for each output, the most that ``on_device`` may differ from ``oracle``, in the output's unit.

        One number for all bars, or one a bar (0 in the warm-up). Raises as ``on_device``.
        """
        found = self._kernel().most_error(*self._lines(lines), *self._settings(settings), precision)
        return found if isinstance(found, tuple) else (found,)

    def cost_of(self, lines: Lines, settings: Settings, precision: Precision) -> Cost:
        """Return the least that the kernel must do: each input read, each output written once, and its operations."""
        self._settings(settings)
        bars = self._lines(lines)[0].size
        arrays = len(self.inputs) + len(self.outputs)
        return Cost(precision.dtype.itemsize * bars * arrays, self._kernel().operations * bars)

    def start(self, settings: Settings) -> Stream:
        """Return a stream that has seen no bar.

        Raises
        ------
        IndicatorInputError : more or fewer settings than the row names, or one that is below its least
        """
        taken = self._settings(settings)
        for parameter, value in zip(self.parameters, taken, strict=True):
            if not value >= parameter.least:
                raise IndicatorInputError(f"{parameter.name} is {value}", f"use {parameter.least} <= {parameter.name}")
        return self.stream(*taken)

    def checked(self, settings: Settings) -> Settings:
        """Return ``settings``, each an int or a float as its parameter is.

        Raises
        ------
        IndicatorInputError : more or fewer than the row names, or a fraction of a bar
        """
        return self._settings(settings)

    def _kernel(self) -> Kernel:
        if self.kernel is None:
            raise IndicatorInputError(f"{self.name} has no kernel", "compute it in NumPy, by its oracle")
        return self.kernel

    def _lines(self, lines: Lines) -> Lines:
        if len(lines) != len(self.inputs):
            raise IndicatorInputError(
                f"{len(lines)} input lines, not {len(self.inputs)}", f"give {', '.join(self.inputs)}"
            )
        return lines

    def _settings(self, settings: Settings) -> Settings:
        if len(settings) != len(self.parameters):
            names = ", ".join(parameter.name for parameter in self.parameters)
            raise IndicatorInputError(f"{len(settings)} settings, not {len(self.parameters)}", f"give {names}")
        return tuple(map(_setting, self.parameters, settings))


def _setting(parameter: Parameter, value: float) -> int | float:
    if not isinstance(parameter.default, int):
        return float(value)
    if not float(value).is_integer():
        raise IndicatorInputError(f"{parameter.name} is {value} bars", "use a whole number")
    return int(value)
