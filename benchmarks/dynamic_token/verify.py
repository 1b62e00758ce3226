"""Entries a second of ``token verify``, and its time over that of bare SHA-256 and JSON parsing of the same file.

Run it from the repository: PYTHONPATH=src python3.11 benchmarks/dynamic_token/verify.py

The two take turns, so that a drift of the machine meets both; the best of the rounds counts. Both are one thread that
waits for nothing, so their processor time is given too: other programs' turns are not in it.
"""

import argparse
import hashlib
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from dynamic_token import Plan, load_treasury, simulate, verify_journal


def bare(path: Path) -> int:
    """Hash and parse each line, and judge nothing: what no verifier in Python can go below."""
    count = 0
    with path.open("rb") as file:
        for line in file:
            hashlib.sha256(line).hexdigest()
            json.loads(line)
            count += 1
    return count


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds of one run, by the wall clock and of the processor."""

    wall: float
    cpu: float


def taken(work: Callable[[], object]) -> Taken:
    """Time one run of ``work``."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Taken(time.perf_counter() - wall, time.process_time() - cpu)


def summary(entries: int, ours: Sequence[Taken], theirs: Sequence[Taken]) -> dict[str, float]:
    """Return entries a second and the ratio to the bare loop, of the best rounds."""
    best = {"wall": min(run.wall for run in ours), "cpu": min(run.cpu for run in ours)}
    bare_best = {"wall": min(run.wall for run in theirs), "cpu": min(run.cpu for run in theirs)}
    rates = {f"entries_per_{clock}_s": entries / best[clock] for clock in best}
    return {**rates, **{f"{clock}_ratio": best[clock] / bare_best[clock] for clock in best}}


def main(words: Sequence[str] | None = None) -> int:
    """Measure, and print one line and one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--transfers", type=int, default=1500, help="a month, over 72 months")
    options = parser.parse_args(words)
    treasury = load_treasury()
    with tempfile.TemporaryDirectory(prefix="token-verify-") as folder:
        path = Path(folder) / "journal.jsonl"
        simulate(path, treasury, Plan(transfers=options.transfers), 72)
        entries, size = bare(path), path.stat().st_size
        ours, theirs = [], []
        for _ in range(options.rounds):
            ours.append(taken(lambda: verify_journal(path, treasury)))
            theirs.append(taken(lambda: bare(path)))
    figures = summary(entries, ours, theirs)
    print(f"{entries:,} entries, {size:,} bytes")
    for clock in ("wall", "cpu"):
        rate, ratio = figures[f"entries_per_{clock}_s"], figures[f"{clock}_ratio"]
        print(f"{clock}: {rate:,.0f} entries/s, {ratio:.2f} x the time of bare sha256 and json.loads")
    runs = {"verify": [asdict(run) for run in ours], "bare": [asdict(run) for run in theirs]}
    print(
        json.dumps({"schema": "dynamic.benchmark.token-verify/1", "entries": entries, "bytes": size, **figures, **runs})
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
