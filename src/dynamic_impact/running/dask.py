"""Runs calls of Pants on Dask's workers, and loses or doubles no result when one of them goes."""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from dynamic_base import Clock, DynamicError
from dynamic_impact.running.attempts import Rules
from dynamic_impact.running.chunks import chunks
from dynamic_impact.running.model import Call, Ended, Outcome, Result, Watcher, not_run
from dynamic_impact.running.process import Interrupts
from dynamic_impact.running.worker import Order, distributed, stop, topic, work

_CONNECT_S = 10.0
_LOOK_S = 0.2
LOOPBACK = "127.0.0.1:0"
_GONE = "the Dask scheduler went away"
_START = "start one with './dynamic impact worker', and name the address that it prints"
_PACKAGES = ("python", "dask", "distributed", "cloudpickle")


class ClusterError(DynamicError):
    """The cluster cannot be reached, or cannot do the work."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Which workers to use.

    Parameters
    ----------
    scheduler : str, e.g. ``tcp://host:8786``; "" starts workers in this process, which listen to no network
    workers : int, how many of those
    resources : what each of those has
    patience_s : float, s, how long to wait for a worker, or for one with the needed resources
    """

    scheduler: str
    workers: int
    resources: Mapping[str, float]
    patience_s: float


@dataclass(slots=True)
class _Run:
    """One run on a connected cluster."""

    client: Any
    orders: dict[str, Order]
    clock: Clock
    watcher: Watcher
    cluster: Cluster
    name: str
    results: dict[str, tuple[Result, ...]] = field(default_factory=dict)
    futures: dict[str, Any] = field(default_factory=dict)
    error: DynamicError | None = None
    quiet_since: float = 0.0
    news: threading.Event = field(default_factory=threading.Event)

    def submit(self, order: Order, attempt: int = 1) -> None:
        """Hand one order to the scheduler; what comes first in the plan has the higher priority."""
        key = f"{topic(self.name)}-{order.number}-{attempt}"
        self.orders[key] = order
        future = self.client.submit(
            work, order, key=key, priority=-order.number, resources=dict(order.call.resources) or None, pure=False
        )
        future.add_done_callback(lambda _: self.news.set())
        self.futures[key] = future

    def take(self, key: str) -> None:
        """Keep what came of one order, once, and let it go: a result that is held is made anew when its worker dies."""
        future = self.futures.pop(key)
        order = self.orders[key]
        if future.status == "finished":
            ended = future.result()
            self.results[key] = ended.results
            self.error = self.error or ended.error
        elif future.status != "error":  # nobody here cancelled it
            self.results[key] = not_run(order.call, "the scheduler is gone")
            self.error = self.error or ClusterError(_GONE, _START)
        else:
            self._failed(key, order, future.exception())
        future.release()

    def drop(self, why: str) -> None:
        """Give up what has not ended."""
        for key in list(self.futures):
            self.futures.pop(key).cancel()
            self.results[key] = not_run(self.orders[key].call, why)

    def _failed(self, key: str, order: Order, cause: BaseException | None) -> None:
        """Tell an order that kills workers from one that was only beside it: each of its targets gets one more chance.

        Dask blames every order that a lost worker had, also those that it had not begun.
        """
        if not isinstance(cause, distributed().KilledWorker):
            name = type(cause).__name__
            self.error = self.error or ClusterError(
                f"a worker could not do its part ({name}: {cause})",
                "start the workers from the same version of this repository, with './dynamic impact worker'",
            )
            self.results[key] = not_run(order.call, "the worker failed")
        elif key.endswith("-1"):
            self.results[key] = ()
            for attempt, address in enumerate(order.call.addresses, 2):
                self.submit(replace(order, call=replace(order.call, addresses=(address,))), attempt)
        else:
            self.results[key] = not_run(order.call, f"{cause.allowed_failures + 1} workers died while they ran it")


def execute_on(
    cluster: Cluster,
    calls: Sequence[Call],
    order: Order,
    seconds: Mapping[str, float],
    watcher: Watcher,
    clock: Clock,
    note: Callable[[str], None],
) -> Ended:
    """Run ``calls`` on ``cluster`` and return what came of each subject.

    Parameters
    ----------
    order : what is the same for all calls; its ``call``, ``number`` and ``run`` are filled in
    seconds : s, expected of each address

    Raises
    ------
    ClusterError : no scheduler answers; nothing was run
    """
    run = uuid4().hex[:12]
    with _connected(cluster) as client, Interrupts() as interrupts:
        _compare_versions(client, note)
        threads = sum(_workers(client).values()) or cluster.workers
        pieces = chunks(calls, seconds, threads)
        note(f"{len(pieces)} calls of Pants for {threads} worker{'s' if threads != 1 else ''}")
        going = _Run(client, {}, clock, watcher, cluster, run, quiet_since=clock.monotonic_s())
        client.subscribe_topic(topic(run), lambda event: _hear(event, watcher))
        try:
            for number, call in enumerate(pieces):
                going.submit(replace(order, run=run, number=number, call=call))
            _follow(going, order.rules, interrupts)
            client.unsubscribe_topic(topic(run))
        except OSError:
            going.error = going.error or ClusterError(_GONE, _START)
        finally:
            going.drop("stopped")
    results = tuple(result for key in sorted(going.results, key=_place_of) for result in going.results[key])
    return Ended(results, going.error, interrupted=interrupts.count > 0)


