"""What doctor sees of a machine: real gits and programs made for the test, and what its answers come to."""

import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dynamic_base import DynamicError, ExitCode, TickingClock
from dynamic_cli.main import main
from dynamic_delivery.doctor import machine, programs, state
from dynamic_delivery.doctor.look import look, verdict
from dynamic_delivery.doctor.model import Check, Ground, Seen, State
from dynamic_delivery.doctor.table import CHECKS
from dynamic_delivery.hooks.place import install, own_folder
from dynamic_events import EventLog
from dynamic_impact.git import Git
from dynamic_impact.recordings.model import Recording
from dynamic_impact.recordings.narrow import store_of
from tests.dynamic_impact.repositories import IDENTITY, Repository, new_repository

# Stands for the launcher's own file: it finds a Python by its name on PATH alone.
_LAUNCH = """\
find_python() { for folder in $(printf %s "$PATH" | tr : ' '); do
  [ -x "$folder/python$1" ] && printf '%s\\n' "$folder/python$1" && return 0
done; command -v uv >/dev/null 2>&1 || return 1; uv python install "$1"; }
"""


@pytest.fixture(autouse=True)
def _own_git(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = new_repository(tmp_path / "repo")
    made.commit({"tools/launch.sh": _LAUNCH, ".gitignore": ".dynamic/\n"})
    return made


def ground(repository: Repository, **environment: str) -> Ground:
    return Ground(Git(repository.root), repository.root, {"PATH": os.environ["PATH"], **environment}, TickingClock())


def program(folder: Path, name: str, text: str = "exit 0") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def bin_with(folder: Path, *names: str) -> str:
    """Return a PATH of one folder that holds the system's sh and tr, and these."""
    folder.mkdir()
    for tool in ("sh", "tr"):
        found = shutil.which(tool)
        assert found
        (folder / tool).symlink_to(found)
    for name in names:
        program(folder, name, "echo brought >&2; exit 9")
    return str(folder)


def one(seen: Iterator[Seen]) -> Seen:
    (found,) = seen
    return found


# --- what the answers come to


@pytest.mark.parametrize(
    ("needed", "optional", "code"),
    [
        (State.OK, State.MISSING, ExitCode.YES),
        (State.OK, State.UNKNOWN, ExitCode.YES),
        (State.MISSING, State.OK, ExitCode.NO),
        (State.OLD, State.OK, ExitCode.NO),
        (State.UNKNOWN, State.OLD, ExitCode.UNDECIDED),
    ],
)
def test_only_what_is_needed_makes_the_answer(
    repository: Repository, needed: State, optional: State, code: ExitCode
) -> None:
    def saying(state: State) -> Any:
        return lambda _: iter([Seen("x", state, "")])

    checks = [Check("a", "", True, saying(needed)), Check("b", "", False, saying(optional))]
    assert verdict(look(ground(repository), checks)) == code


def test_missing_counts_before_what_could_not_be_told(repository: Repository) -> None:
    def fails(_: Ground) -> Iterator[Seen]:
        raise DynamicError("it broke", "mend it")

    def missing(_: Ground) -> Iterator[Seen]:
        yield Seen("x", State.MISSING, "")

    rows = look(ground(repository), [Check("a", "", True, fails), Check("b", "", True, missing)])
    assert rows[0].seen == Seen("a", State.UNKNOWN, "it broke", "mend it")
    assert verdict(rows) == ExitCode.NO


def test_a_check_that_fails_stops_no_other(repository: Repository) -> None:
    def fails(_: Ground) -> Iterator[Seen]:
        yield Seen("first", State.OK, "")
        raise PermissionError(13, "refused")

    rows = look(ground(repository), [Check("a", "", True, fails), Check("b", "", False, machine.git_version)])
    assert [row.seen.state for row in rows] == [State.OK, State.UNKNOWN, State.OK]


def test_every_row_that_is_not_ok_names_one_command(repository: Repository) -> None:
    for row in look(ground(repository), CHECKS):
        assert row.seen.found
        assert (row.seen.state is State.OK) or row.seen.fix, row.seen
        assert "\n" not in row.seen.fix


# --- the machine


def test_a_shallow_clone_is_told_with_the_command_that_mends_it(repository: Repository, tmp_path: Path) -> None:
    assert one(machine.clone(ground(repository))).state is State.OK
    repository.commit({"a": "1"})
    repository.git("clone", "--quiet", "--depth", "1", f"file://{repository.root}", str(tmp_path / "shallow"))
    shallow = Repository(tmp_path / "shallow")
    seen = one(machine.clone(ground(shallow)))
    assert (seen.state, seen.fix) == (State.MISSING, "git fetch --unshallow")
    shallow.git(*seen.fix.split()[1:])
    assert one(machine.clone(ground(shallow))).state is State.OK


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ("git version 2.39.5", State.OK),
        ("git version 2.31.0", State.OK),
        ("git version 2.30.9", State.OLD),
        ("git version 1.99.1 (Apple Git-1)", State.OLD),
        ("git version 3.0", State.OK),
        ("git, somehow", State.UNKNOWN),
    ],
)
def test_the_version_of_git_is_held_to_the_one_that_is_needed(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, says: str, expected: State
) -> None:
    here = ground(repository)
    monkeypatch.setattr(Git, "text", lambda *_: says)
    assert one(machine.git_version(here)).state is expected


