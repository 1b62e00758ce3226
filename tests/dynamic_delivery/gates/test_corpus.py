"""All scanners over the corpus of planted faults: what each finds alone, and what they find together.

Each scanner runs once over the whole corpus. What it must find, and where it is known to speak for nothing, stands in
the tables; the scores are printed.
"""

import sys
from dataclasses import astuple
from pathlib import Path

import pytest

from dynamic_delivery.gates import trivy_secret
from dynamic_delivery.gates.model import Outcome, Report, Scope
from tests.dynamic_delivery.gates.corpus import SCANNERS, TABLES, Case, cases, look, repository, scores, shown, told
from tests.dynamic_delivery.gates.drawn_secrets import KINDS, drawn
from tests.dynamic_delivery.gates.programs import program
from tests.dynamic_delivery.gates.trivy_support import trivy

GUIDE = Path("docs/guides/gates-trivy.md")
NAMES = tuple(gate.name for gate in SCANNERS)
CASES = cases()
FAULTS = tuple(case for case in CASES if not case.clean)
CLEAN = tuple(case for case in CASES if case.clean)
Said = dict[str, set[str]]


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    folder = tmp_path_factory.mktemp("corpus")
    needed = {name for gate in SCANNERS for name in gate.tools} - {"trivy"}
    programs = {f"tools.{name}": str(program(name, folder)) for name in sorted(needed)}
    return look(repository(folder / "r", CASES), SCANNERS, {**programs, "tools.trivy": trivy()})


@pytest.fixture(scope="module")
def said(reports: dict[str, Report]) -> Said:
    return told(reports, CASES)


def own(said: Said, case: Case) -> set[str]:
    """Return what the scanners whose trade the kind is say of a case."""
    trade = {rule.partition(":")[0] for each in CASES if each.kind == case.kind for rule in each.expect}
    return {rule for rule in said.get(case.name, set()) if rule.partition(":")[0] in trade}


@pytest.mark.parametrize("case", FAULTS, ids=lambda case: case.name)
def test_a_planted_fault_is_found_by_each_scanner_that_is_expected_to(said: Said, case: Case) -> None:
    assert {rule for rule in case.expect if rule.partition(":")[0] in NAMES} <= own(said, case)


@pytest.mark.parametrize("case", CLEAN, ids=lambda case: case.name)
def test_a_look_alike_is_let_pass_but_for_known_noise(said: Said, case: Case) -> None:
    assert own(said, case) == set(case.noise)


def test_the_corpus_is_as_large_as_was_asked_for() -> None:
    assert len(FAULTS) >= 80
    assert len(CLEAN) >= 80
    assert len({case.name for case in CASES}) == len(CASES)
    files = [file for case in CASES for file in case.files]
    assert len(set(files)) == len(files)


def test_together_the_scanners_find_more_than_each_alone(said: Said, capsys: pytest.CaptureFixture[str]) -> None:
    table = scores(said, CASES, NAMES)
    with capsys.disabled():
        sys.stdout.write(f"\n{shown(table)}\n")
    for (kind, _), score in table.items():
        assert score.found <= table[kind, "together"].found
    assert table["secret", "together"].found > max(table["secret", name].found for name in ("secrets", "trivy-secret"))


def test_the_guide_has_these_figures(said: Said) -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    rows = shown(scores(said, CASES, NAMES)).splitlines()
    outside = scores(said, [case for case in CASES if any("outside" in file for file in case.files)], NAMES)
    together = [score for (_, who), score in outside.items() if who == "together"]
    faults, found, cleans, false = (sum(column) for column in zip(*map(astuple, together), strict=True))

    assert [row for row in rows if row not in guide.splitlines()] == []
    said_of = (
        f"hold {faults} faults and {cleans} look-alikes",
        f"find {found} ({100 * found / faults:.0f} %), and speak falsely of {false} ({100 * false / cleans:.0f} %)",
    )
    assert [text for text in said_of if text not in " ".join(guide.split())] == []


def test_no_report_holds_a_part_of_a_secret(reports: dict[str, Report]) -> None:
    words = {gate: repr(report) for gate, report in reports.items()}
    for case in CASES:
        for kind in ("aws_secret", "github", "slack_bot", "stripe", "password", "jwt", "azure", "basic"):
            secret = drawn(kind, case.name)
            parts = [secret[start : start + 12] for start in range(4, len(secret) - 12, 4)]
            assert not [(gate, case.name) for gate, text in words.items() for part in parts if part in text]


def test_no_secret_stands_in_the_tables_themselves(tmp_path: Path) -> None:
    here = Path(__file__).parent
    texts = {path.name: path.read_bytes() for path in (*TABLES.rglob("*.toml"), here / "drawn_secrets.py")}
    for name, text in texts.items():
        (tmp_path / name).write_bytes(text)
    scope = Scope(tmp_path, tuple(sorted(texts)), everything=True, settings={"tools.trivy": trivy()})
    report = trivy_secret.judge(scope)
    assert (report.outcome, report.findings) == (Outcome.PASSED, ())


@pytest.mark.parametrize("kind", KINDS)
def test_a_drawn_secret_is_the_same_in_each_run_and_another_in_each_case(kind: str) -> None:
    assert drawn(kind, "a") == drawn(kind, "a")
    assert kind == "aws_example" or drawn(kind, "a") != drawn(kind, "b")
