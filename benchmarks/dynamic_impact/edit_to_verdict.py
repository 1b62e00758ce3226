"""From a one-line edit to its verdict: ``./dynamic run`` beside ``./pants test ::`` and Pants' own changed-since.

Run it from anywhere, with nothing installed:  python3.11 benchmarks/dynamic_impact/edit_to_verdict.py --rounds 3

It works in a clone of its own. In each round every arm gets an edit of the same line that no arm has seen before, so
no result can come out of a cache; the arms take turns, so that a drift of the machine meets all of them.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ARMS = {
    "dynamic run": ["./dynamic", "run"],
    "pants test ::": ["./pants", "test", "::"],
    "pants --changed-since": ["./pants", "--changed-since=HEAD", "--changed-dependents=transitive", "test"],
}
EDITS = (
    "kernels/rolling/sma.cl",
    "src/dynamic_ta/indicators/sma.py",
    "src/dynamic_events/query.py",
    "src/dynamic_base/errors.py",
)


@dataclass(frozen=True, slots=True)
class Call:
    """One timed command: wall time in s, its exit status, and the tests that it named."""

    seconds: float
    status: int
    tests: int


def call(argv: Sequence[str], root: Path) -> Call:
    """Run ``argv`` in ``root`` to its end."""
    start = time.monotonic()
    done = subprocess.run(argv, cwd=root, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - start
    lines = (done.stdout + done.stderr).splitlines()
    summary = {line.split(" ")[1] for line in lines if line.startswith(("✓ ", "✕ ")) and (" succeeded" in line or " failed" in line)}
    table = [line for line in done.stdout.splitlines() if line.startswith(("✓  test", "✕  test"))]
    return Call(seconds, done.returncode, len(table) if argv[0] == "./dynamic" else len(summary))


def edit(root: Path, path: str, number: int) -> None:
    """Append a comment that no run has seen."""
    mark = "//" if path.endswith(".cl") else "#"
    file = root / path
    file.write_text(f"{file.read_text(encoding='utf-8')}{mark} edit {number}\n", encoding="utf-8")


def daemon_peak_mib(root: Path) -> float:
    """Return the peak resident memory of the clone's pantsd, in MiB; NaN where the machine has no /proc."""
    for pid in root.glob(".pids/*/pantsd/pid"):
        status = Path("/proc") / pid.read_text(encoding="utf-8").strip() / "status"
        if status.exists():
            lines = dict(line.split(":", 1) for line in status.read_text(encoding="utf-8").splitlines() if ":" in line)
            return int(lines["VmHWM"].split()[0]) / 1024
    return float("nan")


def main(words: Sequence[str] | None = None) -> int:
    """Measure, and print one table and one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="edits of each file (default 3)")
    parser.add_argument("--quick", action="store_true", help="one file, one round")
    options = parser.parse_args(words)
    here = Path(__file__).resolve().parents[2]
    files, rounds = (EDITS[:1], 1) if options.quick else (EDITS, options.rounds)
    calls: dict[tuple[str, str], list[Call]] = {(path, arm): [] for path in files for arm in ARMS}
    with tempfile.TemporaryDirectory(prefix="edit-to-verdict-") as folder:
        root = Path(folder) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(here), str(root)], check=True)
        for argv in ARMS.values():
            call(argv, root)
        number = time.time_ns()
        for _ in range(rounds):
            for path in files:
                for arm, argv in ARMS.items():
                    number += 1
                    edit(root, path, number)
                    calls[path, arm].append(call(argv, root))
                    subprocess.run(["git", "checkout", "--quiet", "--", path], cwd=root, check=True)
        peak = daemon_peak_mib(root)
        for pid in root.glob(".pids/*/pantsd/pid"):
            subprocess.run(["kill", pid.read_text(encoding="utf-8").strip()], check=False)
    report(calls, files, peak)
    return max(one.status for many in calls.values() for one in many)


def report(calls: dict[tuple[str, str], list[Call]], files: Sequence[str], peak: float) -> None:
    """Print medians, and each arm's time over that of ``dynamic run`` in the same round."""
    print("| edit | command | tests | median s | x dynamic run |\n|---|---|---|---|---|")
    rows = []
    for path in files:
        ours = calls[path, "dynamic run"]
        for arm in ARMS:
            many = calls[path, arm]
            ratio = statistics.median(one.seconds / our.seconds for one, our in zip(many, ours, strict=True))
            median = statistics.median(one.seconds for one in many)
            print(f"| `{path}` | `{arm}` | {many[0].tests} | {median:.1f} | {ratio:.2f} |")
            rows.append({"edit": path, "arm": arm, "tests": many[0].tests, "seconds": [one.seconds for one in many], "ratio": ratio})
    print(f"\npantsd peak memory: {peak:.0f} MiB\n")
    print(json.dumps({"schema": "dynamic.benchmark.edit/1", "rows": rows, "pantsd_peak_mib": peak}))


if __name__ == "__main__":
    sys.exit(main())
