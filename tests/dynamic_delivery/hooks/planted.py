"""``./dynamic`` of a test's repository: the real commands, with one gate that takes the word BAD for a finding."""

import sys
from pathlib import Path

from dynamic_base import run
from dynamic_cli.main import main
from dynamic_delivery.gates import table
from dynamic_delivery.gates.errors import ToolError
from dynamic_delivery.gates.model import Finding, Gate, Outcome, Place, Report, Scope, Severity


def look(scope: Scope) -> Report:
    """Find BAD in the files, say what git thinks of the place, and be undecided over UNCLEAR."""
    texts = {path: (scope.root / path).read_text(encoding="utf-8") for path in scope.files}
    if any("UNCLEAR" in text for text in texts.values()):
        raise ToolError("the planted program is missing", "plant it")
    found = tuple(
        Finding("ruff", "BAD", Severity.HIGH, "a bad word", "take it out", Place(path, number), context=line)
        for path, text in texts.items()
        for number, line in enumerate(text.splitlines(), 1)
        if "BAD" in line
    )
    top = run(["git", "rev-parse", "--show-toplevel"], cwd=scope.root).stdout.decode().strip()
    status = run(["git", "diff", "--name-only", "HEAD"], cwd=scope.root).stdout.decode().split()
    notes = (
        f"top {Path(top) == scope.root.resolve()}",
        f"differs {' '.join(status)}",
        f"files {' '.join(scope.files)}",
    )
    return Report("ruff", Outcome.FAILED if found else Outcome.PASSED, found, read=scope.files, notes=notes)


GATES = (Gate("ruff", "bad words", lambda path: path.endswith(".txt"), look),)

if __name__ == "__main__":
    table.GATES = GATES
    sys.exit(main(sys.argv[1:]))
