"""Owner, baseline and waivers of a finding."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ags import UnreadableError
from dynamic_delivery.gates.baseline import (
    FILE,
    accepting,
    baseline_bytes,
    baseline_of,
    is_new,
    parse_baseline,
    write_baseline,
)
from dynamic_delivery.gates.document import policy_document
from dynamic_delivery.gates.errors import BaselineError, WaiverError
from dynamic_delivery.gates.marks import Marks, mark, read_known
from dynamic_delivery.gates.model import Finding, Package, Place, Severity, numbered
from dynamic_delivery.gates.scope import Scoped
from dynamic_delivery.gates.waivers import Waiver, read_waivers
from tests.dynamic_delivery.gates.fakes import finding, report, scope_of
from tests.dynamic_impact.repositories import Repository, new_repository

TODAY = date(2026, 11, 30)
_WAIVER = """\
[[waiver]]
rule = "R1"
path = "/sub/"
reason = "a constant"
owner = "@o/security"
expires = 2026-11-30
"""


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = new_repository(tmp_path / "my répo")
    made.commit({"a.t": "", ".github/CODEOWNERS": "* @o/all\n/sub/ @O/Sub @o/two\n/free/\n"})
    return made


def _mark(
    repository: Repository, *findings: Finding, today: date = TODAY, base: str = "HEAD", whole: bool = True
) -> Marks:
    commit = repository.git("rev-parse", base)
    scoped = Scoped(scope_of(repository.root), commit, "a test", {"new.t": "old.t"})
    return mark([report(*findings)], read_known(scoped), today, whole=whole)


def test_a_finding_is_owned_by_the_last_line_that_matches(repository: Repository) -> None:
    found = [finding(path=path) for path in ("a.t", "sub/b.t", "free/c.t")]
    package = Finding("one", "CVE-1", Severity.LOW, "m", "f", package=Package("PyPI", "x", "1"))
    assert [each.owner for each in _mark(repository, *found, package).findings] == ["@o/all", "@o/sub @o/two", "", ""]


def test_a_line_of_codeowners_that_nobody_understands_is_no_owner_guessed(repository: Repository) -> None:
    repository.write(**{".github/CODEOWNERS": "* nobody\n"})
    with pytest.raises(UnreadableError, match="'nobody' is no owner"):
        _mark(repository, finding())


def test_a_finding_that_the_base_accepts_is_known_and_a_second_one_of_its_kind_is_new(repository: Repository) -> None:
    write_baseline(repository.root, accepting([finding(line=3)]))
    repository.commit()
    found = numbered([finding(line=80), finding(line=90)])  # the lines moved
    assert [each.new for each in _mark(repository, *found).findings] == [False, True]


def test_a_change_cannot_accept_its_own_findings(repository: Repository) -> None:
    write_baseline(repository.root, accepting([finding()]))
    assert [each.new for each in _mark(repository, finding()).findings] == [True]
    repository.commit()
    assert [each.new for each in _mark(repository, finding(), base="HEAD~1").findings] == [True]
    assert [each.new for each in _mark(repository, finding()).findings] == [False]


def test_a_finding_moves_with_its_file(repository: Repository) -> None:
    write_baseline(repository.root, accepting([finding(path="old.t")]))
    repository.commit()
    found = [finding(path="new.t"), finding(path="other.t")]
    assert [each.new for each in _mark(repository, *found).findings] == [False, True]


def test_before_the_first_commit_everything_is_new() -> None:
    assert baseline_of(Path("nowhere"), "") == ()


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"schema": "x", "accepted": []}', '{"schema": "dynamic.gates-baseline/1"}', "\xff"]
)
def test_a_damaged_baseline_says_so_rather_than_accept_nothing(repository: Repository, text: str) -> None:
    repository.commit({FILE: text})
    with pytest.raises(BaselineError, match=FILE):
        _mark(repository, finding())


def test_a_baseline_holds_a_line_for_each_finding_in_order(tmp_path: Path) -> None:
    path = write_baseline(tmp_path, accepting([finding("R2"), finding("R1", path="é.t")]))
    rows = path.read_text(encoding="utf-8").splitlines()[1:-1]
    assert [json.loads(row.rstrip(","))["where"] for row in rows] == ["é.t", "a.t"]


_FINDINGS = st.lists(
    st.builds(
        Finding,
        gate=st.sampled_from(["one", "two"]),
        rule=st.sampled_from(["R1", "R2"]),
        severity=st.sampled_from(Severity),
        message=st.text(st.characters(codec="utf-8")),
        fix=st.just(""),
        place=st.builds(Place, st.sampled_from(["a", "b"]), st.integers(1, 50)),
        context=st.sampled_from(["x", "y"]),
    ),
    max_size=8,
)


@settings(deadline=None)
@given(_FINDINGS, st.integers(0, 999))
def test_what_is_accepted_stays_known_when_lines_move_and_one_more_is_new(found: list[Finding], down: int) -> None:
    counted = numbered(found)
    rows = parse_baseline(baseline_bytes(accepting(counted)), FILE)
    assert len({row.fingerprint for row in rows}) == len(found)
    accepted = {row.fingerprint for row in rows}
    moved = [
        replace(each, place=replace(each.place, line=each.place.line + down))
        for each in found
        if each.place is not None
    ]
    assert not any(is_new(each, accepted, {}) for each in numbered(moved))
    for each in found[:1]:
        assert sum(is_new(one, accepted, {}) for one in numbered([*moved, each])) == 1


@pytest.mark.parametrize(
    ("today", "covered", "expired"),
    [(date(2026, 11, 29), True, False), (date(2026, 11, 30), True, False), (date(2026, 12, 1), False, True)],
)
def test_a_waiver_holds_through_its_last_day(repository: Repository, today: date, covered: bool, expired: bool) -> None:
    repository.write(**{"ci/waivers.toml": _WAIVER})
    marks = _mark(repository, finding(path="sub/b.t"), today=today)
    assert (marks.findings[0].waiver is not None) is covered
    assert [(each.expired, each.used) for each in marks.waivers] == [(expired, True)]


@pytest.mark.parametrize(("rule", "path"), [("R2", "sub/b.t"), ("R1", "a.t"), ("R1", "x/sub/b.t")])
def test_a_waiver_covers_nothing_of_another_rule_or_path(repository: Repository, rule: str, path: str) -> None:
    repository.write(**{"ci/waivers.toml": _WAIVER})
    marks = _mark(repository, finding(rule, path))
    assert marks.findings[0].waiver is None
    assert [each.used for each in marks.waivers] == [False]


def test_a_run_over_a_part_cannot_tell_that_a_waiver_covers_nothing(repository: Repository) -> None:
    repository.write(**{"ci/waivers.toml": _WAIVER})
    assert [each.used for each in _mark(repository, whole=False).waivers] == [True]
    assert [each.used for each in _mark(repository, whole=True).waivers] == [False]


def test_a_waiver_by_fingerprint_covers_that_finding_alone(repository: Repository) -> None:
    first, second = numbered([finding(line=1), finding(line=2)])
    text = _WAIVER.replace('rule = "R1"\npath = "/sub/"', f'fingerprint = "{second.fingerprint}"')
    repository.write(**{"ci/waivers.toml": text})
    assert [each.waiver is not None for each in _mark(repository, first, second).findings] == [False, True]


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (("[[waiver]]", "[[waiver"), "cannot be read"),
        (("[[waiver]]", f"waiver = {'[' * 9999}"), "cannot be read"),
        (("[[waiver]]", "[waiver]"), "something else"),
        (("[[waiver]]", "[[waivers]]"), "something else"),
        (("2026-11-30", '"2026-11-30"'), "no date"),
        (("2026-11-30", "2026-11-30T00:00:00Z"), "no date"),
        (("2026-11-30", "2026-02-30"), "cannot be read"),
        (("expires = 2026-11-30\n", ""), "no date"),
        (('reason = "a constant"\n', ""), "no reason"),
        (('"a constant"', '"  "'), "no reason"),
        (('owner = "@o/security"\n', ""), "no owner"),
        (('"@o/security"', "7"), "owner is no text"),
        (('path = "/sub/"\n', ""), "what it is about"),
        (('rule = "R1"\n', ""), "what it is about"),
        (('rule = "R1"', 'rule = "R1"\nfingerprint = "0"'), "what it is about"),
        (('rule = "R1"\npath = "/sub/"', 'fingerprint = "abc"'), "no fingerprint"),
        (('"/sub/"', '"/s[ub/"'), "pattern"),
        (("reason", "raison"), "the key raison"),
    ],
)
def test_a_waiver_that_is_not_whole_is_wrong_usage(tmp_path: Path, edit: tuple[str, str], says: str) -> None:
    (tmp_path / "ci").mkdir()
    assert edit[0] in _WAIVER
    (tmp_path / "ci/waivers.toml").write_text(_WAIVER.replace(*edit), encoding="utf-8")
    with pytest.raises(WaiverError, match=says) as raised:
        read_waivers(tmp_path)
    assert raised.value.exit_code == 2


def test_waivers_that_are_not_utf8_are_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "ci").mkdir()
    (tmp_path / "ci/waivers.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(WaiverError, match="cannot be read"):
        read_waivers(tmp_path)


def test_a_waiver_by_path_stands_in_the_policys_document_once_for_each_finding(repository: Repository) -> None:
    repository.write(**{"ci/waivers.toml": _WAIVER + _WAIVER.replace("/sub/", "/none/")})
    found = [finding(path="sub/b.t"), finding(path="sub/c.t")]
    marks = _mark(repository, *found)
    scoped = Scoped(scope_of(repository.root), "", "a test")
    document = policy_document([report(*found)], marks, scoped, TODAY)
    rows = document["waivers"]
    assert isinstance(rows, list)
    assert {row["fingerprint"]: row["used"] for row in rows} == {
        found[0].fingerprint: True,
        found[1].fingerprint: True,
        "R1 in /none/": False,
    }


def test_a_waiver_without_a_path_pattern_fits_nothing() -> None:
    assert not Waiver("why", "who", TODAY, rule="R1").fits(finding())
