"""Workers of Dask, on this machine or on many: docs/adr/0034."""

import os
import socket
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from dynamic_base import Clock, SystemClock
from dynamic_ta.sweeps.errors import ClusterError
from dynamic_ta.sweeps.executors.driving import Drive, Submit
from dynamic_ta.sweeps.executors.model import Executor, Options
from dynamic_ta.sweeps.feed import TARGET_S, Feed
from dynamic_ta.sweeps.model import Chunk, Done, Evaluator, Variant

_CONNECT_S = 10.0
_LOOK_S = 0.5
_PATIENCE_S = 120.0  # a busy machine takes a while to start a worker again
_LOOPBACK = "127.0.0.1:0"
_AHEAD = 2  # a worker finds its next chunk waiting: 11 ms lie between two otherwise
_START = "start one with 'dask scheduler', workers with 'dask worker ADDRESS', and name its address"


@dataclass(frozen=True, slots=True)
class Dask:
    """Evaluate on the workers of ``scheduler``.

    Parameters
    ----------
    scheduler : e.g. ``tcp://host:8786``; "" starts workers as processes here, which listen to this machine only
    workers : how many of those; 0 is one a core
    patience_s : s, without any worker before the sweep is given up

    Notes
    -----
    The evaluator and the variants go to each worker once, also to one that comes later; a chunk is two numbers. A chunk
    of a worker that died is run again by Dask, on the others, up to its ``allowed-failures``.
    """

    scheduler: str = ""
    workers: int = 0
    patience_s: float = _PATIENCE_S
    target_s: float = TARGET_S
    clock: Clock = field(default_factory=SystemClock)

    def __call__(self, evaluator: Evaluator, variants: Sequence[Variant], missing: Sequence[Chunk]) -> Generator[Done]:
        if not missing:
            return
        from dynamic_ta.sweeps.executors.worker import Holder, work

        with self._connected() as client, _handed_out(client, Holder(evaluator, variants)) as name:
            pool = client.get_executor(pure=False)
            feed = Feed(missing, 1, evaluator.most_rows, self.target_s)
            crew = _Crew(client, feed, partial(pool.submit, work, name), self.clock, self.patience_s)
            try:
                yield from crew.run()
            except CancelledError as error:
                raise ClusterError("the Dask scheduler went away", _START) from error
            except _library().KilledWorker as error:
                raise ClusterError(
                    f"a chunk of the sweep was lost with {error.allowed_failures + 1} workers, one after the other",
                    "look at the workers' memory and logs, then give the same command again",
                ) from error

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        dask = _library()
        if not self.scheduler:
            with (
                dask.LocalCluster(
                    n_workers=self.workers or len(os.sched_getaffinity(0)),
                    threads_per_worker=1,
                    host="127.0.0.1",
                    dashboard_address=_LOOPBACK,
                    worker_dashboard_address=_LOOPBACK,
                    scheduler_kwargs={"dashboard": False},
                ) as local,
                dask.Client(local, set_as_default=False) as client,
            ):
                yield client
            return
        try:
            # Looked for first: a client of Dask's that found nobody can lock up the next one's start when collected.
            place = urlsplit(self.scheduler)
            socket.create_connection((place.hostname or "", place.port or 0), timeout=_CONNECT_S).close()
            client = dask.Client(self.scheduler, timeout=_CONNECT_S, set_as_default=False)
        except (OSError, ValueError) as error:
            said = " ".join(str(error).split()) or "timeout"
            raise ClusterError(f"no Dask scheduler answers at {self.scheduler} ({said})", _START) from error
        with client:
            yield client


class _Crew:
    """A place in the loop for each thread of the workers, also of those that come later.

    It gives up when there has been no worker for a while; Dask alone would wait for ever.
    """

    def __init__(self, client: Any, feed: Feed, submit: Submit, clock: Clock, patience_s: float) -> None:
        self._client = client
        self._submit = submit
        self._clock = clock
        self._patience_s = patience_s
        self._alive_s = self._looked_s = clock.monotonic_s()
        # One place even without a worker: what is handed out waits at the scheduler.
        self._drive = Drive({"0": submit}, feed, _AHEAD, look_s=_LOOK_S, idle=self._look)

    def run(self) -> Generator[Done]:
        self._look()
        for done in self._drive.run():
            yield done
            if self._clock.monotonic_s() - self._looked_s > _LOOK_S:
                self._look()

    def _look(self) -> None:
        self._looked_s = self._clock.monotonic_s()
        threads = _threads(self._client)
        for n in range(len(self._drive.submit), threads):
            self._drive.add(str(n), self._submit)
        if threads:
            self._alive_s = self._looked_s
        elif self._looked_s - self._alive_s > self._patience_s:
            raise ClusterError("the Dask cluster has no workers", _START)


@contextmanager
def _handed_out(client: Any, holder: Any) -> Iterator[str]:
    name = f"dynamic-sweep-{uuid4().hex[:12]}"
    client.register_plugin(holder, name=name)
    try:
        yield name
    finally:
        # A scheduler that is gone has nothing left to forget.
        if client.status == "running":
            client.unregister_worker_plugin(name)


def _threads(client: Any) -> int:
    """Return how many chunks the workers can be at."""
    return sum(worker["nthreads"] for worker in client.scheduler_info(n_workers=-1)["workers"].values())


def _library() -> Any:
    """Return Dask's library, loosely typed."""
    import distributed

    return distributed


def _make(options: Options) -> Dask:
    return Dask(options.scheduler, options.workers)


DASK = Executor("dask", "Dask workers, here or at --scheduler ADDRESS", _make)
