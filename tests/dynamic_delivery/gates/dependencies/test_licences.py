"""Licences: expressions, what packages declare, and the policy over both."""

import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_base import TickingClock
from dynamic_delivery.gates.licences import check
from dynamic_delivery.gates.licensing.metadata import MetadataError, installed
from dynamic_delivery.gates.licensing.policy import FILE, LicencePolicyError, read_policy
from dynamic_delivery.gates.licensing.spdx import Licence, LicenceError, Standing, Term, parse_licence, standing, terms
from dynamic_delivery.gates.model import Outcome, Report, Scope

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
    """Lock, and install, each (name, metadata) at version 1.0, and judge the lock."""
    (root / "ci").mkdir(parents=True, exist_ok=True)
    (root / FILE).write_text(policy)
    (root / lock).write_text("".join(f"{name}==1.0\n    # via -r a.in\n" for name, _ in packages))
    install(root / "site", ("some-other", "License-Expression: MIT"), *packages)
    scope = Scope(root, (lock,), everything=True, settings={"licences.environments": "site"})
    return check(scope, TickingClock(CLOCK))


def install(place: Path, *packages: tuple[str, str]) -> Path:
    for name, metadata in packages:
        folder = place / f"{name}-1.0.dist-info"
        folder.mkdir(parents=True)
        (folder / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n{metadata}\n\nText\n")
    return place


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
        ("", ["licence-unknown"]),
    ],
)
def test_what_a_package_declares_is_held_to_the_policy(tmp_path: Path, metadata: str, found: list[str]) -> None:
    report = judged(tmp_path, ("a", metadata))

    assert rules(report) == found
    assert report.outcome is (Outcome.FAILED if found else Outcome.PASSED)


def test_a_package_that_is_not_installed_or_at_another_version_is_unknown(tmp_path: Path) -> None:
    judged(tmp_path, ("a", "License-Expression: MIT"))
    (tmp_path / "a.lock").write_text("a==1.1\n    # via -r a.in\nb==1.0\n    # via -r a.in\n")

    report = check(Scope(tmp_path, ("a.lock",), settings={"licences.environments": "site"}), TickingClock(CLOCK))

    assert [(each.rule, each.context) for each in report.findings] == [
        ("licence-unknown", "a==1.1"),
        ("licence-unknown", "b==1.0"),
    ]


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


def test_a_lock_that_the_policy_leaves_is_read_and_told(tmp_path: Path) -> None:
    report = judged(tmp_path, ("a", ""), lock="tools.lock")

    assert (report.outcome, report.read) == (Outcome.PASSED, ("tools.lock",))
    assert report.notes[0] == "left: tools.lock (never shipped)"


def test_a_lock_that_cannot_be_read_is_a_finding_even_where_it_is_left(tmp_path: Path) -> None:
    judged(tmp_path, ("a", ""))
    (tmp_path / "tools.lock").write_text("")

    scope = Scope(tmp_path, ("tools.lock",), settings={"licences.environments": "site"})
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

    scope = Scope(tmp_path, ("package-lock.json",), settings={"licences.environments": "site"})
    found = check(scope, TickingClock(CLOCK)).findings

    assert [(each.rule, each.context) for each in found] == [
        ("licence-refused", "b@1.0.0"),
        ("licence-unknown", "c@1.0.0"),
        ("licence-unknown", "d@1.0.0"),
    ]


def test_environments_wheels_and_pex_files_are_read_and_what_a_package_carries_inside_is_not(tmp_path: Path) -> None:
    install(tmp_path / "venv/lib/python3.11/site-packages", ("a", "License-Expression: MIT"))
    install(tmp_path / "venv/lib/python3.11/site-packages/a/_vendor", ("inner", "License-Expression: MIT"))
    for archive, folder in (("b.whl", ""), ("c.pex", ".deps/c.whl/")):
        with zipfile.ZipFile(tmp_path / archive, "w") as written:
            name = archive[0]
            written.writestr(f"{folder}{name}-1.0.dist-info/METADATA", f"Name: {name}\nVersion: 1.0\nLicense: MIT\n")
            written.writestr(f"{folder}x/_vendor/inner-1.0.dist-info/METADATA", "Name: inner\nVersion: 1.0\n")

    found = installed([tmp_path / "venv", tmp_path / "b.whl", tmp_path / "c.pex"])

    assert {name: str(each.licence) for (name, _), each in found.items()} == {"a": "MIT", "b": "MIT", "c": "MIT"}


