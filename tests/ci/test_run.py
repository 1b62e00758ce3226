"""The build server's script, with programs in place of the real ones that end as each test says."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

_PANTS = """#!/bin/sh
echo "pants $*" >>called
case $1 in test) mkdir -p dist/test/reports; cp given/*.xml dist/test/reports ;; esac
[ "$1" = "$(cat failing)" ] || exit 0
[ ! -d later ] || { mv failing nothing; cp later/*.xml given; }
exit 1
"""
_SUITE = (
    '<testsuites><testsuite name="pytest" errors="{}" failures="{}" skipped="{}" tests="{}" time="0.1"/></testsuites>'
)


@dataclass(frozen=True)
class Room:
    """A repository with nothing in it but the script and what it calls."""

    root: Path

    def run(self) -> tuple[int, str, dict[str, object]]:
        """Return the exit status, the last line, and the summary."""
        done = subprocess.run(
            ["bash", str(self.root / "ci/run")],
            env={"PATH": "/usr/bin:/bin", "CI": "true"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        summary = json.loads((self.root / "dist/ci/summary.json").read_text(encoding="utf-8"))
        return done.returncode, done.stdout.splitlines()[-1], summary["tests"]


@pytest.fixture
def room(tmp_path: Path) -> Room:
    programs = {
        "pants": _PANTS,
        "dynamic": "#!/bin/sh\necho '{}'\n",
        "tools/lock": "#!/bin/sh\n",
        "tools/scanners": "#!/bin/sh\n",
        "scripts/verify/dynamic_modules.sh": "#!/bin/sh\n",
    }
    for name, text in programs.items():
        program = tmp_path / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(text, encoding="utf-8")
        program.chmod(0o755)
    for folder in ("ci", "given"):
        (tmp_path / folder).mkdir()
    shutil.copy("ci/run", tmp_path / "ci/run")
    (tmp_path / "failing").write_text("nothing", encoding="utf-8")
    (tmp_path / "README.md").write_text("```sh run\n./pants test documented::\n```\n", encoding="utf-8")
    (tmp_path / "given/a.xml").write_text(_SUITE.format(0, 0, 1, 4), encoding="utf-8")
    return Room(tmp_path)


def test_the_cases_of_all_reports_are_counted_and_readme_says_what_runs(room: Room) -> None:
    (room.root / "given/b.xml").write_text(_SUITE.format(0, 0, 0, 2), encoding="utf-8")
    assert room.run() == (0, "5 passed, 0 failed", {"passed": 5, "failed": 0, "flaky": 0, "skipped": 1})
    assert "pants test documented::" in (room.root / "called").read_text(encoding="utf-8")


def test_a_failing_step_is_one_more_failure_and_the_later_steps_still_run(room: Room) -> None:
    (room.root / "failing").write_text("lint", encoding="utf-8")
    status, last, _ = room.run()
    assert (status, last) == (1, "3 passed, 1 failed")
    assert "pants package ::" in (room.root / "called").read_text(encoding="utf-8")


def test_failing_cases_are_counted_apart_from_their_step(room: Room) -> None:
    (room.root / "failing").write_text("test", encoding="utf-8")
    (room.root / "given/a.xml").write_text(_SUITE.format(1, 2, 0, 5), encoding="utf-8")
    assert room.run() == (1, "2 passed, 4 failed", {"passed": 2, "failed": 3, "flaky": 0, "skipped": 0})


def test_what_fails_once_and_passes_once_is_named_flaky_and_holds_nothing_up(room: Room) -> None:
    case = '<testsuites><testsuite errors="0" failures="1" skipped="0" tests="2"><testcase classname="m" name="good"/>'
    case += '<testcase classname="m" name="now_and_then"><failure message="lost a race"/></testcase>'
    case += "</testsuite></testsuites>"
    (room.root / "failing").write_text("test", encoding="utf-8")
    (room.root / "given/a.xml").write_text(case, encoding="utf-8")
    (room.root / "later").mkdir()
    (room.root / "later/a.xml").write_text(_SUITE.format(0, 0, 0, 2), encoding="utf-8")

    assert room.run() == (0, "2 passed, 0 failed", {"passed": 2, "failed": 0, "flaky": 1, "skipped": 0})
    assert "- m::now_and_then: lost a race" in (room.root / "dist/ci/summary.md").read_text(encoding="utf-8")
    assert (room.root / "called").read_text(encoding="utf-8").count("pants test") == 2


def test_a_failing_case_is_named_with_its_message(room: Room) -> None:
    suite = room.root / "suite"
    suite.mkdir()
    (suite / "test_odd.py").write_text(
        'def test_good(): pass\ndef test_bad(): assert "<a & b>" == "c", "first line"\ndef test_broken(none): pass\n',
        encoding="utf-8",
    )
    report = room.root / "given/b.xml"
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(suite), f"--junitxml={report}"],
        cwd=room.root,
        capture_output=True,
        check=False,
    )
    assert room.run()[2]["failed"] == 2
    bad, broken = (room.root / "dist/ci/failing").read_text(encoding="utf-8").splitlines()
    assert bad.startswith("suite.test_odd::test_bad: AssertionError: first line")
    assert "<a & b>" in bad
    assert broken.startswith("suite.test_odd::test_broken: ")


@pytest.mark.parametrize("report", ["", _SUITE.format(0, 0, 2, 2)])
def test_a_run_without_a_test_fails(room: Room, report: str) -> None:
    (room.root / "given/a.xml").write_text(report, encoding="utf-8")
    status, last, _ = room.run()
    assert (status, last) == (1, "0 passed, 1 failed")


def test_a_readme_without_the_command_fails(room: Room) -> None:
    (room.root / "README.md").write_text("# nothing\n", encoding="utf-8")
    assert room.run()[0] == 1


def test_reports_of_an_earlier_run_do_not_count(room: Room) -> None:
    old = room.root / "dist/test/reports/old.xml"
    old.parent.mkdir(parents=True)
    old.write_text(_SUITE.format(0, 0, 0, 100), encoding="utf-8")
    assert room.run()[1] == "3 passed, 0 failed"
