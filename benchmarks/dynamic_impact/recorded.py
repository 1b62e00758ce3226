"""Makes ``recorded.json`` out of what Pants' ``durations`` plugin recorded here, for `scheduling`.

    ./pants peek :: >/tmp/peek.json
    PYTHONPATH=src python benchmarks/dynamic_impact/recorded.py /tmp/peek.json "a machine of 2 cores"

A test's seconds are the median of its passed real runs; tests that never ran here, or no longer exist, are left out.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from dynamic_impact.graph import build_graph, targets_from_peek, targets_of
from dynamic_impact.planning.environments import environments
from dynamic_impact.planning.machine import machine_class
from dynamic_impact.planning.recorded import read_setups

OUT = Path(__file__).with_name("recorded.json")


def seconds_by_address(folder: Path) -> tuple[dict[str, float], float]:
    """Return the median seconds of each test on record, and when the last of them began (Unix time)."""
    found: dict[str, list[float]] = defaultdict(list)
    last = 0.0
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            process = json.loads(line)
            if process["source"] == "Ran" and process["exit_code"] == 0:
                for address in process["addresses"]:
                    found[address].append(process["duration_s"] / len(process["addresses"]))
                    last = max(last, process["start_s"])
    return {address: round(median(each), 3) for address, each in found.items()}, last


def main(words: Sequence[str] | None = None) -> int:
    """Write the file."""
    peek, host = sys.argv[1:] if words is None else words
    root = Path(__file__).resolve().parents[2]
    graph = build_graph(targets_from_peek(json.loads(Path(peek).read_text(encoding="utf-8"))))
    seconds, last = seconds_by_address(root / ".dynamic" / "durations")
    tests = sorted(address for address, target in targets_of(graph).items() if target.is_test and address in seconds)
    setups = read_setups(root)
    of = environments(graph, tests)
    kinds = sorted({of[test].key: of[test] for test in tests if test in of}.values(), key=lambda each: each.key)
    number = {each.key: place for place, each in enumerate(kinds)}
    document = {
        "source": "this project's own tests, recorded by tools/pants_plugins/durations",
        "recorded_on": f"{datetime.fromtimestamp(last, UTC):%Y-%m-%d}",
        "host": f"{host} ({machine_class()})",
        "lock": {"seconds": setups.lock("3rdparty/python/default.lock").p50_s},
        "environments": [
            {"packages": sorted(each.packages), "seconds": round(setups.extraction(each.packages).p50_s, 3)}
            for each in kinds
        ],
        "tests": [
            {"address": test, "seconds": seconds[test], "environment": number[of[test].key]}
            for test in tests
            if test in of
        ],
    }
    OUT.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print(f"{len(document['tests'])} tests in {len(kinds)} environments")
    return 0


if __name__ == "__main__":
    sys.exit(main())
