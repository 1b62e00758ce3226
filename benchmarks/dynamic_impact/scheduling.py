"""Makespan over its lower bound: this project's shards beside hash sharding, contiguous chunks and longest-first.

    PYTHONPATH=src python benchmarks/dynamic_impact/scheduling.py            # all, about two minutes
    PYTHONPATH=src python benchmarks/dynamic_impact/scheduling.py --quick    # seconds

Durations are those that this project recorded of its own tests (``recorded.json``: when and where), and synthetic ones
with heavy tails. Each test needs an environment, and each environment the lock; a shard pays once for each that it
needs. All ways are measured by the same sum, against the same bound. ``hash`` is what Pants does:
``crc32(address) % shards``; ``chunks`` cuts the list in equal counts; ``LPT`` gives the longest test to the shard with
least to do, and knows nothing of setups. A case is "one long test" where the bound is that test and its setup.
"""

import argparse
import heapq
import json
import sys
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dynamic_impact.planning.bounds import shard_bound_s
from dynamic_impact.planning.model import SETUP, Estimate, Node, Runners
from dynamic_impact.planning.pieces import Pieces
from dynamic_impact.planning.planner import Planner
from dynamic_impact.planning.shards import part

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

GOAL = 1.03
SEED = 20_261_124
RECORDED = Path(__file__).with_name("recorded.json")


@dataclass(frozen=True, slots=True)
class Row:
    """One case: ratios of the longest shard to the lower bound."""

    durations: str
    tests: int
    shards: int
    setups: bool
    one_long_test: bool
    ours: float
    lpt: float
    chunks: float
    hash: float
    seconds: float


def by_hash(names: Sequence[str], work: Pieces, shards: int) -> I64:
    """Return Pants' shards."""
    del work
    return np.array([zlib.crc32(name.encode()) % shards for name in names], dtype=np.int64)


def by_chunks(names: Sequence[str], work: Pieces, shards: int) -> I64:
    """Return runs of equal counts, in order of address."""
    del work
    shard_of = np.empty(len(names), dtype=np.int64)
    shard_of[np.argsort(np.array(names), kind="stable")] = np.arange(len(names)) * shards // len(names)
    return shard_of


def by_longest(names: Sequence[str], work: Pieces, shards: int) -> I64:
    """Return longest processing time first, setups not known."""
    del names
    loads = [(0.0, shard) for shard in range(shards)]
    shard_of = np.empty(len(work.seconds), dtype=np.int64)
    for test in np.argsort(-work.seconds, kind="stable"):
        load, shard = heapq.heappop(loads)
        shard_of[test] = shard
        heapq.heappush(loads, (load + float(work.seconds[test]), shard))
    return shard_of


PEERS: dict[str, Callable[[Sequence[str], Pieces, int], I64]] = {
    "lpt": by_longest,
    "chunks": by_chunks,
    "hash": by_hash,
}


def measure(label: str, names: Sequence[str], work: Pieces, shards: int, *, setups: bool) -> Row:
    """Part ``work`` in every way and return the ratios."""
    start = time.perf_counter()
    ours = part(work, shards)
    seconds = time.perf_counter() - start
    bound = shard_bound_s(work, shards)
    longest = max(float(work.seconds[work.kind == kind].max()) + work.cost(kind) for kind in work.used())
    ratio = {name: float(work.loads(peer(names, work, shards), shards).max()) / bound for name, peer in PEERS.items()}
    return Row(
        durations=label,
        tests=len(names),
        shards=shards,
        setups=setups,
        one_long_test=longest >= bound * (1 - 1e-9),
        ours=float(work.loads(ours, shards).max()) / bound,
        **ratio,
        seconds=seconds,
    )


def recorded() -> tuple[list[str], Pieces, Pieces]:
    """Return this project's own tests: their addresses, with their setups and without."""
    document = json.loads(RECORDED.read_text(encoding="utf-8"))
    names = [test["address"] for test in document["tests"]]
    seconds = np.array([test["seconds"] for test in document["tests"]])
    kind = np.array([test["environment"] for test in document["tests"]], dtype=np.int64)
    environments = document["environments"]
    setup_s = np.array([*(each["seconds"] for each in environments), document["lock"]["seconds"]])
    setups = tuple((each, len(environments)) for each in range(len(environments)))
    return names, Pieces(seconds, kind, setups, setup_s), bare(seconds)


def bare(seconds: F64) -> Pieces:
    """Return tests that need no setup."""
    return Pieces(seconds, np.zeros(len(seconds), dtype=np.int64), ((),), np.zeros(0))


def synthetic(tail: str, count: int, rng: np.random.Generator) -> tuple[list[str], Pieces, Pieces]:
    """Return ``count`` tests with a heavy tail: sigma 1.5 in the log, or Pareto's alpha 1.5; with 20 environments."""
    seconds = rng.lognormal(0.0, 1.5, count) if tail == "lognormal" else rng.pareto(1.5, count) + 0.05
    weights = 1 / np.arange(1, 21)
    kind = rng.choice(20, count, p=weights / weights.sum())
    # An environment takes as long as one to two average tests, the lock as long as twenty.
    setup_s = np.append(rng.uniform(1, 2, 20), 20.0) * seconds.mean()
    names = [f"src/p{number % 97:02}/test_{number:06}.py:tests" for number in range(count)]
    return names, Pieces(seconds, kind, tuple((each, 20) for each in range(20)), setup_s), bare(seconds)


