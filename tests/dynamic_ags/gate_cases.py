"""A run of the gates for each rule of the policy ``gates``, of which that rule alone speaks, and near misses."""

from collections.abc import Mapping
from typing import Any

from tests.dynamic_ags.opa import Question

GOVERNANCE = {
    "roles": {
        "maintainer": {"team": "@o/all", "members": ["ana", "bo"]},
        "security": {"team": "@o/security", "members": ["goran"]},
    }
}
SETTINGS: Mapping[str, Any] = {
    "block_at": "high",
    "kinds": {
        "secret": {"gates": ["leaks"], "rules": ["secret:"], "except": ["not-read"]},
        "vulnerability": {"gates": ["pins"], "rules": ["CVE-"], "except": []},
        "licence": {"gates": ["terms"], "rules": ["licence:"], "except": []},
    },
    "vulnerability_block_at": "medium",
    "waiver_days": 90,
    "must_pass": ["pytest"],
    "required": {"ruff": {"starts": ["src/"], "has": ["/a."], "ends": [".py"]}},
    "risk": [{"from": 60, "approvals": 1}, {"from": 80, "approvals": 2}],
}
FINDING = {
    "gate": "style",
    "rule": "E1",
    "severity": "low",
    "message": "m",
    "fix": "f",
    "path": "src/a.py",
    "line": 3,
    "package": None,
    "fixed_in": None,
    "fingerprint": "0a",
    "owner": "maintainer",
    "new": True,
    "waiver": None,
}
PIN = {"ecosystem": "PyPI", "name": "x", "version": "1.0"}
COVER = {"reason": "r", "owner": "ana", "expires": "2026-12-31"}
WAIVER = {"fingerprint": "0a", **COVER, "expired": False, "used": True}


def gates(**outcomes: str) -> list[dict[str, str]]:
    names = ("ruff", "leaks", "pins", "terms", "pytest", "style")
    return [{"name": name, "outcome": outcomes.get(name, "passed"), "reason": "why"} for name in names]


def run(settings: Mapping[str, Any] | None = None, **changes: Any) -> Question:
    """Return a run in which nothing blocks, with ``changes``."""
    whole = {
        "schema": "dynamic.gates/1",
        "today": "2026-11-30",
        "author": "ana",
        "approvals": [],
        "only": None,
        "gates": gates(),
        "findings": [],
        "waivers": [],
        "change": {"everything": False, "base": "main", "files": ["src/a.py", "README.md"]},
        "risk": None,
    }
    return Question("gates", GOVERNANCE, {**whole, **changes}, {**SETTINGS, **(settings or {})})


def found(**changes: Any) -> Question:
    return run(findings=[{**FINDING, **changes}])


def waived(**changes: Any) -> Question:
    return run(waivers=[{**WAIVER, **changes}])