def test_a_default_branch_is_known_by_the_remote_or_by_its_name(repository: Repository) -> None:
    assert one(machine.default_branch(ground(repository))).found == "main"
    repository.git("branch", "-m", "trunk")
    assert one(machine.default_branch(ground(repository))).state is State.MISSING


def test_a_python_is_found_as_the_launcher_finds_it(repository: Repository, tmp_path: Path) -> None:
    path = bin_with(tmp_path / "bin", "python3.9")
    here = ground(repository, PATH=path)
    assert one(machine.pants(here)).found == f"./pants with {path}/python3.9"
    seen = one(machine.python(here))
    assert seen.state is State.MISSING
    assert "python3.11-venv" in seen.fix


@pytest.mark.parametrize(
    ("tools", "fix"),
    [
        (("pyenv", "apt-get"), "pyenv install 3.11"),
        (("apt-get",), "sudo apt-get install python3.11-venv"),
        (("brew",), "brew install python3.11-venv"),
    ],
)
def test_the_command_is_one_of_this_system(
    repository: Repository, tmp_path: Path, tools: tuple[str, ...], fix: str
) -> None:
    assert one(machine.python(ground(repository, PATH=bin_with(tmp_path / "bin", *tools)))).fix == fix


def test_uv_would_bring_a_python_and_is_not_asked_to(repository: Repository, tmp_path: Path) -> None:
    path = Path(bin_with(tmp_path / "bin"))
    program(path, "uv", f"touch '{tmp_path}/asked'")
    seen = one(machine.python(ground(repository, PATH=str(path))))
    assert seen.state is State.OK
    assert "uv brings one" in seen.found
    assert not (tmp_path / "asked").exists()


def test_the_official_launcher_needs_no_python_of_ours(repository: Repository, tmp_path: Path) -> None:
    seen = one(machine.pants(ground(repository, PATH=bin_with(tmp_path / "bin", "pants"))))
    assert (seen.state, seen.found) == (State.OK, f"the launcher {tmp_path}/bin/pants")


def test_a_node_that_does_not_start_could_not_be_told(repository: Repository, tmp_path: Path) -> None:
    check = next(check for check in CHECKS if check.name == "Node.js")
    (row,) = look(ground(repository, DYNAMIC_NODE=str(tmp_path / "none")), [check])
    assert row.seen.state is State.UNKNOWN
    assert "does not start" in row.seen.found


@pytest.mark.parametrize(("free_gib", "expected"), [(1.9, State.MISSING), (2.1, State.OK)])
def test_too_little_room_is_told(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, free_gib: float, expected: State
) -> None:
    usage = SimpleNamespace(free=int(free_gib * 2**30))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    seen = list(machine.disk(ground(repository, HOME="/nonexistent/home")))
    assert [each.state for each in seen] == [expected, expected]


# --- programs, and what the clone gathered


def pins(repository: Repository) -> None:
    rows = ("[looker]", 'resolve = "scanners"', 'package = "looker"', 'version = "1.2.3"', "")
    repository.write_all({"ci/programs.toml": "\n".join(rows)})


