"""The gates that ask Pants, with a Pants that says what it is told to."""

import json
import stat
from pathlib import Path

import pytest

from dynamic_delivery.gates import mypy
from dynamic_delivery.gates import pytest as pytest_gate
from dynamic_delivery.gates.errors import OutputError, ToolError
from dynamic_delivery.gates.model import Gate, Outcome, Report, Scope, Severity
from tests.dynamic_delivery.gates.parsers import OUTPUTS

CLEAN = (OUTPUTS / "mypy-clean.txt").read_text(encoding="utf-8")
RED = (OUTPUTS / "mypy.txt").read_text(encoding="utf-8")
BROKEN = (OUTPUTS / "mypy-syntax.txt").read_text(encoding="utf-8")
WARNED = (OUTPUTS / "mypy-warned.txt").read_text(encoding="utf-8")
JUNIT = (OUTPUTS / "junit.xml").read_text(encoding="utf-8")
GREEN = (
    '<testsuites><testsuite name="pytest" errors="0" failures="0" skipped="0" tests="1">'
    '<testcase name="t"/></testsuite></testsuites>'
)
# Where Pants is told to write its reports.
FOLDER = 'for word in "$@"; do case $word in --test-report-dir=*) out=${word#*=} ;; esac; done'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "pants.toml").write_text('[GLOBAL]\npants_version = "2.17.1"\n', encoding="utf-8")
    return tmp_path


def says(root: Path, script: str) -> None:
    """Make the repository's Pants do what ``script`` says; its words are kept in ``asked``."""
    pants = root / "pants"
    (root / "targets").touch()
    peek = 'case " $* " in *" peek "*) [ -s targets ] && cat targets || echo "[]"; exit ;; esac'
    pants.write_text(f'#!/bin/sh\n{peek}\nprintf "%s\\n" "$@" > asked\n{script}\n', encoding="utf-8")
    pants.chmod(pants.stat().st_mode | stat.S_IXUSR)


def judged(gate: Gate, root: Path, *files: str) -> Report:
    return gate.judge(Scope(root, files))


def told(root: Path, text: str, exit_code: int) -> None:
    (root / "said").write_text(text, encoding="utf-8")
    says(root, f"cat said >&2; exit {exit_code}")


def test_mypy_is_asked_through_pants_and_a_success_of_all_files_passes(root: Path) -> None:
    told(root, CLEAN, 0)

    report = judged(mypy.GATE, root, "src/names.py")

    assert (report.outcome, report.read, report.findings) == (Outcome.PASSED, ("src/names.py",), ())
    assert (root / "asked").read_text(encoding="utf-8").split()[-3:] == ["check", "--only=mypy", "src/names.py"]


def test_mypy_s_errors_are_findings_and_a_file_it_did_not_check_is_one_too(root: Path) -> None:
    told(root, RED, 1)
    (root / "src").mkdir()
    (root / "src/fees.py").write_text("\n" * 4 + "    return 1\n", encoding="utf-8")

    report = judged(mypy.GATE, root, *(f"src/{name}.py" for name in ("fees", "names", "more")))

    assert [each.rule for each in report.findings] == ["not-read", "return-value", "no-untyped-def", "arg-type"]
    assert report.findings[1].context == "return 1"
    assert report.findings[0].message == "mypy checked 2 of 3 files"


def test_the_notes_on_an_error_s_line_say_how_to_mend_it(root: Path) -> None:
    elsewhere = 'src/fees.py:4: note: "total" defined here\n'
    told(root, RED.replace("Found 3", f"{elsewhere}Found 3"), 1)

    fixes = {each.rule: each.fix for each in judged(mypy.GATE, root, "src/fees.py").findings}

    assert fixes["no-untyped-def"] == 'Use "-> None" if function does not return a value'
    assert fixes["arg-type"] == "see https://mypy.readthedocs.io/en/stable/_refs.html#code-arg-type"


def test_a_syntax_error_keeps_mypy_from_the_rest_and_is_high(root: Path) -> None:
    told(root, BROKEN, 2)

    report = judged(mypy.GATE, root, "src/a.py", "src/bad.py")

    assert [(each.rule, each.severity) for each in report.findings] == [
        ("not-read", Severity.MEDIUM),
        ("syntax", Severity.HIGH),
    ]
    assert report.read == ()


def test_a_misspelled_option_of_mypy_is_a_finding_though_it_exits_0(root: Path) -> None:
    told(root, WARNED, 0)

    report = judged(mypy.GATE, root, "src/names.py")

    assert [(each.rule, each.message) for each in report.findings] == [
        ("tool-warning", "pyproject.toml: [mypy]: Unrecognized option: warn_unreachabel = True")
    ]
    assert report.outcome is Outcome.FAILED


def test_what_pants_says_of_its_own_work_is_no_word_of_mypy(root: Path) -> None:
    slow = "12:00:00.00 [INFO] Long running tasks:\n  60.24s\tTypecheck using MyPy - mypy\n"
    told(root, f"Bootstrapping Pants ...\n{slow}{CLEAN}", 0)

    report = judged(mypy.GATE, root, "src/names.py")

    assert (report.outcome, report.notes) == (Outcome.PASSED, ())


