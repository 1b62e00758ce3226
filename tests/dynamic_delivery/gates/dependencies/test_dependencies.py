"""The verdict over locks and advisories: what is found, what is not decided, and what each says to do next."""

import io
import json
import os
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dynamic_delivery.gates.advisories.model import AdvisoryError
from dynamic_delivery.gates.advisories.osv import read_record
from dynamic_delivery.gates.advisories.snapshot import read_snapshot
from dynamic_delivery.gates.model import Outcome, Package, Place, Severity
from tests.dynamic_delivery.gates.dependencies.osv import CLICK_LOCK, NOW, commits, judged, record, write

LOCKS = {"3rdparty/a.lock": CLICK_LOCK}


def rules(root: Path, *records: dict[str, Any], lock: str = CLICK_LOCK) -> list[str]:
    write(root / "advisories", *records)
    return [finding.rule for finding in judged(root, {"3rdparty/a.lock": lock}).findings]


def test_a_finding_names_the_fault_the_pin_its_line_and_the_first_release_that_is_free_of_it(tmp_path: Path) -> None:
    write(tmp_path / "advisories", record(aliases=["CVE-2026-1"]))

    report = judged(tmp_path, LOCKS)

    [found] = report.findings
    assert report.outcome is Outcome.FAILED
    assert (found.rule, found.severity) == ("CVE-2026-1", Severity.MEDIUM)
    assert (found.place, found.package) == (Place("3rdparty/a.lock", 1), Package("PyPI", "click", "8.1.0"))
    assert found.message == "click==8.1.0 is affected by CVE-2026-1 (GHSA-0000-0000-0001): It does what it should not"
    assert (found.fix, found.fixed_in) == ("lock click 8.2 or above", "8.2")
    assert found.context == "click==8.1.0"


def test_a_release_that_is_free_of_it_passes_and_the_age_is_told(tmp_path: Path) -> None:
    write(tmp_path / "advisories", record())

    report = judged(tmp_path, {"a.lock": CLICK_LOCK.replace("8.1.0", "8.2")})

    assert (report.outcome, report.findings, report.read) == (Outcome.PASSED, (), ("a.lock",))
    assert "the advisories for PyPI are 1 days old (by the newest record)" in report.notes
    assert report.tool is not None
    assert len(report.tool.sha256) == 64


def test_the_same_fault_under_several_names_is_one_finding_with_the_worst_severity(tmp_path: Path) -> None:
    pysec = record(id="PYSEC-2026-7", aliases=["CVE-2026-1"], database_specific=None)
    pysec["severity"] = [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}]
    write(tmp_path / "advisories", record(aliases=["CVE-2026-1"]), pysec, record(id="GHSA-0000-0000-0002"))

    found = judged(tmp_path, LOCKS).findings

    assert [(each.rule, each.severity) for each in found] == [
        ("CVE-2026-1", Severity.CRITICAL),
        ("GHSA-0000-0000-0002", Severity.MEDIUM),
    ]
    assert "(GHSA-0000-0000-0001, PYSEC-2026-7)" in found[0].message


def test_names_that_meet_only_through_a_third_are_one_fault(tmp_path: Path) -> None:
    assert rules(
        tmp_path,
        record(id="A-1", aliases=["X-1"]),
        record(id="B-1", aliases=["Y-1"]),
        record(id="C-1", aliases=["X-1", "Y-1"]),
    ) == ["A-1"]


def test_names_that_meet_through_the_first_of_three_are_one_fault(tmp_path: Path) -> None:
    assert rules(
        tmp_path,
        record(id="A-1", aliases=["X-1"]),
        record(id="B-1", aliases=["X-1"]),
        record(id="C-1", aliases=["A-1"]),
    ) == ["A-1"]


def test_the_severity_of_the_package_stands_over_that_of_the_record(tmp_path: Path) -> None:
    rated = record()
    rated["affected"][0]["severity"] = [
        {"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"},
    ]
    write(tmp_path / "advisories", rated)

    assert [finding.severity for finding in judged(tmp_path, LOCKS).findings] == [Severity.CRITICAL]


