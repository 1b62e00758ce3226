"""Signals as a device reads them when no rule was compiled: every decision from a line of its own."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dynamic_ta.data.model import F64
from dynamic_ta.simulation.errors import VariantsError
from dynamic_ta.simulation.model import Signals

_LINES = 6
# What simulate_many takes as the source.
PLAIN_RULES = """#include "strategies/lines.clh"
static inline bool enter_long(LINES, const uint t) { return LINE(0, t) > 0; }
static inline bool exit_long(LINES, const uint t) { return LINE(1, t) > 0; }
static inline bool enter_short(LINES, const uint t) { return LINE(2, t) > 0; }
static inline bool exit_short(LINES, const uint t) { return LINE(3, t) > 0; }
static inline REAL stop_distance(LINES, const uint t) { return LINE(4, t); }
static inline REAL position_size(LINES, const uint t) { return LINE(5, t); }
static inline bool divides_by_zero(LINES, const uint t) { return LINE(0, t) < 0; }
"""


@dataclass(frozen=True, slots=True, eq=False)
class PlainTable:
    """A ``Table`` for PLAIN_RULES; a first line below zero is how a division by zero is said."""

    lines: F64
    rows: npt.NDArray[np.uint32]
    params: F64


def plain_table(variants: Sequence[Signals]) -> PlainTable:
    """Return a table in which variant i has the signals i.

    Raises
    ------
    VariantsError : no variant

    Notes
    -----
    48 bytes a bar and variant: for a sweep, compile the rules instead.
    """
    if not variants:
        raise VariantsError("0 variants", "give the signals of at least one")
    lines: list[npt.NDArray[np.bool_] | F64] = []
    for signals in variants:
        nothing = np.full(signals.enter_long.size, np.nan)
        lines += [signals.enter_long, signals.exit_long, signals.enter_short, signals.exit_short]
        lines += [nothing if line is None else line for line in (signals.stop_distance, signals.size)]
    rows = np.arange(len(lines), dtype=np.uint32).reshape(len(variants), _LINES)
    return PlainTable(np.array(lines, np.float64), rows, np.zeros((len(variants), 1)))
