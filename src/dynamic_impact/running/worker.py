"""A worker's part of a run on Dask: one call of Pants in its own checkout, and its results."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from dynamic_base import DynamicError
from dynamic_impact.git import Git
from dynamic_impact.pants import PantsProcess, find_command
from dynamic_impact.running.attempts import Rules, settle
from dynamic_impact.running.calls import Place, call_pants
from dynamic_impact.running.model import Call, Ended, not_run
from dynamic_impact.running.planfile import tree_here
from dynamic_impact.running.slots import own_daemon, slot

REPO = "DYNAMIC_REPO"

_stopped: set[str] = set()
_seen: dict[tuple[str, Path], str] = {}  # by run: the files do not change while one goes on


class WorkerPlaceError(DynamicError):
    """The worker has no such checkout, or one with other files."""


@dataclass(frozen=True, slots=True)
class Order:
    """What one worker is to do.

    Parameters
    ----------
    run : str, names the run
    repo : str, the checkout, where the worker's environment (DYNAMIC_REPO) names none
    tree : str, the git tree id that the checkout must have, or "" for any
    aside : str, a file that does not count there: the plan, where it lies in the tree
    pants : str, the Pants to start, or "" for the checkout's own
    """

    run: str
    number: int
    call: Call
    rules: Rules
    repo: str
    tree: str
    pants: str
    options: tuple[str, ...] = ()
    aside: str = ""


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells the one who ordered the run of each start and end, through the scheduler (the port of `Watcher`)."""

    tell: Callable[[dict[str, object]], None]

    def started(self, what: str) -> None:
        self.tell({"started": what})

    def ended(self, subject: str, *, passed: bool, output: str) -> None:
        self.tell({"ended": subject, "passed": passed, "output": output})


def distributed() -> Any:
    """Return Dask's library, loosely typed: half a second to load, which no other command is to wait for."""
    import distributed as library

    return library


def topic(run: str) -> str:
    """Return what the messages of a run are filed under."""
    return f"dynamic-{run}"


def stop(run: str) -> None:
    """End what this worker does for ``run``, and start no more of it."""
    _stopped.add(run)


def work(order: Order) -> Ended:
    """Do what ``order`` says and return what came of it; a fault of the place is an ``error`` in it."""
    me = distributed().get_worker()
    try:
        build_root = _checkout(order)
        with slot(build_root) as number:
            place = Place(
                build_root,
                PantsProcess(find_command(build_root, order.pants)),
                Teller(partial(me.log_event, topic(order.run))),
                (*order.options, *own_daemon(number)),
                stop=lambda: order.run in _stopped,
                slot=number,
            )
            if place.stop():
                return Ended(not_run(order.call, "stopped"))
            ended = settle(order.call, partial(call_pants, place=place), order.rules)
    except DynamicError as error:
        return Ended(not_run(order.call), error=_portable(error, str(me.name)))
    results = tuple(replace(result, worker=str(me.name)) for result in ended.results)
    return replace(ended, results=results, error=_portable(ended.error, str(me.name)) if ended.error else None)


def _checkout(order: Order) -> Path:
    build_root = Path(os.environ.get(REPO) or order.repo)
    if not (build_root / "pants.toml").is_file():
        raise WorkerPlaceError(
            f"no Pants repository at {build_root}", f"clone it there, or start the worker with {REPO}=PATH"
        )
    if order.tree:
        key = (order.run, build_root)
        tree = _seen.get(key)
        if tree is None:
            tree = _seen[key] = tree_here(Git(build_root), order.tree, order.aside)
        if tree != order.tree:
            raise WorkerPlaceError(
                f"{build_root} has the files of tree {tree[:12]}, and the run is for {order.tree[:12]}",
                "check out the same commit without edits there, or add --any-tree",
            )
    return build_root


def _portable(error: DynamicError, worker: str) -> DynamicError:
    """Return ``error`` as one that travels between machines, with the worker's name."""
    return WorkerPlaceError(f"worker {worker}: {error.message}", error.hint)
