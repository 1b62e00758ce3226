"""Where a sweep computes: an executor is one file and one row."""

from dynamic_ta.sweeps.executors.dask import DASK
from dynamic_ta.sweeps.executors.devices import DEVICES
from dynamic_ta.sweeps.executors.local import LOCAL
from dynamic_ta.sweeps.executors.model import Execute, Executor, Options

EXECUTORS = (LOCAL, DEVICES, DASK)

__all__ = ["EXECUTORS", "Execute", "Executor", "Options"]
