"""The playbook's harness: each product tried by its own commands, and a module that says no is a finding.

Severity: a module that says no is HIGH. One that could not be decided makes the gate undecided.
"""

import re
from dataclasses import replace

from dynamic_base import Completed
from dynamic_delivery.gates.bounded import ended_as, run_tool
from dynamic_delivery.gates.errors import OutputError
from dynamic_delivery.gates.looking import looked, warned
from dynamic_delivery.gates.model import Finding, Gate, Outcome, Place, Report, Scope, Severity, Tool
from dynamic_delivery.gates.reading import Node, document

SCRIPT = "scripts/verify/dynamic_modules.sh"
_FIX = f"run {SCRIPT}; its logs are in dist/verify"
_TIMEOUT_S = 3600.0
_ENDS = (0, 1, 3)
_TOLD = re.compile(rb"^(?:\w+ +(?:yes|no|could not decide \(exit \d+\)) +\d+ s  \S+$|    )")
# What no product is made of. A workflow is not among it: dynamic_ags judges its permissions.
_ELSEWHERE = ("docs/", "benchmarks/", "tests/")


def looks_at(path: str) -> bool:
    """Say whether ``path`` is of what a product runs: all but documents, benchmarks and tests."""
    return not path.startswith(_ELSEWHERE) and not path.endswith(".md")


def judge(scope: Scope) -> Report:
    """Try every module."""
    script = scope.root / SCRIPT
    done = ended_as(
        run_tool([str(script), "--json"], cwd=scope.root, timeout_s=_TIMEOUT_S, memory_bytes=1 << 40), _ENDS
    )
    findings, undecided = parse(done)
    said, _ = warned("harness", replace(done, stderr=_besides(done.stderr)))
    read = tuple(path for path in scope.files if looks_at(path))
    report = looked("harness", [*findings, *said], Tool(script.name, "1"), read)
    if undecided:
        return replace(report, outcome=Outcome.UNDECIDED, reason=f"no answer of {', '.join(undecided)}", fix=_FIX)
    return report


def parse(done: Completed) -> tuple[list[Finding], list[str]]:
    """Return the modules that said no, and those that could not be decided, with their exit status.

    Raises
    ------
    OutputError : it is not what the harness prints, or not what its exit status says
    """
    said = document(SCRIPT, done.stdout)
    said["schema"].one_of(("dynamic.verify/1",))
    lines = [(node["module"].line(), node["exit"].whole(), node) for node in said["modules"].items()]
    if len({module for module, _, _ in lines}) != len(lines):
        raise OutputError(f"{SCRIPT} names a module twice", _FIX)
    findings = [_finding(module, node) for module, code, node in lines if code == 1]
    undecided = [f"{module} (exit {code})" for module, code, _ in lines if code > 1]
    expected = 1 if findings else 3 if undecided else 0
    if not lines or done.exit_code != expected:
        raise OutputError(f"{SCRIPT} exited {done.exit_code}, its lines say {expected} ({len(lines)} modules)", _FIX)
    return findings, undecided


def _finding(module: str, node: Node) -> Finding:
    message = f"{module} said no after {node['seconds'].whole()} s"
    fix = f"see {node['log'].line()}, and try it again with {SCRIPT} {module}"
    return Finding("harness", module, Severity.HIGH, message, fix, Place(f"src/{module}"), context=module)


def _besides(stderr: bytes) -> bytes:
    """Return what was said besides the line of each module, and the last lines of its log."""
    return b"\n".join(line for line in stderr.splitlines() if not _TOLD.match(line))


GATE = Gate("harness", "each product by its own commands", looks_at, judge, most_s=2 * _TIMEOUT_S)
