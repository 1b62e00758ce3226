"""Licences: expressions, what packages declare, and the policy over both."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from dynamic_base import TickingClock, run
from dynamic_delivery.gates.licences import GATE, check
from dynamic_delivery.gates.licensing.policy import FILE, LicencePolicyError, read_policy
from dynamic_delivery.gates.licensing.record import FILE as RECORD
from dynamic_delivery.gates.licensing.spdx import Licence, LicenceError, Standing, Term, parse_licence, standing, terms
from dynamic_delivery.gates.model import Outcome, Report, Scope
from tests.dynamic_delivery.gates.dependencies.wheels import lock_of, record_of, wheel

CLOCK = datetime(2026, 11, 30, 12, tzinfo=UTC)

POLICY = """
allowed = ["MIT", "Apache-2.0", "LicenseRef-BSD"]
refused = ["GPL-3.0-only"]

[[clarified]]
package = "silent"
version = "1.0"
licence = "MIT"
source = "LICENSE of the wheel"

[[exception]]
package = "gplish"
licence = "GPL-3.0-only"
reason = "a program that is started, and not linked"
owner = "@legal"
expires = 2026-11-30

[[left]]
lock = "tools.lock"
reason = "never shipped"
"""


def judged(root: Path, *packages: tuple[str, str], policy: str = POLICY, lock: str = "a.lock") -> Report:
    """Lock a wheel of each (name, metadata) at version 1.0, put what they say on record, and judge the lock."""
    (root / "ci").mkdir(parents=True, exist_ok=True)
    (root / FILE).write_text(policy)
    text = lock_of(*(wheel(root / "wheels", name, f"{metadata}\n") for name, metadata in packages))
    (root / lock).write_text(text)
    record_of(root, text, root / "wheels")
    return check(Scope(root, (lock,), everything=True), TickingClock(CLOCK))


def rules(report: Report) -> list[str]:
    return [finding.rule for finding in report.findings]


CLASSIFIER = "Classifier: License :: OSI Approved :: "


@pytest.mark.parametrize(
    ("metadata", "found"),
    [
        ("License-Expression: MIT", []),
        ("License-Expression: GPL-3.0-only OR (MIT AND Apache-2.0)", []),
        ("License-Expression: GPL-3.0-only AND MIT", ["licence-refused"]),
        ("License-Expression: GPL-3.0-only\nLicense: MIT", ["licence-refused"]),
        ("License-Expression: Apache-2.0 WITH LLVM-exception", []),
        ("License-Expression: BUSL-1.1", ["licence-unknown"]),
        ("License-Expression: GPL-3.0-only OR BUSL-1.1", ["licence-unknown"]),
        (f"{CLASSIFIER}MIT License", []),
        (f"{CLASSIFIER}MIT License\n{CLASSIFIER}GNU General Public License v3 (GPLv3)", ["licence-refused"]),
        (f"License: MIT\n{CLASSIFIER}GNU General Public License v3 (GPLv3)", ["licence-refused"]),
        (f"{CLASSIFIER}BSD License", []),
        (f"License: BSD-4-Clause\n{CLASSIFIER}BSD License", ["licence-unknown"]),
        ("Classifier: License :: Other/Proprietary License", ["licence-unknown"]),
        ("Classifier: License :: OSI Approved", ["licence-unknown"]),
        ("License: Apache 2.0", []),
        ("License: Copyright (c) 2001, the authors. All rights reserved.", ["licence-unknown"]),
        ("License: UNKNOWN", ["licence-unknown"]),
        ("License-Expression: MIT OR", ["licence-unknown"]),
        (f"License: Apache 2.0 with Commons Clause\n{CLASSIFIER}Apache Software License", ["licence-unknown"]),
        ("License: Apache-2.0 with Commons-Clause", ["licence-unknown"]),
        ("License: GPL-3.0-only with Commons-Clause", ["licence-refused"]),
        (f"License: {'Permission is granted ' * 20}\n{CLASSIFIER}MIT License", []),
        (f"License: {'MIT' * 80}\n", ["licence-unknown"]),
        ("", ["licence-unknown"]),
    ],
)
def test_what_a_package_declares_is_held_to_the_policy(tmp_path: Path, metadata: str, found: list[str]) -> None:
    report = judged(tmp_path, ("a", metadata))

    assert rules(report) == found
    assert report.outcome is (Outcome.FAILED if found else Outcome.PASSED)


def test_a_pin_that_is_not_on_record_decides_nothing_and_names_the_command(tmp_path: Path) -> None:
    judged(tmp_path, ("a", "License-Expression: MIT"), ("gplish", "License-Expression: MIT"))
    text = (tmp_path / "a.lock").read_text()
    (tmp_path / "a.lock").write_text(text.replace("a==1.0", "a==1.1").replace("gplish", "other"))

    report = check(Scope(tmp_path, ("a.lock",), everything=True), TickingClock(CLOCK))

    assert (report.outcome, report.findings) == (Outcome.UNDECIDED, ())
    assert report.reason == "2 pins have no licence on record, first a==1.1 (a.lock:1)"
    assert report.fix == "run './dynamic gate licences record', and commit 3rdparty/python/licences.json"
    assert "not on record: a==1.1 (a.lock:1); on record is a-1.0-py3-none-any.whl" in report.notes
    assert "not on record: other==1.0 (a.lock:5)" in report.notes
    assert any("no pin needs a 1.0 and 1 more rows of 3rdparty/python/licences.json" in each for each in report.notes)


def test_an_artifact_that_the_lock_does_not_allow_speaks_for_no_pin(tmp_path: Path) -> None:
    judged(tmp_path, ("a", "License-Expression: MIT"))
    text = (tmp_path / "a.lock").read_text()
    (tmp_path / "a.lock").write_text(text.replace(text.split("sha256:")[2][:64], "0" * 64))

    report = check(Scope(tmp_path, ("a.lock",)), TickingClock(CLOCK))

    assert report.outcome is Outcome.UNDECIDED
    assert report.reason == "no licence is on record for a==1.0 (a.lock:1)"


@pytest.mark.parametrize("edited", [FILE, RECORD])
def test_an_edit_of_what_locks_are_held_to_has_every_lock_judged(tmp_path: Path, edited: str) -> None:
    run(["git", "init", "-q"], cwd=tmp_path).checked("see git")
    judged(tmp_path, ("a", "License-Expression: MIT"), policy=POLICY.replace('"MIT", ', ""))

    report = check(Scope(tmp_path, (edited,), changed=(edited,)), TickingClock(CLOCK))

    assert GATE.looks_at(edited)
    assert rules(report) == ["licence-unknown"]
    assert report.read == ("a.lock", edited)


def test_what_a_person_read_stands_for_that_version(tmp_path: Path) -> None:
    assert rules(judged(tmp_path, ("silent", ""))) == []


def test_an_exception_holds_until_its_last_day_and_is_then_a_finding(tmp_path: Path) -> None:
    gpl = ("gplish", "License-Expression: GPL-3.0-only")
    assert rules(judged(tmp_path / "in-time", gpl)) == []

    late = judged(tmp_path / "late", gpl, policy=POLICY.replace("2026-11-30", "2026-11-29"))

    assert rules(late) == ["exception-expired"]
    assert "@legal answers for it" in late.findings[0].message


def test_an_exception_that_nothing_needs_is_told(tmp_path: Path) -> None:
    assert (
        "the exception of gplish (GPL-3.0-only) is of no use: delete it"
        in judged(tmp_path, ("a", "License-Expression: MIT")).notes
    )


def test_rows_of_the_policy_that_nothing_needs_are_told(tmp_path: Path) -> None:
    notes = judged(tmp_path, ("a", "License-Expression: MIT")).notes

    assert "what was clarified of silent 1.0 is of no use: delete it" in notes
    assert "there is no lock tools.lock: delete its row in ci/licences.toml" in notes


def test_a_lock_that_the_policy_leaves_is_read_and_told(tmp_path: Path) -> None:
    report = judged(tmp_path, ("a", ""), lock="tools.lock")

    assert (report.outcome, report.read) == (Outcome.PASSED, ("tools.lock",))
    assert report.notes[0] == "left: tools.lock (never shipped)"


def test_a_lock_that_cannot_be_read_is_a_finding_even_where_it_is_left(tmp_path: Path) -> None:
    judged(tmp_path, ("a", ""))
    (tmp_path / "tools.lock").write_text("")

    scope = Scope(tmp_path, ("tools.lock",))
    assert rules(check(scope, TickingClock(CLOCK))) == ["lock-not-read"]


def test_an_npm_lock_speaks_for_itself(tmp_path: Path) -> None:
    judged(tmp_path, ("a", ""))
    (tmp_path / "package-lock.json").write_text(
        '{"lockfileVersion": 3, "packages": {'
        ' "node_modules/a": {"version": "1.0.0", "license": "(MIT OR GPL-3.0-only)"},'
        ' "node_modules/b": {"version": "1.0.0", "license": "GPL-3.0-only"},'
        ' "node_modules/c": {"version": "1.0.0", "license": "SEE LICENSE IN c.txt"},'
        ' "node_modules/d": {"version": "1.0.0"}}}'
    )

    scope = Scope(tmp_path, ("package-lock.json",))
    found = check(scope, TickingClock(CLOCK)).findings

    assert [(each.rule, each.context) for each in found] == [
        ("licence-refused", "b@1.0.0"),
        ("licence-unknown", "c@1.0.0"),
        ("licence-unknown", "d@1.0.0"),
    ]


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ("", "allowed"),
        ('allowed = "MIT"\nrefused = []', "allowed"),
        ("allowed = [", "ci/licences.toml"),
        (POLICY.replace('owner = "@legal"', ""), "exception.0.owner"),
        (POLICY.replace('licence = "MIT"', 'licence = "MIT OR"'), "clarified.0.licence"),
        (POLICY.replace("allowed", "alowed"), "allowed"),
        (POLICY.replace('"GPL-3.0-only"]', '"mit"]'), "mit is both allowed and refused"),
        ("a = " + "[" * 5000, "ci/licences.toml"),
    ],
)
def test_a_policy_that_is_not_of_its_form_says_which_row(tmp_path: Path, policy: str, said: str) -> None:
    with pytest.raises(LicencePolicyError, match=said):
        judged(tmp_path, ("a", ""), policy=policy)


def test_without_a_policy_nothing_is_decided(tmp_path: Path) -> None:
    with pytest.raises(LicencePolicyError, match="there is no policy"):
        read_policy(tmp_path)


# SPDX 2.3, annex D.4: the order of the operators, and its examples.
@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("LGPL-2.1-only OR BSD-3-Clause AND MIT", "LGPL-2.1-only OR (BSD-3-Clause AND MIT)"),
        ("MIT AND (LGPL-2.1-or-later OR BSD-3-Clause)", "MIT AND (LGPL-2.1-or-later OR BSD-3-Clause)"),
        ("GPL-2.0-or-later WITH Bison-exception-2.2 AND MIT", "(GPL-2.0-or-later WITH Bison-exception-2.2) AND MIT"),
        ("(MIT)", "MIT"),
        ("mit or apache-2.0", "mit OR apache-2.0"),
        ("DocumentRef-x:LicenseRef-y", "DocumentRef-x:LicenseRef-y"),
    ],
)
def test_operators_bind_as_the_standard_orders_them(text: str, meant: str) -> None:
    assert parse_licence(text) == parse_licence(meant)


@pytest.mark.parametrize("text", ["", "AND", "MIT AND", "MIT MIT", "(MIT", "MIT)", "MIT WITH", "MIT, BSD", "(" * 9999])
def test_what_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(LicenceError):
        parse_licence(text)


NAMES = ["MIT", "Apache-2.0", "GPL-3.0-only", "BUSL-1.1"]
TREES = st.recursive(
    st.sampled_from(NAMES),
    lambda inner: st.tuples(st.sampled_from(["AND", "OR"]), inner, inner),
    max_leaves=8,
)
Tree = str | tuple[str, "Tree", "Tree"]


def written(tree: Tree) -> str:
    return tree if isinstance(tree, str) else f"({written(tree[1])} {tree[0]} {written(tree[2])})"


def may(tree: Tree, accepted: frozenset[str]) -> bool:
    """Whether somebody who accepts these licences may use it."""
    if isinstance(tree, str):
        return tree in accepted
    return (all if tree[0] == "AND" else any)(may(part, accepted) for part in tree[1:] if not isinstance(part, bool))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tree=TREES)
def test_an_expression_is_allowed_where_the_allowed_licences_suffice_and_refused_where_all_but_the_refused_do_not(
    tree: Tree,
) -> None:
    known = {"MIT": Standing.ALLOWED, "Apache-2.0": Standing.ALLOWED, "GPL-3.0-only": Standing.REFUSED}

    found = standing(parse_licence(written(tree)), lambda term: known.get(term.licence, Standing.UNKNOWN))

    sure = may(tree, frozenset({"MIT", "Apache-2.0"}))
    possible = may(tree, frozenset(NAMES) - {"GPL-3.0-only"})
    assert found is (Standing.ALLOWED if sure else Standing.UNKNOWN if possible else Standing.REFUSED)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tree=TREES, accepted=st.frozensets(st.sampled_from(NAMES)))
def test_an_expression_that_is_written_and_read_again_means_the_same(tree: Tree, accepted: frozenset[str]) -> None:
    again = parse_licence(str(parse_licence(written(tree))))

    found = standing(again, lambda term: Standing.ALLOWED if term.licence in accepted else Standing.REFUSED)
    assert (found is Standing.ALLOWED) == may(tree, accepted)


WORDS = ["MIT", "Apache-2.0", "GPL-2.0-only", "and", "OR", "WITH", "Classpath-exception-2.0", "(", ")"]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=6))
def test_what_packaging_takes_for_an_expression_is_read_as_it_reads_it(words: list[str]) -> None:
    text = " ".join(words)
    try:
        canonical = canonicalize_license_expression(text)
    except InvalidLicenseExpression:
        return

    assert parse_licence(text) == parse_licence(canonical)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=st.text(st.sampled_from("MIT()ANDORWITH-+. ,\u00e9"), max_size=30))
def test_any_text_is_an_expression_or_refused(text: str) -> None:
    try:
        read: Licence = parse_licence(text)
    except LicenceError:
        return
    assert all(isinstance(term, Term) for term in terms(read))
