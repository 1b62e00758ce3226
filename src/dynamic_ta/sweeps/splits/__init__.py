"""Splits of bars into what is chosen on and what is judged on: a scheme is one file, one function and one row."""

from dynamic_ta.sweeps.splits.combinatorial import combinatorial
from dynamic_ta.sweeps.splits.k_fold import purged_k_fold
from dynamic_ta.sweeps.splits.model import Scheme, Span, Split
from dynamic_ta.sweeps.splits.table import SPLITS, SplitRow, scheme_of
from dynamic_ta.sweeps.splits.walk_forward import walk_forward

__all__ = [
    "SPLITS",
    "Scheme",
    "Span",
    "Split",
    "SplitRow",
    "combinatorial",
    "purged_k_fold",
    "scheme_of",
    "walk_forward",
]
