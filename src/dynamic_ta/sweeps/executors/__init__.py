"""Where a sweep computes: an executor is one file and one row."""

from dynamic_ta.sweeps.executors.local import LOCAL
from dynamic_ta.sweeps.executors.model import Execute, Executor, Options

EXECUTORS = (LOCAL,)

__all__ = ["EXECUTORS", "Execute", "Executor", "Options"]