def _follow(run: _Run, rules: Rules, interrupts: Interrupts) -> None:
    """Take results as they come until there are no more, or no more can come."""
    stopping = False
    while run.futures:
        ended = _ended(run)
        for key in ended:
            run.take(key)
            run.quiet_since = run.clock.monotonic_s()
        broken = rules.fail_fast and any(r.outcome is Outcome.FAILED for known in run.results.values() for r in known)
        if not stopping and (broken or run.error is not None or interrupts.count):
            stopping = True
            run.client.run(stop, run.name, on_error="ignore")
        elif stopping and not ended:
            _cancel_waiting(run)
        if interrupts.count > 1:
            run.drop("interrupted")
        elif run.clock.monotonic_s() - run.quiet_since > run.cluster.patience_s:
            _give_up(run)


def _ended(run: _Run) -> list[str]:
    run.news.wait(_LOOK_S)
    run.news.clear()
    return [key for key, future in run.futures.items() if future.done()]


def _cancel_waiting(run: _Run) -> None:
    """Cancel what no worker has: those that have some end it soon by themselves, and tell what came of it."""
    held = {key for keys in run.client.processing().values() for key in keys}
    waiting = [key for key in run.futures if key not in held]
    run.news.wait(_LOOK_S)  # what has just ended is on its way
    for key in [key for key in waiting if not run.futures[key].done()]:
        run.futures.pop(key).cancel()
        run.results[key] = not_run(run.orders[key].call, "stopped")


def _give_up(run: _Run) -> None:
    """Nothing came for a while: give up what no worker that is there can ever do."""
    run.quiet_since = run.clock.monotonic_s()
    workers = run.client.scheduler_info(n_workers=-1)["workers"].values()
    if not workers:
        run.error = run.error or ClusterError(
            "the cluster has no workers", "start some with './dynamic impact worker --scheduler ADDRESS'"
        )
        run.drop("no workers")
        return
    for key, order in [(key, run.orders[key]) for key in run.futures]:
        lacking = [
            name
            for name, amount in order.call.resources.items()
            if not any(worker.get("resources", {}).get(name, 0) >= amount for worker in workers)
        ]
        if lacking:
            run.futures.pop(key).cancel()
            run.results[key] = not_run(order.call, f"no worker has {lacking[0]}")


def _hear(event: tuple[float, Any], watcher: Watcher) -> None:
    message = event[1]
    if "started" in message:
        watcher.started(message["started"])
    elif "ended" in message:
        watcher.ended(message["ended"], passed=message["passed"], output=message["output"])


@contextmanager
def _connected(cluster: Cluster) -> Iterator[Any]:
    dask = distributed()
    if not cluster.scheduler:
        # Threads: each only waits for a Pants of its own, and they talk without a network. Dask's HTTP server cannot be
        # left out, and would be everybody's to reach: it is bound to this machine alone, without the dashboard.
        with (
            dask.LocalCluster(
                n_workers=cluster.workers,
                threads_per_worker=1,
                processes=False,
                dashboard_address=LOOPBACK,
                worker_dashboard_address=LOOPBACK,
                scheduler_kwargs={"dashboard": False},
                resources=dict(cluster.resources),
            ) as local,
            dask.Client(local, set_as_default=False) as client,
        ):
            yield client
        return
    try:
        # Dask's client that found nobody is a danger when it is collected: it can lock up the next one's start.
        place = urlsplit(cluster.scheduler)
        socket.create_connection((place.hostname or "", place.port or 0), timeout=_CONNECT_S).close()
        client = dask.Client(cluster.scheduler, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ClusterError(
            f"no Dask scheduler answers at {cluster.scheduler} ({' '.join(str(error).split()) or 'timeout'})",
            _START,
        ) from error
    with client:
        yield client


def _workers(client: Any) -> dict[str, int]:
    return {address: worker["nthreads"] for address, worker in client.scheduler_info(n_workers=-1)["workers"].items()}


def _compare_versions(client: Any, note: Callable[[str], None]) -> None:
    """Say which workers have other versions than this program: what they say back may not be understood."""
    versions = client.get_versions(check=False)
    mine = versions["client"]["packages"]
    for address, theirs in versions["workers"].items():
        other = [f"{p} {theirs['packages'].get(p)}" for p in _PACKAGES if theirs["packages"].get(p) != mine.get(p)]
        if other:
            note(f"[yellow]worker {address} has other versions[/] ({', '.join(other)})")


def _place_of(key: str) -> tuple[int, int]:
    _, number, attempt = key.rsplit("-", 2)
    return int(number), int(attempt)