def test_an_archive_that_is_damaged_inside_is_an_error(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.whl", "w", zipfile.ZIP_DEFLATED) as written:
        written.writestr("a-1.0.dist-info/METADATA", "Name: a\nVersion: 1.0\n" + "License: MIT\n" * 50)
    whole = bytearray((tmp_path / "a.whl").read_bytes())
    whole[60] ^= 0x55
    (tmp_path / "a.whl").write_bytes(whole)

    with pytest.raises(MetadataError, match="cannot be read"):
        installed([tmp_path / "a.whl"])


@pytest.mark.parametrize("name", ["gone", "empty", "torn.pex"])
def test_a_named_environment_that_is_none_is_an_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "torn.pex").write_bytes(b"PK")

    with pytest.raises(MetadataError):
        installed([tmp_path / name])


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ("", "allowed"),
        ('allowed = "MIT"\nrefused = []', "allowed"),
        ("allowed = [", "ci/licences.toml"),
        (POLICY.replace('owner = "@legal"', ""), "exception.0.owner"),
        (POLICY.replace('licence = "MIT"', 'licence = "MIT OR"'), "clarified.0.licence"),
        (POLICY.replace("allowed", "alowed"), "allowed"),
    ],
)
def test_a_policy_that_is_not_of_its_form_says_which_row(tmp_path: Path, policy: str, said: str) -> None:
    with pytest.raises(LicencePolicyError, match=said):
        judged(tmp_path, ("a", ""), policy=policy)


def test_without_a_policy_nothing_is_decided(tmp_path: Path) -> None:
    with pytest.raises(LicencePolicyError, match="there is no policy"):
        read_policy(tmp_path, FILE)


def test_the_policy_of_this_repository_is_of_its_form_and_allows_nothing_that_it_refuses() -> None:
    policy = read_policy(Path(), FILE)

    assert {each.casefold() for each in policy.allowed}.isdisjoint(each.casefold() for each in policy.refused)


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


@settings(deadline=None)
@given(tree=TREES)
def test_an_expression_is_allowed_where_the_allowed_licences_suffice_and_refused_where_all_but_the_refused_do_not(
    tree: Tree,
) -> None:
    known = {"MIT": Standing.ALLOWED, "Apache-2.0": Standing.ALLOWED, "GPL-3.0-only": Standing.REFUSED}

    found = standing(parse_licence(written(tree)), lambda term: known.get(term.licence, Standing.UNKNOWN))

    sure = may(tree, frozenset({"MIT", "Apache-2.0"}))
    possible = may(tree, frozenset(NAMES) - {"GPL-3.0-only"})
    assert found is (Standing.ALLOWED if sure else Standing.UNKNOWN if possible else Standing.REFUSED)


@settings(deadline=None)
@given(tree=TREES, accepted=st.frozensets(st.sampled_from(NAMES)))
def test_an_expression_that_is_written_and_read_again_means_the_same(tree: Tree, accepted: frozenset[str]) -> None:
    again = parse_licence(str(parse_licence(written(tree))))

    found = standing(again, lambda term: Standing.ALLOWED if term.licence in accepted else Standing.REFUSED)
    assert (found is Standing.ALLOWED) == may(tree, accepted)


@settings(deadline=None)
@given(text=st.text(st.sampled_from("MIT()ANDORWITH-+. ,\u00e9"), max_size=30))
def test_any_text_is_an_expression_or_refused(text: str) -> None:
    try:
        read: Licence = parse_licence(text)
    except LicenceError:
        return
    assert all(isinstance(term, Term) for term in terms(read))
