"""A Dask worker's part of a sweep. Importing this imports Dask, half a second."""

import threading
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from distributed import WorkerPlugin, get_worker

from dynamic_base import SystemClock
from dynamic_ta.sweeps.executors.model import evaluated
from dynamic_ta.sweeps.model import Chunk, Done, Evaluate, Evaluator, Variant


class Holder(WorkerPlugin):
    """What every worker keeps while a sweep runs; Dask gives it to those that come later, too."""

    def __init__(self, evaluator: Evaluator, variants: Sequence[Variant]) -> None:
        self._evaluator = evaluator
        self._variants = variants

    def setup(self, worker: Any) -> None:  # noqa: ARG002  # Dask's port
        self._opened = ExitStack()
        self._evaluates: dict[int, Evaluate] = {}
        self._lock = threading.Lock()

    def teardown(self, worker: Any) -> None:  # noqa: ARG002  # Dask's port
        self._opened.close()

    def do(self, chunk: Chunk) -> Done:
        """Evaluate a chunk; each thread of the worker has an evaluator of its own, opened at its first chunk."""
        thread = threading.get_ident()
        with self._lock:
            if thread not in self._evaluates:
                self._evaluates[thread] = self._opened.enter_context(self._evaluator.open(""))
        return evaluated(self._evaluates[thread], self._variants, chunk, self._evaluator.statistics, SystemClock())


def work(name: str, chunk: Chunk) -> Done:
    """Evaluate a chunk on this worker, with the holder of that name."""
    holder = get_worker().plugins[name]
    if not isinstance(holder, Holder):
        raise TypeError(f"the plugin {name} of this worker holds no sweep")
    return holder.do(chunk)
