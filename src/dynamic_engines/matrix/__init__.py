"""The engine compatibility matrix: each kernel on each device found, in each precision, against its oracle."""

from dynamic_engines.matrix.cases import Case, bars_of, series
from dynamic_engines.matrix.judge import Lines, Verdict, Worst, judge
from dynamic_engines.matrix.record import Matrix, MatrixFileError, latest, load, save
from dynamic_engines.matrix.rows import DecidingRow, KernelRow, Sample, TimedRow
from dynamic_engines.matrix.run import Cell, Status, Timing, TimingPlan, run_matrix

__all__ = [
    "Case",
    "Cell",
    "DecidingRow",
    "KernelRow",
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
    "bars_of",
    "judge",
    "latest",
    "load",
    "run_matrix",
    "save",
    "series",
]
