"""The engine compatibility matrix: each kernel on each device found, in each precision, against its oracle."""

from dynamic_engines.matrix.baseline import (
    Accepted,
    Baseline,
    BaselineFileError,
    Key,
    accepted,
    load_baseline,
    merged,
    save_baseline,
)
from dynamic_engines.matrix.cases import Case, bars_of, series
from dynamic_engines.matrix.diff import Change, Diff, Finding, compare
from dynamic_engines.matrix.judge import Lines, Verdict, Worst, judge
from dynamic_engines.matrix.record import Matrix, MatrixFileError, latest, load, save
from dynamic_engines.matrix.rows import DecidingRow, KernelRow, Sample, TimedRow
from dynamic_engines.matrix.run import Cell, Status, Timing, TimingPlan, run_matrix

__all__ = [
    "Accepted",
    "Baseline",
    "BaselineFileError",
    "Case",
    "Cell",
    "Change",
    "DecidingRow",
    "Diff",
    "Finding",
    "KernelRow",
    "Key",
    "Lines",
    "Matrix",
    "MatrixFileError",
    "Sample",
    "Status",
    "TimedRow",
    "Timing",
    "TimingPlan",
    "Verdict",
    "Worst",
    "accepted",
    "bars_of",
    "compare",
    "judge",
    "latest",
    "load",
    "load_baseline",
    "merged",
    "run_matrix",
    "save",
    "save_baseline",
    "series",
]
