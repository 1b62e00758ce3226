"""The corpus of pins: each planted fault is found, under one name, no look-alike is, and Trivy says the same."""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dynamic_base import TickingClock
from dynamic_delivery.gates.crosscheck import cross_checked
from dynamic_delivery.gates.dependencies import check
from dynamic_delivery.gates.locks.model import NPM, PYPI
from dynamic_delivery.gates.model import Outcome, Report, Scope
from dynamic_delivery.gates.trivy_vuln import judge_at
from tests.dynamic_delivery.gates.dependencies.osv import NOW
from tests.dynamic_delivery.gates.dependencies.seeded import seeded
from tests.dynamic_delivery.gates.trivy_support import database, trivy

PINS = Path(__file__).parent.parent / "corpus/pins"
ADVISORIES = PINS / "advisories.jsonl"
CASES: Mapping[str, Mapping[str, Any]] = {
    case["name"]: case for case in tomllib.loads((PINS / "pins.toml").read_text(encoding="utf-8"))["case"]
}


def planted(root: Path, files: Mapping[str, str]) -> Scope:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    settings = {"dependencies.advisories": str(ADVISORIES.absolute())}
    return Scope(root, tuple(sorted(files)), everything=True, settings=settings)


@pytest.mark.parametrize("name", CASES)
def test_a_planted_pin_is_found_once_and_a_look_alike_never(name: str, tmp_path: Path) -> None:
    report = check(planted(tmp_path, CASES[name]["files"]), TickingClock(NOW))

    expected = [rule for rule in CASES[name].get("expect", []) if rule.startswith("dependencies:")]
    assert [f"dependencies:{finding.rule}" for finding in report.findings] == expected
    assert bool(expected) != CASES[name].get("clean", False)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if not case.get("clean")])
def test_a_finding_stands_on_the_line_of_the_pin_and_names_a_release_that_is_free(name: str, tmp_path: Path) -> None:
    scope = planted(tmp_path, CASES[name]["files"])

    [found] = check(scope, TickingClock(NOW)).findings

    assert found.place is not None
    assert found.package is not None
    line = (tmp_path / found.place.path).read_text().splitlines()[found.place.line - 1]
    if found.package.ecosystem == PYPI:
        assert line.split(" ")[0].replace("_", "-") == found.context
    else:
        assert line.strip().endswith('/mini": {' if name == "npm-alias" else f'{found.package.name}": {{')
    if found.fix.startswith("lock "):
        assert free(tmp_path, found.fix.split(" ")[2], found.package.ecosystem, found.package.name) == []


def free(root: Path, version: str, ecosystem: str, name: str) -> list[str]:
    """Return what is found of the release that a finding says to take."""
    if ecosystem == NPM:
        lock = f'{{"lockfileVersion": 3, "packages": {{"node_modules/{name}": {{"version": "{version}"}}}}}}'
        files = {"free/package-lock.json": lock}
    else:
        files = {"free/app.lock": f"{name}=={version}\n    # via -r app.in\n"}
    return [finding.rule for finding in check(planted(root, files), TickingClock(NOW)).findings]


def test_every_way_in_which_a_pin_can_mislead_is_planted() -> None:
    faults = [name for name, case in CASES.items() if not case.get("clean")]
    assert len(faults) >= 12
    assert len(CASES) - len(faults) >= len(faults)


def test_trivy_says_the_same_of_the_same_locks_with_the_same_advisories(tmp_path: Path) -> None:
    files = {path: text for case in CASES.values() for path, text in case["files"].items()}
    scope = planted(tmp_path / "r", files)
    cache = database(tmp_path / "c", seeded(ADVISORIES), updated="2026-11-29T06:00:00Z")

    theirs = judge_at(replace(scope, settings={"tools.trivy": trivy(), "trivy-vuln.database": str(cache)}), NOW)

    found = told(theirs)
    assert found == expected(files, "trivy-vuln")
    # Its database holds no packages that were made to do harm.
    assert told(check(scope, TickingClock(NOW))) - found == {
        ("pins/npm-malicious/package-lock.json", "MAL-2099-7026"),
    }


def test_what_only_one_of_the_two_names_is_told_beside_both(tmp_path: Path) -> None:
    files = {path: text for case in CASES.values() for path, text in case["files"].items()}
    scope = planted(tmp_path / "r", files)
    lacking = tmp_path / "lacking.jsonl"
    lacking.write_text("".join(ADVISORIES.read_text(encoding="utf-8").splitlines(keepends=True)[1:]))
    cache = database(tmp_path / "c", seeded(ADVISORIES), updated="2026-11-29T06:00:00Z")
    theirs = judge_at(replace(scope, settings={"tools.trivy": trivy(), "trivy-vuln.database": str(cache)}), NOW)
    ours = check(replace(scope, settings={"dependencies.advisories": str(lacking)}), TickingClock(NOW))

    first, second = cross_checked((ours, theirs))

    alone = [note for note in second.notes if " alone names " in note]
    assert alone == [note for note in first.notes if " alone names " in note]
    assert "trivy-vuln alone names CVE-2099-7001 of jinja2 2.11.2 (pins/fixed/app.lock)" in alone
    assert {note.split(" ")[0] for note in alone} == {"dependencies", "trivy-vuln"}
    assert {note.split(" ")[3] for note in alone if note.startswith("dependencies")} == {"MAL-2099-7026"}


def test_nothing_is_compared_with_a_gate_that_could_not_decide(tmp_path: Path) -> None:
    ours = check(planted(tmp_path, CASES["fixed"]["files"]), TickingClock(NOW))
    theirs = Report("trivy-vuln", Outcome.UNDECIDED, reason="no database", fix="fetch one", read=ours.read)

    assert cross_checked((ours, theirs)) == (ours, theirs)
    assert cross_checked((ours,)) == (ours,)


def test_what_both_name_under_one_of_several_names_is_the_same(tmp_path: Path) -> None:
    ours = check(planted(tmp_path, CASES["fixed"]["files"]), TickingClock(NOW))
    [found] = ours.findings
    other = replace(found, gate="trivy-vuln", rule="GHSA-pins-0001-pypi", message="jinja2 2.11.2: a planted fault")
    theirs = replace(ours, gate="trivy-vuln", findings=(other,), notes=())

    assert cross_checked((ours, theirs))[1].notes == (
        "dependencies and trivy-vuln name the same faults (1) in the locks that both read (1)",
    )


def told(report: Report) -> set[tuple[str, str]]:
    return {(finding.place.path, finding.rule) for finding in report.findings if finding.place}


def expected(files: Mapping[str, str], gate: str) -> set[tuple[str, str]]:
    rules = {name: [rule.partition(":") for rule in case.get("expect", [])] for name, case in CASES.items()}
    return {(path, rule) for path in files for name, _, rule in rules[path.split("/")[1]] if name == gate}
