"""From a one-line edit to its verdict: ``./dynamic run`` beside ``./pants test ::`` and Pants' own changed-since.

Run it from anywhere, with nothing installed:  python3.11 benchmarks/dynamic_impact/edit_to_verdict.py --rounds 3

It works in a clone of its own. In each round every arm gets an edit of the same file that no arm has seen before, so
the result of what the edit breaks cannot come out of a cache; the arms take turns, so that a drift of the machine meets
all of them. What the edit does not touch may be cached, as on a developer's machine; ``--uncached`` is a fresh runner.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ARMS = {
    "dynamic run": ["./dynamic", "run"],
    "pants test ::": ["./pants", "test", "::"],
    "pants --changed-since": ["./pants", "--changed-since=HEAD", "--changed-dependents=transitive", "test"],
}
EDITS = (
    "kernels/rolling/sma.cl",
    "src/dynamic_ta/indicators/sma.py",
    "src/dynamic_engines/programs.py",
    "src/dynamic_cli/main.py",
)

RESULT = re.compile(r"^[✓✕] (?: test |.+ (?:succeeded|failed) in)")


@dataclass(frozen=True, slots=True)
class Call:
    """One timed command: wall time in s, peak resident memory in MiB, its exit status, and the tests that it named."""

    seconds: float
    peak_mib: float
    status: int
    tests: int


def call(argv: Sequence[str], root: Path) -> Call:
    """Run ``argv`` in ``root`` to its end."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
        start = time.monotonic()
        with subprocess.Popen(
            argv, cwd=root, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT
        ) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - start
        said.seek(0)
        # Pants closes with a line a test; `dynamic run` with a row a test, which has the goal in it.
        tests = {line for line in said if RESULT.match(line)}
    return Call(seconds, usage.ru_maxrss / 1024, process.returncode, len(tests))


def end_daemon(root: Path) -> None:
    """End the clone's Pants daemon, with all that it remembers."""
    for pid in root.glob(".pids/*/pantsd/pid"):
        subprocess.run(["kill", pid.read_text(encoding="utf-8").strip()], check=False)
        pid.unlink()


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
    parser.add_argument(
        "--uncached", action="store_true", help="no daemon and no result of Pants from before, as in CI"
    )
    options = parser.parse_args(words)
    here = Path(__file__).resolve().parents[2]
    files, rounds = (EDITS[:1], 1) if options.quick else (EDITS, options.rounds)
    if options.uncached:
        os.environ["PANTS_LOCAL_CACHE"] = "false"
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
                    if options.uncached:
                        end_daemon(root)
                    edit(root, path, number)
                    calls[path, arm].append(call(argv, root))
                    subprocess.run(["git", "checkout", "--quiet", "--", path], cwd=root, check=True)
        peak = daemon_peak_mib(root)
        end_daemon(root)
    report(calls, files, peak)
    return max(one.status for many in calls.values() for one in many)


def report(calls: dict[tuple[str, str], list[Call]], files: Sequence[str], peak: float) -> None:
    """Print medians, and each arm's time over that of ``dynamic run`` in the same round."""
    print("| edit | command | tests | median s | x dynamic run | peak MiB |\n|---|---|---|---|---|---|")
    rows = []
    for path in files:
        for arm in ARMS:
            many = calls[path, arm]
            ratio = statistics.median(
                one.seconds / ours.seconds for one, ours in zip(many, calls[path, "dynamic run"], strict=True)
            )
            median, memory = statistics.median(one.seconds for one in many), max(one.peak_mib for one in many)
            print(f"| `{path}` | `{arm}` | {many[0].tests} | {median:.1f} | {ratio:.2f} | {memory:.0f} |")
            rows.append({"edit": path, "arm": arm, "calls": [asdict(one) for one in many], "ratio": ratio})
    print(f"\nPeak memory of Pants' daemon: {peak:.0f} MiB\n")
    print(json.dumps({"schema": "dynamic.benchmark.edit/1", "rows": rows, "pantsd_peak_mib": peak}))


if __name__ == "__main__":
    sys.exit(main())
