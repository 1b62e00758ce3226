"""``ruff``: the linter's findings in what the change affects."""

import json
from typing import Any

from dynamic_delivery.gates.bounded import ended_as, run_tool
from dynamic_delivery.gates.errors import OutputError
from dynamic_delivery.gates.model import Finding, Gate, Outcome, Place, Report, Scope, Severity
from dynamic_delivery.gates.tools import find_tool


def looks_at(path: str) -> bool:
    """Say whether the linter reads ``path``."""
    return path.endswith((".py", ".pyi"))


def judge(scope: Scope) -> Report:
    """Lint the Python files of ``scope``."""
    files = tuple(path for path in scope.files if looks_at(path))
    found = find_tool("ruff", scope)
    words = ("check", "--no-cache", "--output-format=json", "--exit-zero", "--force-exclude")
    done = ended_as(run_tool([str(found.path), *words, "--", *files], cwd=scope.root), {0})
    try:
        findings = tuple(_finding(scope, row) for row in json.loads(done.stdout))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise OutputError(f"ruff printed something else than its JSON ({error})", "run it by hand") from error
    return Report("ruff", Outcome.FAILED if findings else Outcome.PASSED, findings, tool=found.tool, read=files)


def _finding(scope: Scope, row: dict[str, Any]) -> Finding:
    path = row["filename"].removeprefix(f"{scope.root}/")
    line = int(row["location"]["row"])
    text = (scope.root / path).read_text(encoding="utf-8", errors="replace").splitlines()
    return Finding(
        "ruff",
        row["code"] or "syntax",
        Severity.MEDIUM,
        row["message"],
        (row.get("fix") or {}).get("message") or f"see {row.get('url') or 'the message'}",
        Place(path, line, int(row["location"]["column"])),
        context=text[line - 1].strip() if line <= len(text) else "",
    )


GATE = Gate("ruff", "the linter's findings", looks_at, judge, ("ruff",))
