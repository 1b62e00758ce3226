"""How long a person waits: ``impact select`` beside Pants' own changed-since, and an edit's verdict with ``--verdict``.

Run it from anywhere, with nothing installed:  python3.11 benchmarks/dynamic_impact/latency.py --rounds 3

It works in a clone of its own. In each round every state is made anew for each command, which take turns, so that a
drift of the machine meets all of them, and none profits from another's edit:

cold   no daemon of Pants runs, and no graph is kept (Pants' cache on disk stays, as on a developer's machine)
same   the same tree again
edit   a line was added to a file since; each command gets an edit that nothing has seen before
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

_CHANGED = ["./pants", "--changed-since=HEAD", "--changed-dependents=transitive"]
SELECT = {"impact select": ["./dynamic", "impact", "select", "--json"], "pants list": [*_CHANGED, "list"]}
VERDICT = {"dynamic run": ["./dynamic", "run"], "pants test": [*_CHANGED, "test"]}
EDITS = ("kernels/rolling/sma.cl", "src/dynamic_impact/render.py", "src/dynamic_base/clock.py")


@dataclass(frozen=True, slots=True)
class Call:
    """One timed command: wall time in s, its exit status, how many lines it printed, and where it had its graphs."""

    seconds: float
    status: int
    lines: int
    graphs: str


def call(argv: Sequence[str], root: Path) -> Call:
    """Run ``argv`` in ``root`` to its end."""
    start = time.monotonic()
    done = subprocess.run(argv, cwd=root, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    seconds = time.monotonic() - start
    graphs = ""
    if "--json" in argv and done.stdout:
        graphs = json.loads(done.stdout)["timing"].get("graphs", {}).get("head", "")
    return Call(seconds, done.returncode, done.stdout.count(b"\n"), graphs)


def end_daemon(root: Path) -> None:
    """End the clone's Pants daemon, with all that it remembers."""
    for pid in root.glob(".pids/*/pantsd/pid"):
        subprocess.run(["kill", pid.read_text(encoding="utf-8").strip()], check=False)
        pid.unlink()


def forget(root: Path) -> None:
    """Take away the daemon and every kept graph."""
    end_daemon(root)
    shutil.rmtree(root / ".dynamic" / "impact" / "graphs", ignore_errors=True)


def edit(root: Path, path: str) -> None:
    """Append a comment that no run has seen."""
    mark = "//" if path.endswith(".cl") else "#"
    file = root / path
    file.write_text(f"{file.read_text(encoding='utf-8')}{mark} edit {time.time_ns()}\n", encoding="utf-8")


def measure(root: Path, rounds: int, edits: Sequence[str], *, verdict: bool) -> dict[tuple[str, str], list[Call]]:
    """Return the calls of each command in each state."""
    calls: dict[tuple[str, str], list[Call]] = {}

    def note(state: str, arm: str, argv: Sequence[str]) -> None:
        calls.setdefault((state, arm), []).append(call(argv, root))
        one = calls[state, arm][-1]
        print(f"{state}, {arm}: {one.seconds:.2f} s, exit {one.status}", file=sys.stderr)

    for _ in range(rounds):
        for arm, argv in SELECT.items():
            forget(root)
            note("cold", arm, argv)
        for argv in SELECT.values():
            call(argv, root)
        for arm, argv in SELECT.items():
            note("same", arm, argv)
        for path in edits:
            for arm, argv in {**SELECT, **(VERDICT if verdict else {})}.items():
                edit(root, path)
                note(f"edit of {path}", arm, argv)
                subprocess.run(["git", "checkout", "--quiet", "--", path], cwd=root, check=True)
    return calls


def main(words: Sequence[str] | None = None) -> int:
    """Measure, and print one table and one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="how often (default 3)")
    parser.add_argument("--quick", action="store_true", help="one file, one round")
    parser.add_argument("--verdict", action="store_true", help="also run the tests that an edit can break, by both")
    options = parser.parse_args(words)
    here = Path(__file__).resolve().parents[2]
    edits, rounds = (EDITS[:1], 1) if options.quick else (EDITS, options.rounds)
    with tempfile.TemporaryDirectory(prefix="latency-") as folder:
        root = Path(folder) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(here), str(root)], check=True)
        try:
            calls = measure(root, rounds, edits, verdict=options.verdict)
        finally:
            end_daemon(root)
    report(calls)
    return max(one.status for many in calls.values() for one in many)


def report(calls: dict[tuple[str, str], list[Call]]) -> None:
    """Print medians, and each command's time over that of its peer in the same round; none where a call failed."""
    print("| state | command | graph | median s | x pants |\n|---|---|---|---|---|")
    rows = []
    for (state, arm), many in calls.items():
        peer = calls[state, "pants test" if arm in VERDICT else "pants list"]
        ratio = statistics.median(one.seconds / other.seconds for one, other in zip(many, peer, strict=True))
        median = statistics.median(one.seconds for one in many)
        figures = f"{median:.2f} | {ratio:.2f}" if not any(one.status for one in (*many, *peer)) else "a call failed |"
        print(f"| {state} | `{arm}` | {many[0].graphs} | {figures} |")
        rows.append({"state": state, "arm": arm, "calls": [asdict(one) for one in many], "ratio": ratio})
    print("\n" + json.dumps({"schema": "dynamic.benchmark.latency/1", "rows": rows}))


if __name__ == "__main__":
    sys.exit(main())
