"""What every indicator has."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dynamic_engines import Device, Precision

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
class Indicator:
    """One row of the table; the command line, the tests, the matrix, the data sets and the docs all walk it.

    Parameters
    ----------
    name : the stem of its file, its kernel and its test
    inputs : of open, high, low, close, volume: what ``Lines`` are given, in this order
    parameters : what ``Settings`` are given, in this order
    outputs : the names of the lines that come back; an indicator of one line has its own name here
    kernel : ``<family>/<name>``, below ``kernels/``
    oracle : (inputs, settings) -> outputs, in float64
    on_device : (device, inputs, settings, precision) -> the same outputs from ``kernel``
    warm_up : settings -> for each output, how many bars are NaN before its first value
    error_bound : (inputs, settings, precision) -> for each output, the most that ``on_device`` may differ from
        ``oracle``, in the output's unit; one number for all bars, or one a bar (0 in the warm-up)
    bound_source : where ``error_bound`` comes from
    """

    name: str
    title: str
    inputs: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    outputs: tuple[str, ...]
    kernel: str
    oracle: Callable[[Lines, Settings], Lines]
    on_device: Callable[[Device, Lines, Settings, Precision], Lines]
    warm_up: Callable[[Settings], tuple[int, ...]]
    error_bound: Callable[[Lines, Settings, Precision], tuple[float | F64, ...]]
    bound_source: str

    @property
    def defaults(self) -> Settings:
        return tuple(parameter.default for parameter in self.parameters)
