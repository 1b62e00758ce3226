"""ruff: lint and format. It is started on its own: it reads one file at a time and its configuration, and no package.

Severity: a file that is no Python is HIGH; what is likely a fault in behaviour (pyflakes, bugbear, blind except,
shadowed built-ins, pylint's errors) is MEDIUM; style, imports and format are LOW.
"""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from dynamic_base import Completed
from dynamic_delivery.gates.bounded import ended_as, run_tool
from dynamic_delivery.gates.errors import OutputError
from dynamic_delivery.gates.looking import Source, looked, unread, wanted, warned
from dynamic_delivery.gates.model import Finding, Gate, Place, Report, Scope, Severity
from dynamic_delivery.gates.reading import Node, document
from dynamic_delivery.gates.tools import find_tool

# What would move the output or the configuration away from the repository's.
_ENV: Mapping[str, str | None] = {"RUFF_OUTPUT_FORMAT": None, "RUFF_OUTPUT_FILE": None, "RUFF_CONFIG": None}
_PLAIN = ("--no-cache", "--color", "never")
# With `fix-only` it would mend the files, tell nothing and exit 0. With `force-exclude` it would pass over in silence
# what it is given: `exclude` of lint or format is not even seen in `--show-files`.
_CHECK = ("check", "--no-fix", "--no-fix-only", "--no-force-exclude")
_FORMAT = ("format", "--check", "--no-force-exclude")
_SYNTAX = "invalid-syntax"
_FAULTS = ("F", "B", "BLE", "A", "PLE", "ASYNC", "S")


def looks_at(path: str) -> bool:
    """Say whether ruff is for ``path``: Python, and the BUILD files, which are written in it and only formatted."""
    return _is_python(path) or _is_build(path)


def judge(scope: Scope) -> Report:
    """Lint the Python files, and ask of each file whether ``ruff format`` would leave it as it is."""
    found = find_tool("ruff", scope)
    source = Source(scope.root)
    both = wanted(scope, looks_at)
    python = [path for path in both if _is_python(path)]
    # Without a configuration of the repository's, one from above it or from a person's home would be taken.
    plain = _PLAIN if _has_configuration(scope.root) else (*_PLAIN, "--isolated")
    findings, notes = list[Finding](), list[str]()
    for words, files, ends in ((_CHECK, python, (0, 1)), (_FORMAT, both, (0, 1, 2))):
        if not files:
            continue
        argv = [str(found.path), *words, *plain, "--output-format", "json", "--", *files]
        done = ended_as(run_tool(argv, cwd=scope.root, env=_ENV), ends)
        findings += parse(done, source)
        said, harmless = warned("ruff", done)
        findings, notes = findings + said, notes + harmless
    argv = [str(found.path), *_CHECK, *plain, "--show-files", "--", *both]
    done = ended_as(run_tool(argv, cwd=scope.root, env=_ENV), (0,))
    read = {source.path("ruff", line) for line in done.stdout.decode(errors="replace").splitlines()}
    findings += unread("ruff", both, read)
    return looked("ruff", _once(findings), found.tool, read, notes)


def parse(done: Completed, source: Source) -> list[Finding]:
    """Return what ``ruff check`` or ``ruff format --check`` found.

    Raises
    ------
    OutputError : it is not what ruff prints, or says nothing where the exit status says no
    """
    findings = [_finding(node, source) for node in document("ruff", done.stdout).items()]
    if bool(findings) != bool(done.exit_code):
        raise OutputError(f"ruff exited {done.exit_code} with {len(findings)} findings", "run it by hand")
    return findings


def _finding(node: Node, source: Source) -> Finding:
    code = node["code"].line() or _SYNTAX
    path = source.path("ruff", node["filename"].text())
    at = node["location"]
    place = Place(path, at["row"].whole(1), at["column"].whole(0))
    if code == "unformatted":
        # The first line that would change says little of the file, and moves: the path is what stays the same.
        return Finding("ruff", code, Severity.LOW, "ruff format would change it", f"run ./pants fmt {path}", place)
    mend = node.maybe("fix")
    said = mend.maybe("message") if mend else None
    if said:
        fix = f"{said.line()}: ./pants fix {path} does it"
    else:
        url = node.maybe("url")
        fix = f"see {url.line()}" if url else "mend the syntax"
    return Finding(
        "ruff", code, _severity(code), node["message"].line(), fix, place, context=source.line(path, place.line)
    )


def _severity(code: str) -> Severity:
    if code == _SYNTAX or code.startswith("E9"):
        return Severity.HIGH
    return Severity.MEDIUM if code.rstrip("0123456789") in _FAULTS else Severity.LOW


def _once(findings: Iterable[Finding]) -> list[Finding]:
    """Return ``findings`` without what ``format`` says again of a file that is no Python."""
    return list(dict.fromkeys(findings))


def _has_configuration(root: Path) -> bool:
    """Say whether ruff takes a file of ``root`` for its configuration: ``pyproject.toml`` only with a table for it."""
    if any((root / name).is_file() for name in ("ruff.toml", ".ruff.toml")):
        return True
    try:
        tables = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8")).get("tool", {})
        return not isinstance(tables, dict) or "ruff" in tables
    except FileNotFoundError:
        return False
    except (OSError, ValueError):  # ruff says what is wrong with it
        return True


def _is_python(path: str) -> bool:
    return path.endswith((".py", ".pyi"))


def _is_build(path: str) -> bool:
    return PurePosixPath(path).name in {"BUILD", "BUILD.pants"}


GATE = Gate("ruff", "Python lint and format (ruff)", looks_at, judge, ("ruff",))