def test_a_program_is_held_to_its_pin(repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pins(repository)
    seen = one(programs.programs(ground(repository)))
    assert (seen.name, seen.state, seen.fix) == ("looker", State.MISSING, "tools/scanners scanners")
    assert "1.2.3 is pinned" in seen.found
    for version, expected in (("1.2.3", State.OK), ("1.2.4", State.OLD)):
        place = program(tmp_path / version, "looker", f"echo looker {version}")
        monkeypatch.setenv("DYNAMIC_TOOL_LOOKER", str(place))
        seen = one(programs.programs(ground(repository)))
        assert seen.state is expected
        assert (seen.fix == "") is (expected is State.OK)


def test_no_pins_could_not_be_told(repository: Repository) -> None:
    assert one(programs.programs(ground(repository))).state is State.UNKNOWN


def test_hooks_are_seen_as_git_would_run_them(repository: Repository) -> None:
    assert [each.state for each in state.hooks(ground(repository))] == [State.MISSING] * 2
    repository.git("config", "core.hooksPath", ".hooks")
    install(own_folder(Git(repository.root)))
    assert [each.state for each in state.hooks(ground(repository))] == [State.OK] * 2
    (repository.root / ".hooks" / "pre-push").write_text("#!/bin/sh\n# dynamic.hooks/0\n")
    (repository.root / ".hooks" / "pre-commit").write_text("#!/bin/sh\n")
    assert [each.state for each in state.hooks(ground(repository))] == [State.MISSING, State.OLD]


def test_recordings_and_runs_are_counted(repository: Repository) -> None:
    here = ground(repository)
    assert (one(state.recordings(here)).state, one(state.runs(here)).state) == (State.MISSING, State.MISSING)
    store_of(repository.root).save(Recording("t", "", "", "", passed=True))
    log = EventLog(repository.root, TickingClock())
    log.append("g", [log.event("gates.finished", "g", "x")])
    assert one(state.runs(here)).state is State.MISSING
    log.append("r", [log.event("run.finished", "r", "x")])
    assert (one(state.recordings(here)).found, one(state.runs(here)).found) == ("of 1 tests", "1 on record")


@pytest.mark.parametrize(
    ("days", "most", "expected"), [(14, "", State.OK), (15, "", State.OLD), (15, "30", State.OK), (0, "x", State.OLD)]
)
@pytest.mark.parametrize("form", ["folder", "zip"])
def test_the_age_of_the_advisories_is_held_to_the_setting(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, days: int, most: str, expected: State, form: str
) -> None:
    settings = {state.ADVISORIES: "advisories", **({state.STALE_DAYS: most} if most else {})}
    monkeypatch.setattr(state, "read_settings", lambda *_: settings)
    taken = json.dumps({"taken": f"2026-01-{1:02d}T00:00:00Z"})
    path = repository.root / "advisories"
    if form == "folder":
        repository.write_all({"advisories/snapshot.json": taken})
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("snapshot.json", taken)
    clock = TickingClock()
    clock.at = clock.at.replace(day=1 + days)
    here = Ground(Git(repository.root), repository.root, {}, clock)
    assert one(state.advisories(here)).state is expected


@pytest.mark.parametrize("text", ["", "[]", '{"taken": 7}', '{"taken": "soon"}', "\xff"])
def test_a_snapshot_that_does_not_date_itself_could_not_be_told(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr(state, "read_settings", lambda *_: {state.ADVISORIES: "a"})
    assert one(state.advisories(ground(repository))).state is State.MISSING
    (repository.root / "a").mkdir()
    (repository.root / "a" / "snapshot.json").write_bytes(text.encode("latin-1"))
    assert one(state.advisories(ground(repository))).state is State.UNKNOWN


def test_no_snapshot_is_told(repository: Repository) -> None:
    assert one(state.advisories(ground(repository))).state is State.MISSING


# --- the command


def test_the_document_holds_a_row_a_check_and_the_exit_code(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["doctor", "--repo", str(repository.root), "--json"])
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "dynamic.doctor/1"
    assert document["exit_code"] == code
    assert {row["outcome"] for row in document["checks"]} <= {"ok", "missing", "old", "could not tell"}
    assert all(sorted(row) == ["fix", "found", "name", "needed", "outcome", "what"] for row in document["checks"])


def test_outside_of_a_repository_is_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--repo", str(tmp_path)]) == ExitCode.USAGE
    assert "no git work tree" in capsys.readouterr().err