@pytest.mark.parametrize("gate", [mypy.GATE, pytest_gate.GATE], ids=lambda gate: gate.name)
@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        ('Unmatched glob from src:src\'s `sources` field: "src/gone.py"', False),
        ("Failed to read from remote cache (1 occurrences so far): Unavailable", True),
        ("File watcher exiting with: The watcher was shut down.", True),
    ],
    ids=["of the sources", "of the cache", "of the daemon"],
)
def test_a_warning_of_pants_is_a_finding_unless_it_is_of_its_cache_or_daemon(
    root: Path, gate: Gate, text: str, harmless: bool
) -> None:
    (root / "said").write_text(f"12:00:00.00 [WARN] {text}\n{CLEAN}", encoding="utf-8")
    says(root, f'{FOLDER}\n[ -n "$out" ] && printf \'{GREEN}\' > "$out/tests.test_a.py.xml"\ncat said >&2')

    report = judged(gate, root, "tests/test_a.py")

    assert [each.rule for each in report.findings] == ([] if harmless else ["tool-warning"])
    assert report.notes == ((text,) if harmless else ())
    assert report.outcome is (Outcome.PASSED if harmless else Outcome.FAILED)


@pytest.mark.parametrize("gate", [mypy.GATE, pytest_gate.GATE], ids=lambda gate: gate.name)
def test_what_a_person_says_to_the_tools_does_not_reach_them(
    root: Path, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``PANTS_PYTEST_ARGS='-k fast'`` would leave a report of a file whose failing test never ran."""
    monkeypatch.setenv("PANTS_PYTEST_ARGS", "-k fast")
    monkeypatch.setenv("PANTS_MYPY_ARGS", "--no-strict")
    says(root, "env > seen; exit 70")

    with pytest.raises(ToolError, match="pants exited 70"):
        judged(gate, root, "tests/test_a.py")

    assert "_ARGS=" not in (root / "seen").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "exit_code"),
    [
        ("ResolveError: No targets found for file src/a.py\n", 1),
        ("\n✕ mypy failed.\n", 1),
        ("✓ mypy succeeded.\n", 0),
        (CLEAN, 1),
        (RED, 0),
        (RED.replace("Found 3 errors", "Found 4 errors"), 1),
        (RED.replace("✕ mypy failed.", ""), 1),
        ("", 0),
    ],
    ids=[
        "no owner",
        "no words",
        "nothing checked",
        "no, and a clean text",
        "yes, and errors",
        "cut",
        "no end",
        "silence",
    ],
)
def test_a_pants_that_says_too_little_is_no_answer(root: Path, text: str, exit_code: int) -> None:
    told(root, text, exit_code)

    with pytest.raises(OutputError):
        judged(mypy.GATE, root, "src/a.py")


@pytest.mark.parametrize("gate", [mypy.GATE, pytest_gate.GATE], ids=lambda gate: gate.name)
def test_a_pants_that_neither_says_yes_nor_no_is_no_answer(root: Path, gate: Gate) -> None:
    says(root, "echo Engine error >&2; exit 70")

    with pytest.raises(ToolError, match=r"pants exited 70 \(Engine error\)"):
        judged(gate, root, "tests/test_a.py")


def test_each_failed_test_is_a_finding_and_what_was_skipped_is_told(root: Path) -> None:
    (root / "junit.xml").write_text(JUNIT, encoding="utf-8")
    says(root, f'{FOLDER}\ncp junit.xml "$out/tests.test_a.py.xml"; exit 1')

    report = judged(pytest_gate.GATE, root, "tests/test_a.py")

    assert [(each.rule, each.context) for each in report.findings] == [
        ("error", "tests.test_a::test_whose_fixture_breaks"),
        ("failure", "tests.test_a::test_that_fails"),
    ]
    assert report.read == ("tests/test_a.py",)
    assert report.notes == ("1 of 6 tests were skipped in tests/test_a.py",)
    assert report.findings[1].fix == "./pants test tests/test_a.py -- -k test_that_fails"


@pytest.mark.parametrize(
    ("skips", "found"),
    [
        ((False,), ["tests/test_slow.py"]),
        ((True,), []),
        ((True, False), ["tests/test_slow.py"]),
        ((None,), ["tests/test_slow.py"]),
    ],
)
def test_a_test_file_without_a_result_is_a_finding_unless_its_build_file_skips_it(
    root: Path, skips: tuple[bool | None, ...], found: list[str]
) -> None:
    targets = [{"address": "tests:t", "sources": ["tests/test_slow.py"], "skip_tests": skip} for skip in skips]
    (root / "targets").write_text(json.dumps([*targets, {"address": "a:generator"}]), encoding="utf-8")
    says(root, f"{FOLDER}\nprintf '{GREEN}' > \"$out/tests.test_a.py.xml\"")

    report = judged(pytest_gate.GATE, root, "tests/test_a.py", "tests/test_slow.py")

    assert [each.place.path for each in report.findings if each.place and each.rule == "not-read"] == found
    assert report.outcome is (Outcome.FAILED if found else Outcome.PASSED)
    assert report.notes == (() if found else ("tests/test_slow.py is not run: its BUILD file skips it",))
    assert report.read == ("tests/test_a.py",)


def test_a_file_whose_tests_were_all_skipped_gave_no_result(root: Path) -> None:
    skipped = GREEN.replace('skipped="0"', 'skipped="1"').replace(
        '<testcase name="t"/>', '<testcase name="t"><skipped type="pytest.skip" message="no device"/></testcase>'
    )
    says(root, f"{FOLDER}\nprintf '{skipped}' > \"$out/tests.test_a.py.xml\"")

    report = judged(pytest_gate.GATE, root, "tests/test_a.py")

    assert [each.rule for each in report.findings] == ["not-read"]
    assert (report.outcome, report.read) == (Outcome.FAILED, ())


def test_a_test_that_was_expected_to_fail_has_run(root: Path) -> None:
    expected = GREEN.replace('skipped="0"', 'skipped="1"').replace(
        '<testcase name="t"/>', '<testcase name="t"><skipped type="pytest.xfail" message=""/></testcase>'
    )
    says(root, f"{FOLDER}\nprintf '{expected}' > \"$out/tests.test_a.py.xml\"")

    report = judged(pytest_gate.GATE, root, "tests/test_a.py")

    assert (report.outcome, report.notes) == (Outcome.PASSED, ())


def test_a_target_of_another_name_is_the_file_s_result_too(root: Path) -> None:
    says(root, f"{FOLDER}\nprintf '{GREEN}' > \"$out/tests.test_slow.py.slow.xml\"")

    assert judged(pytest_gate.GATE, root, "tests/test_slow.py").outcome is Outcome.PASSED


def test_a_file_that_several_targets_run_has_the_results_of_all(root: Path) -> None:
    rows = [
        {"address": f"tests/b:{name}", "sources": ["tests/b/test_rows.py"], "skip_tests": False}
        for name in ("x.y", "z")
    ]
    (root / "targets").write_text(json.dumps(rows), encoding="utf-8")
    red = GREEN.replace('failures="0"', 'failures="1"').replace(
        "/></testsuite>", '><failure message="no"/></testcase></testsuite>'
    )
    green, failed = (f'"$out/tests.b.{name}.xml"' for name in ("z", "x.y"))
    says(root, f"{FOLDER}\nprintf '{GREEN}' > {green}\nprintf '{red}' > {failed}\nexit 1")

    report = judged(pytest_gate.GATE, root, "tests/b/test_rows.py")

    assert [each.message for each in report.findings] == ["t: no"]
    assert report.read == ("tests/b/test_rows.py",)


def test_no_result_at_all_is_no_answer(root: Path) -> None:
    """Neither are results of another run, which stand where Pants writes them by itself."""
    (root / "dist/test/reports").mkdir(parents=True)
    (root / "dist/test/reports/tests.test_a.py.xml").write_text(GREEN, encoding="utf-8")
    says(root, "exit 0")

    with pytest.raises(ToolError, match="no test gave a result"):
        judged(pytest_gate.GATE, root, "tests/test_a.py")


def test_a_failure_that_no_report_shows_is_no_answer(root: Path) -> None:
    says(root, f"{FOLDER}\nprintf '{GREEN}' > \"$out/tests.test_a.py.xml\"; exit 1")

    with pytest.raises(OutputError, match="Pants exited 1, and 0 tests failed"):
        judged(pytest_gate.GATE, root, "tests/test_a.py")


def test_a_file_that_cannot_be_collected_is_a_finding(root: Path) -> None:
    """The exit status is 2 then, pytest's and so Pants'."""
    said = GREEN.replace('errors="0"', 'errors="1"').replace(
        '<testcase name="t"/>', '<testcase name=""><error message="collection failure"/></testcase>'
    )
    says(root, f"{FOLDER}\nprintf '{said}' > \"$out/tests.test_a.py.xml\"; exit 2")

    (finding,) = judged(pytest_gate.GATE, root, "tests/test_a.py").findings

    assert (finding.rule, finding.message) == ("error", "the whole file: collection failure")


def test_reports_are_asked_for_below_the_root_and_are_gone_afterwards(root: Path) -> None:
    says(root, f"{FOLDER}\nprintf '{GREEN}' > \"$out/tests.test_a.py.xml\"")

    judged(pytest_gate.GATE, root, "tests/test_a.py")

    (option,) = [word for word in (root / "asked").read_text(encoding="utf-8").split() if "report-dir" in word]
    assert not Path(option.partition("=")[2]).is_absolute()
    assert list((root / ".dynamic/gates").iterdir()) == []


def test_a_report_that_declares_entities_is_refused(root: Path) -> None:
    with pytest.raises(OutputError, match="declares entities"):
        pytest_gate.parse(f'<!DOCTYPE a [<!ENTITY b "c">]>{GREEN}'.encode(), "tests/test_a.py")
