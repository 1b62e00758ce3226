"""A run of the gates in which nothing blocks, each part of which a test may change."""

from typing import Any

WAIVER = {
    "fingerprint": "0a",
    "reason": "a test key",
    "owner": "ana",
    "expires": "2026-02-01",
    "expired": False,
    "used": True,
}
FINDING = {
    "gate": "ruff",
    "rule": "F401",
    "severity": "low",
    "message": "an import that is not used",
    "fix": "remove it",
    "path": "src/a.py",
    "line": 3,
    "package": None,
    "fingerprint": "0a",
    "owner": "maintainer",
    "new": True,
    "waiver": None,
}


def passed(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "outcome": "passed", "reason": ""} for name in names]


def document(**changes: Any) -> dict[str, Any]:
    """Return what a run of the gate ``ruff`` alone tells the policy, with ``changes``."""
    whole = {
        "schema": "dynamic.gates/1",
        "only": ["ruff"],
        "gates": passed("ruff"),
        "findings": [],
        "waivers": [],
        "change": {"everything": False, "base": "main", "files": ["src/a.py"]},
        "risk": None,
    }
    return {**whole, **changes}


def finding(**changes: Any) -> dict[str, Any]:
    return {**FINDING, **changes}


def waiver(**changes: Any) -> dict[str, Any]:
    return {**WAIVER, **changes}
