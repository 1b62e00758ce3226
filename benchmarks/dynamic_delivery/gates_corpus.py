"""Recall and false positives of each scanner on the corpus of planted faults, alone and together, in Markdown.

Run from the repository, after ``tools/scanners``:
``PYTHONPATH=src:. python3.11 benchmarks/dynamic_delivery/gates_corpus.py``.
"""

import sys
import tempfile
from pathlib import Path

from dynamic_delivery.gates.model import Scope
from dynamic_delivery.gates.tools import find_tool
from tests.dynamic_delivery.gates.corpus import SCANNERS, cases, look, repository, scores, shown, told


def main() -> None:
    here = Scope(Path().absolute(), ())
    programs = {name: find_tool(name, here) for gate in SCANNERS for name in gate.tools}
    found = cases()
    with tempfile.TemporaryDirectory() as folder:
        root = repository(Path(folder) / "r", found)
        reports = look(root, SCANNERS, {f"tools.{name}": str(program.path) for name, program in programs.items()})
    table = scores(told(reports, found), found, [gate.name for gate in SCANNERS])
    versions = ", ".join(f"{name} {program.tool.version}" for name, program in sorted(programs.items()))
    sys.stdout.write(f"{shown(table)}\n\n{versions}\n")


if __name__ == "__main__":
    main()
