"""Searches over parameter sets, for any evaluator: spaces, splits, executors, and a journal to go on from."""

from dynamic_ta.sweeps.errors import (
    ClusterError,
    EvaluatorError,
    JournalBusyError,
    JournalError,
    SweepError,
    SweepInputError,
)
from dynamic_ta.sweeps.executors import EXECUTORS, Execute, Executor, Options
from dynamic_ta.sweeps.journal import Journal, open_journal
from dynamic_ta.sweeps.model import (
    BarRange,
    Evaluate,
    Evaluator,
    Outcome,
    Points,
    Variant,
    Variants,
    sweep_digest,
)
from dynamic_ta.sweeps.out_of_sample import OutOfSample, out_of_sample, train_variants
from dynamic_ta.sweeps.reduce import Columns, Goal, HeatMap, TopK
from dynamic_ta.sweeps.run import run_sweep
from dynamic_ta.sweeps.spaces import SAMPLERS, Search, Space, axis_of, constraint_of
from dynamic_ta.sweeps.splits import Scheme, Span, Split, combinatorial, purged_k_fold, walk_forward

__all__ = [
    "EXECUTORS",
    "SAMPLERS",
    "BarRange",
    "ClusterError",
    "Columns",
    "Evaluate",
    "Evaluator",
    "EvaluatorError",
    "Execute",
    "Executor",
    "Goal",
    "HeatMap",
    "Journal",
    "JournalBusyError",
    "JournalError",
    "Options",
    "OutOfSample",
    "Outcome",
    "Points",
    "Scheme",
    "Search",
    "Space",
    "Span",
    "Split",
    "SweepError",
    "SweepInputError",
    "TopK",
    "Variant",
    "Variants",
    "axis_of",
    "combinatorial",
    "constraint_of",
    "open_journal",
    "out_of_sample",
    "purged_k_fold",
    "run_sweep",
    "sweep_digest",
    "train_variants",
    "walk_forward",
]