def cases(*, quick: bool) -> list[Row]:
    """Measure every case."""
    rng = np.random.default_rng(SEED)
    rows = []
    names, with_setups, without = recorded()
    for shards in (2, 3, 4, 8) if not quick else (4,):
        rows.append(measure("recorded", names, with_setups, shards, setups=True))
        rows.append(measure("recorded", names, without, shards, setups=False))
    for tail in ("lognormal", "pareto"):
        for count in (100, 1_000, 10_000, 100_000) if not quick else (100, 1_000):
            names, with_setups, without = synthetic(tail, count, rng)
            for shards in (4, 16, 64, 256):
                if shards * 5 <= count:
                    rows.append(measure(tail, names, with_setups, shards, setups=True))
                    rows.append(measure(tail, names, without, shards, setups=False))
    return rows


def tasks(names: Sequence[str], work: Pieces) -> tuple[Node, ...]:
    """Return tests with their environments and the lock, which is the last setup, as the planner takes them."""

    def setup(number: int, needs: tuple[str, ...]) -> Node:
        return Node(f"{SETUP}:{number}", SETUP, str(number), (), needs, estimate(float(work.setup_s[number])))

    def estimate(seconds: float) -> Estimate:
        return Estimate(seconds, seconds * 1.5, "history")

    lock = setup(len(work.setup_s) - 1, ())
    setups = [setup(number, (lock.id,)) for number in range(len(work.setup_s) - 1)]
    tests = (
        Node(f"test:{name}", "test", name, (name,), (setups[kind].id,), estimate(seconds))
        for name, kind, seconds in zip(names, work.kind.tolist(), work.seconds.tolist(), strict=True)
    )
    return (lock, *setups, *tests)


def planning(count: int, shards: int, workers: int, rounds: int) -> list[tuple[float, float]]:
    """Return (wall, processor) seconds of each planning of ``count`` tests, the shortest wall first.

    That is everything after the tasks: DAG, ranks, order, shards, bound, P50 and P95.
    """
    _, work, _ = synthetic("lognormal", count, np.random.default_rng(SEED))
    nodes = tasks([f"src/test_{number}.py" for number in range(count)], work)
    found = []
    for _ in range(rounds):
        wall, processor = time.perf_counter(), time.process_time()
        Planner(nodes, Runners(workers=workers)).plan(shards)
        found.append((time.perf_counter() - wall, time.process_time() - processor))
    return sorted(found)


def side_by_side(*, quick: bool) -> list[tuple[str, int, int, float, bool]]:
    """Return (durations, shards, workers, ratio, set by one long chain) of whole plans with several workers a shard."""
    names, work, _ = recorded()
    sets = {"recorded": (names, work)}
    if not quick:
        sets["pareto 1000"] = synthetic("pareto", 1_000, np.random.default_rng(SEED))[:2]
    found = []
    for label, (addresses, pieces) in sets.items():
        nodes = tasks(addresses, pieces)
        for shards, workers in ((1, 2), (2, 2), (4, 2), (2, 4)):
            plan = Planner(nodes, Runners(workers=workers)).plan(shards)
            chain = plan.rank[plan.critical_path[0]]
            found.append((label, shards, workers, plan.ratio, chain >= plan.bound_s * (1 - 1e-9)))
    return found


def over_goal(rows: Sequence[Row]) -> list[Row]:
    """Return the cases beyond 3 % that no single long test excuses."""
    return [row for row in rows if row.ours > GOAL and not row.one_long_test]


def main(words: Sequence[str] | None = None) -> int:
    """Measure, and print tables and one JSON line. Exit code 1: a case of either table is over the goal."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small cases only")
    options = parser.parse_args(words)
    rows = cases(quick=options.quick)
    print("| durations | tests | shards | setups | set by one long test | ours | LPT | chunks | hash | s |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for row in rows:
        long, setups = ("yes" if row.one_long_test else ""), ("yes" if row.setups else "")
        ratios = " | ".join(f"{each:.3f}" for each in (row.ours, row.lpt, row.chunks, row.hash))
        print(f"| {row.durations} | {row.tests} | {row.shards} | {setups} | {long} | {ratios} | {row.seconds:.3f} |")
    several = side_by_side(quick=options.quick)
    print("\n| durations | shards | workers of each | set by one long chain | ours |\n|---|---|---|---|---|")
    for label, shards, workers, ratio, long_chain in several:
        print(f"| {label} | {shards} | {workers} | {'yes' if long_chain else ''} | {ratio:.3f} |")
    count = 10_000 if options.quick else 100_000
    planned = {
        f"{shards} shards, {workers} workers each": planning(count, shards, workers, 2 if options.quick else 7)
        for shards, workers in ((16, 1), (64, 1), (16, 4))
    }
    rounds = len(next(iter(planned.values())))
    print(f"\n| planning {count} tests, best of {rounds} | wall s | processor s |\n|---|---|---|")
    for label, times in planned.items():
        print(f"| {label} | {times[0][0]:.2f} | {min(processor for _, processor in times):.2f} |")
    document = {"rows": [asdict(row) for row in rows], "side_by_side": several, "planning_s": planned}
    print(json.dumps({"schema": "dynamic.benchmark.scheduling/1", **document}))
    return 1 if over_goal(rows) or any(ratio > GOAL and not chain for *_, ratio, chain in several) else 0


if __name__ == "__main__":
    sys.exit(main())
