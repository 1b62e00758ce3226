"""From what Pants laid down of a run to the recording of each test."""

import json
from pathlib import Path

import pytest

from dynamic_impact.errors import PantsFailedError
from dynamic_impact.model import Target
from dynamic_impact.recordings.inputs import Inputs
from dynamic_impact.recordings.model import SCHEMA, Recording
from dynamic_impact.recordings.record import Missing, collect, run_recorded
from dynamic_impact.recordings.sources import Sources, Tables, blob_of
from tests.dynamic_impact.recordings.pytest_pants import PytestPants

TEXT = b"def test_it(): pass\n"


def lay_down(root: Path, folder: str, *tests: str, passed: bool = True, hazards: tuple[str, ...] = ()) -> None:
    files = {test: {"blob": blob_of(TEXT), "ran": [["", 1]], "asked": [], "whole": ""} for test in tests}
    document = {
        "schema": SCHEMA,
        "python": "3.11.7",
        "platform": "linux",
        "tests": tests,
        "passed": passed,
        "hazards": hazards,
        "blind": [],
        "files": files,
    }
    path = root / "dist" / "test" / folder / "dynamic-recording.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(document))
    for test in tests:
        (root / test).write_bytes(TEXT)


def collected(root: Path, **tests: str) -> dict[str, Recording | Missing]:
    """Collect for addresses, ``_`` standing for what no name may hold, over their sources."""
    targets = {
        address: Target(address, "python_test", (source,), (), "", is_test=True)
        for address, source in ((name.replace("__", ":").replace("_at_", "@"), path) for name, path in tests.items())
    }
    found = collect(root, targets, dict.fromkeys(targets, Inputs("inputs", "without data")), Sources(root, Tables()))
    return {item.test: item for item in found}


def test_each_target_of_one_file_gets_its_own_run(tmp_path: Path) -> None:
    lay_down(tmp_path, "a.one", "test_a.py")
    lay_down(tmp_path, "a.two", "test_a.py", passed=False)
    lay_down(tmp_path, "test_b.py@@resolve=x", "test_b.py", passed=False)
    found = collected(tmp_path, a__one="test_a.py", a__two="test_a.py", alone="test_b.py")
    assert {test: isinstance(item, Recording) and item.passed for test, item in found.items()} == {
        "a:one": True,
        "a:two": False,
        "alone": False,
    }


def test_runs_that_cannot_be_told_apart_are_nobodys(tmp_path: Path) -> None:
    lay_down(tmp_path, "x", "test_a.py")
    lay_down(tmp_path, "y", "test_a.py", passed=False)
    found = collected(tmp_path, alone="test_a.py")
    assert found["alone"] == Missing("alone", "several runs lay claim to it")
    lay_down(tmp_path / "other", "a.one", "test_a.py")
    assert isinstance(collected(tmp_path / "other", a__one="test_a.py", a__two="test_a.py")["a:two"], Missing)


def test_a_torn_or_absent_recording_is_told(tmp_path: Path) -> None:
    assert collected(tmp_path, a="test_a.py")["a"] == Missing("a", "it did not reach the end of pytest")
    lay_down(tmp_path, "a", "test_a.py")
    (path,) = tmp_path.glob("dist/test/*/*.json")
    path.write_bytes(path.read_bytes()[:20])
    missing = collected(tmp_path, a="test_a.py")["a"]
    assert isinstance(missing, Missing)
    assert "cannot be read" in missing.why


def test_a_file_that_changed_meanwhile_is_a_hazard_and_a_generated_one_is_none(tmp_path: Path) -> None:
    lay_down(tmp_path, "a", "test_a.py", "made.py")
    (tmp_path / "made.py").unlink()
    found = collected(tmp_path, a="test_a.py")["a"]
    assert isinstance(found, Recording)
    assert (found.hazards, list(found.files)) == ((), ["test_a.py"])
    assert found.files["test_a.py"].blocks == {"<module>", "test_it"}, "by its line, where a Python tells no names"
    lay_down(tmp_path, "b", "test_b.py")
    (tmp_path / "test_b.py").write_text("x = 1\n")
    found = collected(tmp_path, b="test_b.py")["b"]
    assert isinstance(found, Recording)
    assert found.hazards == ("test_b.py was another file while it was recorded",)


def test_what_an_earlier_run_left_is_never_taken(tmp_path: Path) -> None:
    lay_down(tmp_path, "test_a.py", "test_a.py")
    run_recorded(PytestPants(), tmp_path, tmp_path / "state", (), (), print)
    assert not list(tmp_path.glob("dist/test/*/*.json"))


def test_a_pants_without_source_roots_is_told(tmp_path: Path) -> None:
    class Silent(PytestPants):
        def run_goal(self, *words: object) -> int:
            return 1

    with pytest.raises(PantsFailedError, match="source roots"):
        run_recorded(Silent(), tmp_path, tmp_path / "state", ("a",), (), print)


def test_workers_of_pytest_are_left_out_where_the_repository_wants_them(tmp_path: Path) -> None:
    asked: list[object] = []

    class Asked(PytestPants):
        def run_goal(self, *words: object) -> int:
            asked.append(words)
            return super().run_goal(*words) if words[1] == "roots" else 0  # type: ignore[arg-type]

    (tmp_path / "pants.toml").write_text("[pytest]\n")
    run_recorded(Asked(), tmp_path, tmp_path / "state", ("a",), (), print)
    assert "--no-pytest-xdist-enabled" not in str(asked)
    (tmp_path / "pants.toml").write_text("[pytest]\nxdist_enabled = true\n")
    run_recorded(Asked(), tmp_path, tmp_path / "state", ("a",), (), print)
    assert "--no-pytest-xdist-enabled" in str(asked)
