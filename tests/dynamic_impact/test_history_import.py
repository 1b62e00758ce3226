"""Reports of other runners, into the history: what they name, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from dynamic_base import DynamicError, ExitCode, TickingClock, UsageError
from dynamic_impact.cli import impact_group
from dynamic_impact.errors import ReportError
from dynamic_impact.history import observations
from dynamic_impact.history.junit import Case, read_report
from dynamic_impact.history.subjects import path_safe, subjects
from tests.dynamic_impact.repositories import Repository

# The left is an address, the right what Pants 2.17.1 itself answered for its `path_safe_spec`.
OF_PANTS = [
    ("tests/a/test_x.py", "tests.a.test_x.py"),
    ("tests/a/test_x.py:t", "tests.a.test_x.py.t"),
    ("tests/a/sub/deep/test_x.py:../../t", "tests.a.sub.deep.test_x.py@@t"),
    ("tests/a/sub/test_x.py:../a", "tests.a.sub.test_x.py@a"),
    ("//test_x.py:t", ".test_x.py.t"),
    ("tests/a:t", "tests.a.t"),
    ("tests/a:a", "tests.a"),
    ("tests/a:t#gen/one", "tests.a.t@gen.one"),
    ("tests/a/test_x.py:t@k=v,resolve=a/b", "tests.a.test_x.py.t@@k=v,resolve=a.b"),
    ("//:root", ".root"),
    ("tests/a@k=v", "tests.a@@k=v"),
    ("tests/a:t#g@k=v", "tests.a.t@g@@k=v"),
]
PYTEST = """<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest" errors="0"
failures="1" skipped="1" tests="3" time="2.318" timestamp="2026-11-24T15:03:27.574763+01:00" hostname="vm">
<testcase classname="tests.a.test_x" name="test_one" time="0.5"/>
<testcase classname="tests.a.test_x.TestTwo" name="test_two" time="0.25"><failure message="boo">é</failure></testcase>
<testcase classname="tests.a.test_x" name="test_three" time="0"><skipped/></testcase>
</testsuite></testsuites>"""
SUREFIRE = """<testsuite name="com.x.FooTest" time="1,234.5" tests="2">
<testcase name="one" classname="com.x.FooTest" time="1,234"><flakyFailure type="x">once</flakyFailure></testcase>
<testcase name="two" classname="com.x.FooTest" time="0.5"/></testsuite>"""
BOMB = """<?xml version="1.0"?><!DOCTYPE t [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>
<testsuite><testcase name="&b;"/></testsuite>"""


@pytest.mark.parametrize(("address", "name"), OF_PANTS)
def test_a_report_of_pants_is_known_by_its_name(address: str, name: str) -> None:
    assert path_safe(address) == name
    assert subjects([(address, ())]).of(name, Case("x", "y", "", 0.0, "pass")) == address


@pytest.mark.parametrize(
    ("case", "address"),
    [
        (Case("", "n", "src/py/a/test_x.py", 0, "pass"), "src/py/a/test_x.py:t"),
        (Case("", "n", "./src/py/a/test_x.py", 0, "pass"), "src/py/a/test_x.py:t"),
        (Case("src.py.a.test_x", "n", "", 0, "pass"), "src/py/a/test_x.py:t"),
        (Case("src.py.a.test_x.TestOne.TestTwo", "n", "", 0, "pass"), "src/py/a/test_x.py:t"),
        (Case("a.test_x", "n", "", 0, "pass"), "src/py/a/test_x.py:t"),
        (Case("b.test_y", "n", "", 0, "pass"), "b.test_y"),
        (Case("same.test_z", "n", "", 0, "pass"), "same.test_z"),
        (Case("", "n", "elsewhere.py", 0, "pass"), "elsewhere.py"),
        (Case("", "n", "", 0, "pass"), "n"),
    ],
)
def test_another_runners_case_is_known_by_its_file_or_class_or_keeps_its_own_name(case: Case, address: str) -> None:
    tests = [("src/py/a/test_x.py:t", ("src/py/a/test_x.py",))]
    twins = [(f"{folder}/same/test_z.py", (f"{folder}/same/test_z.py",)) for folder in "pq"]
    assert subjects([*tests, *twins]).of("report", case) == address


def write(folder: Path, **files: str) -> list[Path]:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.xml").write_text(text, encoding="utf-8")
    return [folder / f"{name}.xml" for name in files]


def test_a_report_of_pytest_is_read_whole(tmp_path: Path) -> None:
    report = read_report(*write(tmp_path, pytest=PYTEST))
    assert [(case.classname, case.outcome, case.seconds) for case in report.cases] == [
        ("tests.a.test_x", "pass", 0.5),
        ("tests.a.test_x.TestTwo", "fail", 0.25),
        ("tests.a.test_x", "skip", 0.0),
    ]
    assert report.seconds == 2.318
    assert str(report.time) == "2026-11-24 14:03:27.574763+00:00"


def test_a_retried_case_is_flaky_and_seconds_may_have_commas(tmp_path: Path) -> None:
    report = read_report(*write(tmp_path, surefire=SUREFIRE))
    assert [(case.outcome, case.seconds) for case in report.cases] == [("flaky", 1234.0), ("pass", 0.5)]
    assert report.time is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (PYTEST[:400], "cut short or no XML"),
        ("", "cut short or no XML"),
        ("not xml", "cut short or no XML"),
        ("<testsuite/><testsuite/>", "cut short or no XML"),
        ('<?xml version="1.0" encoding="klingon"?><testsuite/>', "cut short or no XML"),
        ("<coverage/>", "no JUnit report"),
        (BOMB, "has a DOCTYPE"),
        ('<!DOCTYPE t SYSTEM "file:///etc/passwd"><testsuite/>', "has a DOCTYPE"),
    ],
)
def test_what_is_no_whole_report_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ReportError, match=said):
        read_report(*write(tmp_path, odd=text))


def test_a_huge_report_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dynamic_impact.history.junit.LARGEST", 100)
    with pytest.raises(ReportError, match="is larger than"):
        read_report(*write(tmp_path, big=PYTEST))


@pytest.fixture
def saved(repository: Repository, tmp_path: Path) -> Path:
    """Return a saved graph of one test."""
    repository.commit({"tests/a/test_x.py": ""})
    target = {"address": "tests/a/test_x.py:t", "target_type": "python_test", "sources": ["tests/a/test_x.py"]}
    path = tmp_path / "graph.json"
    path.write_text(json.dumps([target]), encoding="utf-8")
    return path


def ask(repository: Repository, *words: str | Path) -> int:
    return int(impact_group.main([*map(str, words), "--repo", str(repository.root)], standalone_mode=False))


def answered(capsys: pytest.CaptureFixture[str], repository: Repository, *words: str | Path) -> dict[str, Any]:
    capsys.readouterr()
    assert ask(repository, *words, "--json") == ExitCode.YES
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def test_reports_become_history_once_and_what_cannot_be_read_is_named(
    capsys: pytest.CaptureFixture[str], repository: Repository, saved: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "reports"
    write(folder, **{"tests.a.test_x.py.t": PYTEST, "TEST-com.x": SUREFIRE, "torn": PYTEST[:300]})
    words = ("history", "import", folder, "--graph", saved, "--machine", "small", "--revision", "abc")
    first = answered(capsys, repository, *words)
    assert [(Path(one["report"]).stem, one["results"]) for one in first["added"]] == [
        ("TEST-com.x", 1),
        ("tests.a.test_x.py.t", 1),
    ]
    assert [Path(one["report"]).stem for one in first["skipped"]] == ["torn"]
    found = observations(repository.root, TickingClock())
    (one,) = found["tests/a/test_x.py:t"]
    assert (one.outcome, one.seconds, one.machine, one.revision) == ("fail", 2.318, "small", "abc")
    assert [other.outcome for other in found["com.x.FooTest"]] == ["flaky"]
    files = sorted((repository.root / ".dynamic/events").rglob("*.jsonl"))
    again = answered(capsys, repository, *words)
    assert (again["added"], len(again["known"])) == ([], 2)
    assert sorted((repository.root / ".dynamic/events").rglob("*.jsonl")) == files


def test_no_readable_report_is_no_answer(repository: Repository, saved: Path, tmp_path: Path) -> None:
    (torn,) = write(tmp_path, torn="<testsuite>")
    assert ask(repository, "history", "import", torn, "--graph", saved) == ExitCode.UNDECIDED
    assert ask(repository, "history", "import", tmp_path / "none.xml", "--graph", saved) == ExitCode.UNDECIDED
    (tmp_path / "empty").mkdir()
    assert ask(repository, "history", "import", tmp_path / "empty", "--graph", saved) == ExitCode.UNDECIDED


def test_without_pants_the_reports_own_names_stand(
    capsys: pytest.CaptureFixture[str], repository: Repository, tmp_path: Path
) -> None:
    repository.commit()
    (report,) = write(tmp_path, TEST=SUREFIRE)
    assert ask(repository, "history", "import", report, "--pants", str(tmp_path / "no-pants")) == ExitCode.YES
    assert "the targets are not known" in capsys.readouterr().err
    assert list(observations(repository.root, TickingClock())) == ["com.x.FooTest"]


def test_an_empty_history_says_how_to_get_one(capsys: pytest.CaptureFixture[str], repository: Repository) -> None:
    assert ask(repository, "history") == ExitCode.YES
    assert "no test result is on record: run './dynamic run'" in capsys.readouterr().out
    assert answered(capsys, repository, "history")["tests"] == []


def test_history_lists_the_worst_first_and_a_test_by_name(
    capsys: pytest.CaptureFixture[str], repository: Repository, saved: Path, tmp_path: Path
) -> None:
    suite = '<testsuite timestamp="2026-01-{day:02d}T00:00:00">{cases}</testsuite>'
    case = '<testcase classname="{name}" name="n" time="{took}">{end}</testcase>'
    for day in range(1, 11):
        late = day > 5
        cases = "".join(
            [
                case.format(name="slow", took=9, end=""),
                case.format(name="failing", took=2 if late else 1, end="<failure/>" if late else ""),
                case.format(name="fine", took=1, end=""),
                case.format(name="flaky", took=1, end="<flakyFailure/>" if day == 3 else ""),
            ]
        )
        write(tmp_path / "reports", **{f"d{day}": suite.format(day=day, cases=cases)})
    ask(repository, "history", "import", tmp_path / "reports", "--graph", saved)
    told = answered(capsys, repository, "history", "--limit", "3")
    assert [one["address"] for one in told["tests"]] == ["failing", "flaky", "slow"]
    assert told["tests_on_record"] == 4
    failing, flaky, slow = told["tests"]
    assert (failing["runs"], failing["failures"], failing["last"]) == (10, 5, "fail")
    assert failing["trend"] == "slower, failing more"
    assert (flaky["flaky"], flaky["flaky_rate"], flaky["trend"]) == (1, 0.1, "")
    assert (slow["p50_s"], slow["p95_s"]) == (9.0, 9.0)
    assert [one["address"] for one in answered(capsys, repository, "history", "fine", "slow")["tests"]] == [
        "slow",
        "fine",
    ]
    with pytest.raises(UsageError, match="no result of 'nobody' is on record"):
        ask(repository, "history", "nobody")


def test_a_folder_that_is_no_pants_repository_is_named(tmp_path: Path) -> None:
    with pytest.raises(DynamicError, match=r"no pants\.toml"):
        impact_group.main(["history", "--repo", str(tmp_path)], standalone_mode=False)
