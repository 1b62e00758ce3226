"""Recall and false positives of each scanner on the corpus of planted faults, alone and together, in Markdown.

Run from the repository, after ``tools/scanners``:
``PYTHONPATH=src:. python3.11 benchmarks/dynamic_delivery/gates_corpus.py``. In the rows of ``stock`` Trivy runs as its
documentation says: what the gates add is the difference.
"""

import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from dynamic_base import run
from dynamic_delivery.gates.model import Scope
from dynamic_delivery.gates.tools import Found, find_tool
from tests.dynamic_delivery.gates.corpus import SCANNERS, Case, cases, look, repository, scores, shown, told

_STOCK = (
    *("--scanners", "misconfig,secret", "--format", "json", "--quiet", "--offline-scan", "--skip-check-update"),
    *("--skip-version-check", "--disable-telemetry"),
)
_PARTS = {"Misconfigurations": ("trivy-config", "ID"), "Secrets": ("trivy-secret", "RuleID")}


def main() -> None:
    here = Scope(Path().absolute(), ())
    programs = {name: find_tool(name, here) for gate in SCANNERS for name in gate.tools}
    found = cases()
    with tempfile.TemporaryDirectory() as folder:
        root = repository(Path(folder) / "r", found)
        reports = look(root, SCANNERS, {f"tools.{name}": str(program.path) for name, program in programs.items()})
        stock = _stock(programs["trivy"], root, found)
    versions = ", ".join(f"{name} {program.tool.version}" for name, program in sorted(programs.items()))
    table = scores(told(reports, found), found, [gate.name for gate in SCANNERS])
    plain = scores(stock, found, [gate for gate, _ in _PARTS.values()])
    table |= {
        (kind, f"stock {who}"): score for (kind, who), score in plain.items() if who != "together" and score.faults
    }
    sys.stdout.write(f"{shown(dict(sorted(table.items())))}\n\n{versions}\n")


def _stock(trivy: Found, root: Path, all_cases: Sequence[Case]) -> dict[str, set[str]]:
    """Return what stock Trivy says of each case, in the words of our gates."""
    owner = {file: case.name for case in all_cases for file in case.files}
    argv = [str(trivy.path), "fs", *_STOCK, "--cache-dir", str(root.parent / "cache"), "."]
    said: dict[str, set[str]] = defaultdict(set)
    for result in json.loads(run(argv, cwd=root).checked("run it by hand").stdout)["Results"]:
        for part, (gate, key) in _PARTS.items():
            for each in result.get(part, ()):
                if name := owner.get(result["Target"]):
                    said[name].add(f"{gate}:{each[key]}")
    return said


if __name__ == "__main__":
    main()
