"""Kernels for general use, each with its oracle, its bound and its cost; ``table.KERNELS`` lists them."""

from dynamic_engines.library.model import Argument, Cost, Feature, Kernel, Setting
from dynamic_engines.library.rows import LibraryRow, library_rows
from dynamic_engines.library.stage import Knob, Stage, Work
from dynamic_engines.library.table import KERNELS

__all__ = [
    "KERNELS",
    "Argument",
    "Cost",
    "Feature",
    "Kernel",
    "Knob",
    "LibraryRow",
    "Setting",
    "Stage",
    "Work",
    "library_rows",
]