def test_the_release_to_take_is_free_of_every_name_and_every_range(tmp_path: Path) -> None:
    first = record(aliases=["CVE-2026-1"], events=[{"introduced": "0"}, {"fixed": "8.1.5"}])
    first["affected"][0]["ranges"].append(
        {"type": "ECOSYSTEM", "events": [{"introduced": "8.1.5"}, {"fixed": "8.1.9"}]}
    )
    write(tmp_path / "advisories", first, record(id="PYSEC-1", aliases=["CVE-2026-1"], versions=["8.1.9"]))

    [found] = judged(tmp_path, LOCKS).findings

    assert found.fix == "lock click 8.2 or above"


def test_where_no_fixed_release_is_named_that_is_said(tmp_path: Path) -> None:
    write(tmp_path / "advisories", record(events=[{"introduced": "0"}, {"last_affected": "8.1.0"}]))

    [found] = judged(tmp_path, LOCKS).findings

    assert found.fix.startswith("no fixed release is named: ")
    assert not found.fixed_in


@pytest.mark.parametrize(
    "spared",
    [
        record(withdrawn="2026-11-29T13:00:00Z"),
        record(name="clickhouse"),
        record(ecosystem="npm"),
        record(events=[{"introduced": "8.1.1"}]),
    ],
)
def test_what_is_withdrawn_or_of_another_package_or_version_does_not_count(
    tmp_path: Path, spared: dict[str, Any]
) -> None:
    assert rules(tmp_path, spared, record(name="other")) == []


def test_names_are_normalised_on_both_sides(tmp_path: Path) -> None:
    lock = CLICK_LOCK.replace("click", "Ruamel_Yaml")

    assert rules(tmp_path, record(name="ruamel.yaml"), lock=lock) == ["GHSA-0000-0000-0001"]


def test_a_list_of_versions_counts_beside_ranges_and_may_hold_what_is_none(tmp_path: Path) -> None:
    assert rules(tmp_path, record(events=[{"introduced": "9"}], versions=["2004d", "8.1"])) == ["GHSA-0000-0000-0001"]


@pytest.mark.parametrize(
    ("advisory", "said"),
    [
        (commits(), "it names commits alone"),
        (record(events=[{"introduced": "0"}, {"fixed": "8-beta-of-ours!"}]), "is no version of PyPI"),
    ],
)
def test_what_cannot_be_decided_of_a_package_is_a_finding_that_says_so(
    tmp_path: Path, advisory: dict[str, Any], said: str
) -> None:
    write(tmp_path / "advisories", advisory)

    [found] = judged(tmp_path, LOCKS).findings

    assert "could not be decided" in found.message
    assert found.fixed_in is None
    assert said in found.message


def test_commits_do_not_matter_where_versions_are_named_too(tmp_path: Path) -> None:
    both = record(events=[{"introduced": "0"}, {"fixed": "8.0"}])
    both["affected"][0]["ranges"] += commits()["affected"][0]["ranges"]

    assert rules(tmp_path, both) == []


def test_a_pin_that_is_no_release_is_a_finding(tmp_path: Path) -> None:
    lock = CLICK_LOCK.replace("click==8.1.0", "click @ https://example.org/click.zip")

    assert rules(tmp_path, record(), lock=lock) == ["version-not-read"]


def test_a_lock_that_cannot_be_read_is_a_finding_and_the_others_are_judged(tmp_path: Path) -> None:
    write(tmp_path / "advisories", record())

    report = judged(tmp_path, {**LOCKS, "web/yarn.lock": "# yarn lockfile v1\n"})

    assert [(each.rule, each.place) for each in report.findings] == [
        ("GHSA-0000-0000-0001", Place("3rdparty/a.lock", 1)),
        ("lock-not-read", Place("web/yarn.lock")),
    ]
    assert report.read == ("3rdparty/a.lock",)


def test_a_severity_that_nobody_gives_is_taken_as_high_and_said(tmp_path: Path) -> None:
    write(tmp_path / "advisories", record(database_specific=None))

    [found] = judged(tmp_path, LOCKS).findings

    assert (found.severity, "not given" in found.message) == (Severity.HIGH, True)


def test_without_a_snapshot_nothing_is_decided(tmp_path: Path) -> None:
    report = judged(tmp_path, {**LOCKS, "yarn.lock": "x"}, advisories="")

    assert (report.outcome, [each.rule for each in report.findings]) == (Outcome.UNDECIDED, ["lock-not-read"])
    assert report.reason == "no advisory snapshot is given, so no package could be judged"
    assert "--set dependencies.advisories=PATH" in report.fix


