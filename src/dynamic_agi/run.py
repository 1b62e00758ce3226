"""Many episodes, one after the other or on several processes; the answer is the same."""

import hashlib
import multiprocessing
import signal
from collections.abc import Callable, Generator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice

from dynamic_agi.episode import Episode, Setup, run_episode
from dynamic_agi.orchestrator import Orchestrator
from dynamic_agi.tally import Tally, total

_CHUNK = 10


@dataclass(frozen=True, slots=True)
class Run:
    """What episodes ``first`` to ``first + tally.episodes - 1`` came to.

    ``digest`` is SHA-256 over the episodes' digests in their order. ``interrupted`` says that fewer ran than wanted.
    """

    first: int
    tally: Tally
    digest: str
    violations: tuple[Episode, ...]
    interrupted: bool


def simulate(
    setup: Setup,
    first: int,
    last: int,
    *,
    jobs: int = 1,
    keep_going: bool = False,
    make: type[Orchestrator] = Orchestrator,
    watch: Callable[[int], None] = lambda _: None,
) -> Run:
    """Run the episodes from ``first`` up to, not including, ``last``; stop after the first that breaks an invariant.

    Parameters
    ----------
    jobs : processes; what comes out does not depend on it
    keep_going : do not stop at a violation
    watch : told after each episode how many are done

    Notes
    -----
    An interrupt (Ctrl-C) ends the run after the last whole episode; what was done so far is returned.
    """
    tallies: list[Tally] = []
    violations: list[Episode] = []
    digest = hashlib.sha256()
    interrupted = False
    episodes = _parallel(setup, first, last, jobs, make) if jobs > 1 else _serial(setup, first, last, make)
    try:
        for episode in episodes:
            tallies.append(episode.tally)
            digest.update(bytes.fromhex(episode.digest))
            if episode.violation is not None:
                violations.append(episode)
                if not keep_going:
                    break
            watch(len(tallies))
    except KeyboardInterrupt:
        interrupted = True
    finally:
        episodes.close()
    return Run(first, total(tallies), digest.hexdigest(), tuple(violations), interrupted)


def _serial(setup: Setup, first: int, last: int, make: type[Orchestrator]) -> Generator[Episode, None, None]:
    for number in range(first, last):
        yield run_episode(setup, number, make=make)


def _chunk(setup: Setup, first: int, last: int, make: type[Orchestrator]) -> list[Episode]:
    return list(_serial(setup, first, last, make))


def _parallel(
    setup: Setup, first: int, last: int, jobs: int, make: type[Orchestrator]
) -> Generator[Episode, None, None]:
    """Keep two chunks a process under way, and hand the episodes on in their order."""
    # Spawned, not forked: the caller's progress display may have threads.
    pool = ProcessPoolExecutor(
        jobs,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=signal.signal,
        initargs=(signal.SIGINT, signal.SIG_IGN),  # Ctrl-C reaches the whole group; the parent alone acts on it
    )
    starts = iter(range(first, last, _CHUNK))
    futures: list[Future[list[Episode]]] = []
    try:
        while True:
            futures += [
                pool.submit(_chunk, setup, start, min(start + _CHUNK, last), make)
                for start in islice(starts, 2 * jobs - len(futures))
            ]
            if not futures:
                return
            yield from futures.pop(0).result()
    finally:
        pool.shutdown(cancel_futures=True)