# By set and rule.
ONLY: Mapping[tuple[str, str], Question] = {
    ("deny", "malformed"): run(risk={}),
    ("deny", "entry_not_text"): run(approvals=["bo", None]),
    ("deny", "unknown_word"): found(severity="HIGH"),
    ("deny", "no_date"): waived(expires="2026-02-29"),
    ("deny", "no_handle"): run(author="Ana"),
    ("deny", "waiver_expired"): waived(expires="2026-11-29"),
    ("deny", "waiver_too_long"): waived(expires="2027-03-01"),
    ("deny", "waiver_without_reason"): waived(reason="  "),
    ("deny", "waiver_without_owner"): waived(owner=""),
    ("deny", "waiver_owner_unknown"): waived(owner="zoe"),
    ("deny", "waiver_not_listed"): found(waiver=COVER),
    ("deny", "severe_finding"): found(severity="high"),
    ("deny", "new_secret"): found(gate="leaks", severity="info"),
    ("deny", "vulnerable_pin"): found(rule="CVE-2026-1", severity="medium", package=PIN, fixed_in="1.1"),
    ("deny", "refused_licence"): found(gate="terms"),
    ("deny", "finding_of_no_gate"): found(gate="ghost"),
    ("deny", "gate_missing"): run(gates=gates()[1:]),
    ("deny", "gate_skipped"): run(gates=gates(ruff="skipped")),
    ("deny", "gate_failed"): run(gates=gates(pytest="failed")),
    ("deny", "gate_failed_without_finding"): run(gates=gates(style="failed")),
    ("deny", "risk_needs_approvals"): run(risk={"score": 60}),
    ("undecided", "gate_undecided"): run(gates=gates(style="undecided")),
    ("warn", "known_findings"): found(severity="critical", new=False),
    ("warn", "waived_findings"): run(findings=[{**FINDING, "waiver": COVER}], waivers=[WAIVER]),
    ("warn", "waiver_unused"): waived(used=False),
    ("warn", "partial_run"): run(only=["ruff"]),
}
# Of which no rule has anything to say.
NEAR: tuple[Question, ...] = (
    run(),
    found(severity="medium"),
    found(gate="leaks", rule="not-read"),
    found(rule="CVE-2026-1", severity="low", package=PIN, fixed_in="1.1"),
    found(rule="CVE-2026-1", severity="medium", package=PIN, fixed_in=""),
    found(rule="CVE-2026-1", severity="medium", fixed_in="1.1"),
    found(rule="xCVE-", severity="medium", package=PIN),
    waived(expires="2026-11-30"),
    waived(expires="2027-02-28"),
    waived(owner="@o/security"),
    run(author="zoe", approvals=["a-1"]),
    run(gates=gates(leaks="skipped")),
    run(
        gates=gates(ruff="skipped"),
        change={"everything": False, "base": "", "files": ["src/a.cl", "a/src/a.py", "src/b.py"]},
    ),
    run(gates=gates(style="failed"), findings=[FINDING]),
    run(risk={"score": 59.5}),
    run(risk={"score": 60}, approvals=["bo"]),
    run(risk={"score": 80}, approvals=["bo", "goran"]),
    run({"required": {}}, gates=[]),
)
# Where two rules meet, and where a careless reading would slip.
EDGES: tuple[Question, ...] = (
    run(findings=[{**FINDING, "severity": "high", "waiver": COVER}], waivers=[WAIVER]),
    run(findings=[{**FINDING, "severity": "high", "waiver": COVER}, {**FINDING, "severity": "high"}], waivers=[WAIVER]),
    run(findings=[{**FINDING, "waiver": {**COVER, "expires": "2026-11-30"}, "severity": "high"}], waivers=[WAIVER]),
    run(findings=[{**FINDING, "waiver": {**COVER, "expires": "2026-11-29"}, "severity": "high"}], waivers=[WAIVER]),
    run(risk={"score": 60}, approvals=["ana"]),
    run(risk={"score": 60}, approvals=["zoe", "zoe"]),
    run(risk={"score": 80.5}, approvals=["bo", "bo"]),
    run(risk={"score": 99}, approvals=["bo", "goran"], author=""),
    run(risk={"score": True}),
    run(today="2026-02-29"),
    run(today="2028-02-29"),
    run(today="2026-11-30\n"),
    run(today="٢٠٢٦-11-30"),
    run(only=[]),
    run(only=["style"], gates=[]),
    run(gates=[7, None, "a"]),
    run(gates={"0": gates()[0]}),
    run(findings="none"),
    run(findings={"a": FINDING}),
    run(change=None),
    found(line=None),
    found(new="yes"),
    found(new=None),
    found(severity=None),
    found(waiver=[]),
    found(waiver=False),
    found(package=[PIN]),
    found(package={"ecosystem": 1}),
    found(fixed_in=0),
    found(message="100% of %v and %d"),
    run({"kinds": {}}),
    run({"kinds": {**SETTINGS["kinds"], "secret": {"gates": [None], "rules": "secret:", "except": []}}}),
    run({"waiver_days": "90"}, waivers=[WAIVER]),
    run({"risk": [{"from": "60", "approvals": 1}]}, risk={"score": 70}),
    run({"required": {"ruff": None}}),
    run({"waiver_days": 0.5}, waivers=[WAIVER]),
    run({"waiver_days": 1e21}, waivers=[{**WAIVER, "expires": "2099-12-31"}]),
    run({"risk": [{"from": 1e-7, "approvals": 1.5}]}, risk={"score": 70.0}),
    run({"risk": [{"from": 1, "approvals": 1e21}]}, risk={"score": 1e21}),
    run(risk={"score": 60}, approvals=["Ana"]),
    run(risk={"score": 60}, approvals=["ana\n"], author="\u0430na"),
    run(waivers=[{**WAIVER, "owner": None}]),
    waived(owner="@@ana"),
    Question("gates", {"roles": {"a": {"team": 7, "members": []}}}, waived(owner="7").input, SETTINGS),
    Question("gates", {"roles": None}, waived().input, SETTINGS),
    Question("gates", {}, run(risk={"score": 60}, approvals=["bo"]).input, SETTINGS),
    Question("gates", GOVERNANCE, run().input, None),
    Question("gates", GOVERNANCE, {}, SETTINGS),
)