@pytest.mark.parametrize("path", ["gone", "gone.zip", "empty", "pipe.json"])
def test_a_snapshot_that_is_not_there_or_holds_nothing_decides_nothing(tmp_path: Path, path: str) -> None:
    (tmp_path / "empty").mkdir()
    os.mkfifo(tmp_path / "pipe.json")

    assert judged(tmp_path, LOCKS, advisories=path).outcome is Outcome.UNDECIDED


def test_days_that_are_no_number_decide_nothing(tmp_path: Path) -> None:
    write(tmp_path / "advisories", record())

    assert (
        judged(tmp_path, LOCKS, stale_days="two").reason
        == "dependencies.stale_days is 'two', which is no number of days"
    )


@pytest.mark.parametrize(
    ("modified", "days", "outcome"),
    [
        ("2026-11-17T00:00:00Z", "14", Outcome.PASSED),
        ("2026-11-15T00:00:00Z", "14", Outcome.UNDECIDED),
        ("2026-11-15T00:00:00Z", "20", Outcome.PASSED),
        ("2026-11-15T00:00:00Z", "999999", Outcome.PASSED),
        ("2026-11-30T11:00:00Z", "1000000", Outcome.UNDECIDED),
        ("2026-12-24T00:00:00Z", "14", Outcome.UNDECIDED),
    ],
)
def test_a_stale_snapshot_decides_nothing(tmp_path: Path, modified: str, days: str, outcome: Outcome) -> None:
    write(tmp_path / "advisories", record(name="other", modified=modified))

    report = judged(tmp_path, LOCKS, stale_days=days)

    assert report.outcome is outcome
    assert bool(report.reason and report.fix) == (outcome is Outcome.UNDECIDED)


def test_what_a_stale_snapshot_does_know_is_still_told(tmp_path: Path) -> None:
    write(tmp_path / "advisories", record(modified="2020-01-01T00:00:00Z"))

    report = judged(tmp_path, LOCKS)

    assert (report.outcome, len(report.findings)) == (Outcome.UNDECIDED, 1)


def test_a_snapshots_own_date_stands_over_its_newest_record(tmp_path: Path) -> None:
    folder = write(tmp_path / "advisories", record(name="other", modified="2020-01-01T00:00:00Z"))
    (folder / "snapshot.json").write_text(json.dumps({"taken": (NOW - timedelta(days=3)).isoformat()}))

    report = judged(tmp_path, LOCKS)

    assert report.outcome is Outcome.PASSED
    assert "the advisories for PyPI are 3 days old (as dated)" in report.notes


def test_a_snapshot_without_the_ecosystem_of_a_lock_decides_nothing(tmp_path: Path) -> None:
    write(tmp_path / "advisories", record(ecosystem="npm"))

    report = judged(tmp_path, LOCKS)

    assert report.outcome is Outcome.UNDECIDED
    assert report.reason == "the snapshot holds no advisory for PyPI, whose packages are locked here"


def test_a_corrupt_entry_is_told_with_its_file_and_nothing_is_decided(tmp_path: Path) -> None:
    folder = write(tmp_path / "advisories", record(name="other"))
    (folder / "torn.json").write_text(json.dumps(record())[:100])

    report = judged(tmp_path, LOCKS)

    assert report.outcome is Outcome.UNDECIDED
    assert report.reason.startswith("an advisory could not be read: torn.json: ")


def test_what_a_snapshot_only_links_to_is_told_and_nothing_is_decided(tmp_path: Path) -> None:
    folder = write(tmp_path / "advisories", record(name="other"))
    write(tmp_path / "elsewhere", record())
    (folder / "more").symlink_to(tmp_path / "elsewhere")
    (folder / "one.json").symlink_to(tmp_path / "elsewhere/0.json")
    os.mkfifo(folder / "pipe.json")

    report = judged(tmp_path, LOCKS)

    assert report.outcome is Outcome.UNDECIDED
    assert [each.rule for each in report.findings] == ["GHSA-0000-0000-0001"]
    said = "it is a link to a folder, or no file"
    assert report.reason == f"an advisory could not be read: more: {said} (and 1 more)"
    assert f"not read: pipe.json: {said}" in report.notes


