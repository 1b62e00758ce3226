"""Bars of one instrument, read strictly: a file whose rows contradict themselves is refused, never mended."""

from dynamic_ta.data.errors import BadBarsError, CorruptFileError, DataError, UnknownSourceError
from dynamic_ta.data.model import BadRow, Bars
from dynamic_ta.data.read import SAMPLES, read_bars

__all__ = [
    "SAMPLES",
    "BadBarsError",
    "BadRow",
    "Bars",
    "CorruptFileError",
    "DataError",
    "UnknownSourceError",
    "read_bars",
]
