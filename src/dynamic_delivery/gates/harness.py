"""The playbook's harness: each product tried by its own commands, and a module that says no is a finding.

Severity: a module that says no is HIGH. One that could not be decided makes the gate undecided.
"""

from pathlib import Path

from dynamic_base import Completed
from dynamic_delivery.gates.bounded import ended_as, run_tool
from dynamic_delivery.gates.errors import OutputError
from dynamic_delivery.gates.model import Finding, Gate, Outcome, Place, Report, Scope, Severity, Tool, numbered
from dynamic_delivery.gates.reading import Node, document

SCRIPT = "scripts/verify/dynamic_modules.sh"
_TIMEOUT_S = 3600.0
_ENDS = (0, 1, 3)
# What no product is made of, and what the harness never runs.
_ELSEWHERE = ("docs/", "benchmarks/", ".github/")


def looks_at(path: str) -> bool:
    """Say whether ``path`` is of what a product runs: all but documents, benchmarks and tests."""
    return not path.startswith((*_ELSEWHERE, "tests/")) and not path.endswith(".md")


def judge(scope: Scope) -> Report:
    """Try every module."""
    script = scope.root / SCRIPT
    done = ended_as(
        run_tool([str(script), "--json"], cwd=scope.root, timeout_s=_TIMEOUT_S, memory_bytes=1 << 40), _ENDS
    )
    findings, undecided = parse(done)
    read = tuple(path for path in scope.files if looks_at(path))
    if undecided:
        return Report("harness", Outcome.UNDECIDED, numbered(findings), undecided[0], _fix(""), _tool(script), read)
    return Report(
        "harness", Outcome.FAILED if findings else Outcome.PASSED, numbered(findings), tool=_tool(script), read=read
    )


def parse(done: Completed) -> tuple[list[Finding], list[str]]:
    """Return the modules that said no, and of those that could not be decided why.

    Raises
    ------
    OutputError : it is not what the harness prints, or not what its exit status says
    """
    said = document(SCRIPT, done.stdout)
    said["schema"].one_of(("dynamic.verify/1",))
    lines = [(node["module"].line(), node["exit"].whole(), node) for node in said["modules"].items()]
    findings = [_finding(module, node) for module, code, node in lines if code == 1]
    undecided = [f"{module} could not be decided (exit {code})" for module, code, _ in lines if code > 1]
    expected = 1 if findings else 3 if undecided else 0
    if not lines or done.exit_code != expected:
        raise OutputError(
            f"{SCRIPT} exited {done.exit_code}, its lines say {expected} ({len(lines)} modules)", _fix("")
        )
    return findings, undecided


def _finding(module: str, node: Node) -> Finding:
    message = f"{module} said no after {node['seconds'].whole()} s"
    return Finding("harness", module, Severity.HIGH, message, _fix(module), Place(f"src/{module}"), context=module)


def _fix(module: str) -> str:
    return f"{SCRIPT} {module}".rstrip() + "; its log is in dist/verify"


def _tool(script: Path) -> Tool:
    return Tool(script.name, "1")


GATE = Gate("harness", "each product by its own commands", looks_at, judge)