def zipped(*records: Any) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, each in enumerate(records):
            archive.writestr(f"{number}.json", json.dumps(each))
    return held.getvalue()


TWO = (record(), record(id="GHSA-0000-0000-0002"))
WANTED = {("PyPI", "click")}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("PyPI/all.zip", zipped(*TWO)),
        ("all.jsonl", "\n".join(map(json.dumps, TWO)).encode() + b"\n\n"),
        ("all.json", json.dumps(TWO).encode()),
        ("answer.json", json.dumps({"vulns": TWO}).encode()),
    ],
)
@pytest.mark.parametrize("whole_folder", [True, False])
def test_every_form_of_a_snapshot_gives_the_same_advisories(
    tmp_path: Path, name: str, content: bytes, whole_folder: bool
) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)

    read = read_snapshot(tmp_path if whole_folder else path, WANTED)

    assert [each.id for each in read.by_package["PyPI", "click"]] == ["GHSA-0000-0000-0001", "GHSA-0000-0000-0002"]
    assert (read.count, read.corrupt) == (2, ())


def test_an_archive_whose_first_entry_swallows_the_second_is_told(tmp_path: Path) -> None:
    whole = bytearray(zipped(*TWO))
    first = whole.index(b"PK\x01\x02")
    second = whole.index(b"PK\x01\x02", first + 4)
    # The length of the first entry's comment: as if all of the second entry were that.
    whole[first + 32 : first + 34] = (whole.index(b"PK\x05\x06") - second).to_bytes(2, "little")
    (tmp_path / "all.zip").write_bytes(whole)

    read = read_snapshot(tmp_path / "all.zip", WANTED)

    assert read.corrupt == ("all.zip: it should hold 2 members, and 1 were found",)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_damaged_archive_is_refused_or_told_and_never_quietly_smaller(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    whole = zipped(*TWO)
    at = data.draw(st.integers(0, len(whole) - 1))
    damaged = whole[:at] if data.draw(st.booleans()) else whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :]
    path = tmp_path_factory.mktemp("damaged") / "all.zip"
    path.write_bytes(damaged)

    read = read_snapshot(path, WANTED)

    assert read.corrupt or read.count + read.left == 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_record_of_wrong_types_is_read_or_refused(data: st.DataObject) -> None:
    document: Any = record(aliases=["CVE-1"], versions=["1"], severity=[{"type": "CVSS_V3", "score": "x"}])
    spoil(document, data)
    try:
        read_record(document, "entry")
    except AdvisoryError as error:
        refused = error
    else:
        return
    assert refused.message


def spoil(document: Any, data: st.DataObject) -> None:
    """Put any JSON in the place of one value, at a depth that is drawn."""
    keys = sorted(document) if isinstance(document, dict) else range(len(document))
    key = data.draw(st.sampled_from(list(keys)))
    if isinstance(document[key], dict | list) and document[key] and data.draw(st.integers(0, 3)):
        spoil(document[key], data)
    else:
        document[key] = data.draw(JSON)


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"id": None}, "id"),
        ({"id": "CVE-\ud800"}, "id"),
        ({"summary": "\ud800"}, "summary"),
        ({"aliases": ["\udfff"]}, "aliases"),
        ({"modified": "yesterday"}, "modified"),
        ({"modified": 3}, "modified"),
        ({"modified": "0001-01-01T00:00:00+14:00"}, "modified"),
        ({"schema_version": "2.0.0"}, "1.x is known"),
        ({"events": [{"fixed": "1"}]}, "no introduced event"),
        ({"events": [{"introduced": "0", "fixed": "1"}]}, "not exactly one"),
        ({"affected": [{"package": {"name": "click"}}]}, "affected.0.package.ecosystem"),
        ({"affected": [{"package": {"ecosystem": "PyPI", "name": "a"}, "versions": "1"}]}, "affected.0.versions"),
    ],
)
def test_a_record_that_is_none_says_which_field(broken: dict[str, Any], said: str) -> None:
    with pytest.raises(AdvisoryError, match=said):
        read_record(record(**broken), "entry")
