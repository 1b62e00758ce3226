"""shellcheck: shell scripts, and the files without a suffix whose first line names a shell.

Severity: shellcheck's ``error`` is HIGH, ``warning`` MEDIUM, ``info`` LOW, ``style`` INFO. A script that it cannot
parse has errors (SC1xxx), so it is a finding by itself.
"""

import re
from pathlib import Path, PurePosixPath

from dynamic_base import Completed
from dynamic_delivery.gates.bounded import ended_as, run_tool
from dynamic_delivery.gates.errors import OutputError
from dynamic_delivery.gates.looking import Source, looked, wanted, warned
from dynamic_delivery.gates.model import Finding, Gate, Outcome, Place, Report, Scope, Severity
from dynamic_delivery.gates.reading import Node, document
from dynamic_delivery.gates.tools import find_tool

# Sourced files are followed, as ``./pants lint`` does; SHELLCHECK_OPTS of a person's shell stays out.
_OPTIONS = ("--format", "json1", "--color=never", "--external-sources", "--severity=style")
_SHEBANG = re.compile(rb"^#!\s*\S*/(?:env\s+(?:-S\s+)?)?(?:ba|da|k|a)?sh\b")
_LEVELS = {"error": Severity.HIGH, "warning": Severity.MEDIUM, "info": Severity.LOW, "style": Severity.INFO}


def looks_at(path: str) -> bool:
    """Say whether ``path`` may be a script by its name; ``judge`` then asks its first line."""
    return PurePosixPath(path).suffix in {".sh", ".bash", ".ksh", ""}


def judge(scope: Scope) -> Report:
    """Check each script."""
    files = [path for path in wanted(scope, looks_at) if _is_script(scope.root / path)]
    if not files:
        return Report("shellcheck", Outcome.SKIPPED, reason="the change has no shell script")
    found = find_tool("shellcheck", scope)
    # Otherwise it would look above the repository and in a person's home for one.
    config = scope.root / ".shellcheckrc"
    rules = [f"--rcfile={config}"] if config.is_file() else ["--norc"]
    argv = [str(found.path), *_OPTIONS, *rules, "--", *files]
    done = ended_as(run_tool(argv, cwd=scope.root, env={"SHELLCHECK_OPTS": None}), (0, 1))
    said, notes = warned("shellcheck", done)
    # It ends with 2 when a file cannot be read, which `ended_as` refuses: what is left was read.
    return looked("shellcheck", [*parse(done, Source(scope.root)), *said], found.tool, files, notes)


def parse(done: Completed, source: Source) -> list[Finding]:
    """Return what shellcheck found.

    Raises
    ------
    OutputError : it is not what shellcheck prints, or says nothing where the exit status says no
    """
    findings = [_finding(node, source) for node in document("shellcheck", done.stdout)["comments"].items()]
    if bool(findings) != bool(done.exit_code):
        raise OutputError(f"shellcheck exited {done.exit_code} with {len(findings)} findings", "run it by hand")
    return findings


def _finding(node: Node, source: Source) -> Finding:
    code = f"SC{node['code'].whole(1)}"
    path = source.path("shellcheck", node["file"].text())
    place = Place(path, node["line"].whole(), node["column"].whole())
    severity = _LEVELS[node["level"].one_of(tuple(_LEVELS))]
    fix = f"see https://www.shellcheck.net/wiki/{code}"
    return Finding(
        "shellcheck", code, severity, node["message"].line(), fix, place, context=source.line(path, place.line)
    )


def _is_script(path: Path) -> bool:
    if path.suffix:
        return True
    try:
        with path.open("rb") as file:
            return bool(_SHEBANG.match(file.readline(200)))
    except OSError:
        return True  # shellcheck then says what is wrong with it


GATE = Gate("shellcheck", "shell scripts (shellcheck)", looks_at, judge, ("shellcheck",))
