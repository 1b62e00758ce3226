"""bandit: faults of security in Python. It is started on its own: it parses one file at a time and needs no package.

Severity: bandit's own, but one step lower where its confidence is LOW, since it is then guessing. Tests are not looked
at: ``[tool.bandit] exclude_dirs`` says so, and bandit takes each entry for a part of a path, so that ``tests`` would
pass over ``src/x/policy_tests.py`` in silence. Each file that it was given must be in its metrics.
"""

import hashlib
import re
from pathlib import PurePosixPath

from dynamic_base import Completed
from dynamic_delivery.gates.bounded import ended_as, run_tool
from dynamic_delivery.gates.errors import OutputError
from dynamic_delivery.gates.looking import NOT_READ, Source, looked, unread, wanted, warned
from dynamic_delivery.gates.model import Finding, Gate, Place, Report, Scope, Severity
from dynamic_delivery.gates.reading import Node, document
from dynamic_delivery.gates.tools import find_tool

_OPTIONS = ("--format", "json", "--quiet")
_CONFIG = "pyproject.toml"
_LEVELS = (Severity.LOW, Severity.MEDIUM, Severity.HIGH)
_NAMES = ("LOW", "MEDIUM", "HIGH")
# Their text quotes the password, and so does the line.
_QUOTES_SECRET = {"B105", "B106", "B107"}
_HARMLESS = (re.compile(r"\[tester\] WARNING nosec encountered .*, but no failed test on "),)


def looks_at(path: str) -> bool:
    """Say whether ``path`` is Python that is neither a test nor a benchmark, whose BUILD files say skip_bandit."""
    folders = PurePosixPath(path).parts[:-1]
    return path.endswith(".py") and "tests" not in folders and "benchmarks" not in folders[:1]


def judge(scope: Scope) -> Report:
    """Look at each Python file."""
    found = find_tool("bandit", scope)
    files = wanted(scope, looks_at)
    # Where there is none, asking for it is an error.
    rules = ("--configfile", _CONFIG) if (scope.root / _CONFIG).is_file() else ()
    done = ended_as(run_tool([str(found.path), *_OPTIONS, *rules, *files], cwd=scope.root), (0, 1))
    source = Source(scope.root)
    findings, read = parse(done, source)
    said, notes = warned("bandit", done, _HARMLESS)
    return looked("bandit", [*findings, *said, *unread("bandit", files, read)], found.tool, read, notes)


def parse(done: Completed, source: Source) -> tuple[list[Finding], set[str]]:
    """Return what bandit found, and which files it read or says it could not.

    Raises
    ------
    OutputError : it is not what bandit prints, or says nothing where the exit status says no
    """
    said = document("bandit", done.stdout)
    results = [_finding(node, source) for node in said["results"].items()]
    errors = [_error(node, source) for node in said["errors"].items()]
    if bool(results) != bool(done.exit_code):
        raise OutputError(f"bandit exited {done.exit_code} with {len(results)} findings", "run it by hand")
    read = {source.path("bandit", path) for path in said["metrics"].names() if path != "_totals"}
    return results + errors, read | {each.place.path for each in errors if each.place}


def _finding(node: Node, source: Source) -> Finding:
    rule = node["test_id"].line()
    path = source.path("bandit", node["filename"].text())
    place = Place(path, node["line_number"].whole(1), node["col_offset"].whole() + 1)
    message, context = node["issue_text"].line(), source.line(path, place.line)
    if rule in _QUOTES_SECRET:
        message, context = message.partition(":")[0], hashlib.sha256(context.encode()).hexdigest()[:32]
    level = _NAMES.index(node["issue_severity"].one_of(_NAMES))
    guessed = node["issue_confidence"].one_of(_NAMES) == "LOW"
    severity = _LEVELS[max(0, level - guessed)]
    return Finding("bandit", rule, severity, message, f"see {node['more_info'].line()}", place, context=context)


def _error(node: Node, source: Source) -> Finding:
    path = source.path("bandit", node["filename"].text())
    why = node["reason"].line()
    return Finding("bandit", NOT_READ, Severity.HIGH, f"bandit could not read it: {why}", "mend the file", Place(path))


GATE = Gate("bandit", "faults of security in Python (bandit)", looks_at, judge, ("bandit",))
