"""Gates that say what they are told to, and small repositories that have policies."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from dynamic_delivery.gates.marks import Marked
from dynamic_delivery.gates.model import Finding, Gate, Outcome, Place, Report, Scope, Severity, Tool
from dynamic_delivery.gates.tools import Found
from dynamic_delivery.gates.waivers import Waiver
from tests.dynamic_impact.repositories import Repository, new_repository

FILES = ("a.t", "sub/b.t")


def finding(rule: str = "R1", path: str = "a.t", line: int = 1, context: str = "x = 1", gate: str = "one") -> Finding:
    return Finding(gate, rule, Severity.HIGH, f"{rule} is broken", "mend it", Place(path, line, 1), context=context)


def marked(
    found: Finding | None = None, *, owner: str = "@o/team", new: bool = True, waiver: Waiver | None = None
) -> Marked:
    return Marked(found or finding(), owner, new, waiver)


def report(*findings: Finding, gate: str = "one", outcome: Outcome | None = None, reason: str = "") -> Report:
    what = outcome or (Outcome.FAILED if findings else Outcome.PASSED)
    return Report(gate, what, findings, reason=reason, fix="do this" if reason else "", read=FILES)


def gate_of(
    name: str,
    judge: Callable[[Scope], Report] | None = None,
    *,
    tools: tuple[str, ...] = (),
    looks_at: Callable[[str], bool] = lambda _: True,
) -> Gate:
    """Return a gate that passes, or that does as ``judge``."""
    return Gate(name, f"what {name} sees", looks_at, judge or (lambda _: report(gate=name)), tools)


def failing_with(error: BaseException) -> Callable[[Scope], Report]:
    def judge(_: Scope) -> Report:
        raise error

    return judge


def found_tool(name: str, _: Scope) -> Found:
    return Found(Path(f"/bin/{name}"), Tool(name, "1.0.0"))


def scope_of(root: Path, *files: str, **settings: str) -> Scope:
    return Scope(root, files or FILES, settings=settings)


def governed(root: Path) -> Repository:
    """Return a repository with this one's policies and manifest, and two targets: ``sub/b.t`` uses ``a.t``."""
    repository = new_repository(root)
    shutil.copytree("ci/policies", root / "ci/policies")
    shutil.copy("ci/governance.yaml", root / "ci")
    repository.commit({"a.t": "", "sub/b.t": "a.t\n", ".github/CODEOWNERS": "* @o/all\n/sub/ @o/sub @o/two\n"})
    return repository


def program(folder: Path, name: str, says: str, status: int = 0) -> Path:
    """Write a program that prints ``says``."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\ncat <<'END'\n{says}\nEND\nexit {status}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def gone(pid: int) -> bool:
    """A killed process of another parent may stand as a zombie until its new parent looks."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
