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

from dynamic_base import DynamicError, ExitCode, TickingClock, run
from dynamic_cli.main import main
from dynamic_delivery.doctor import machine, programs, state
from dynamic_delivery.doctor.look import look, verdict
from dynamic_delivery.doctor.model import Check, Ground, Seen, State
from dynamic_delivery.doctor.table import CHECKS
from dynamic_delivery.gates.advisories.source import SETTING
from dynamic_delivery.gates.dependencies import STALE_DAYS
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
        ("git version 2.32.0", State.OK),
        ("git version 2.31.9", State.OLD),
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
    seen = one(machine.default_branch(ground(repository)))
    assert (seen.state, seen.fix) == (State.MISSING, "git branch main")
    repository.git(*seen.fix.split()[1:])
    assert one(machine.default_branch(ground(repository))).state is State.OK


def test_the_remotes_default_branch_is_asked_of_it(repository: Repository, tmp_path: Path) -> None:
    repository.git("branch", "-m", "trunk")
    clone = Repository(tmp_path / "clone")
    repository.git("clone", "--quiet", str(repository.root), str(clone.root))
    clone.git("remote", "set-head", "origin", "--delete")
    seen = one(machine.default_branch(ground(clone)))
    assert seen.state is State.MISSING
    run(["sh", "-c", seen.fix], cwd=clone.root).checked("")
    assert one(machine.default_branch(ground(clone))).found == "origin/trunk"


def test_a_python_is_found_as_the_launcher_finds_it(repository: Repository, tmp_path: Path) -> None:
    path = bin_with(tmp_path / "bin", "python3.9")
    here = ground(repository, PATH=path)
    assert one(machine.pants(here)).found == f"./pants with {path}/python3.9"
    assert one(machine.python(here)).state is State.MISSING


@pytest.mark.parametrize(
    ("tools", "fix"),
    [
        (("pyenv", "apt-get"), "pyenv install 3.11"),
        (("dnf",), "sudo dnf install python3.11"),
        (("brew",), "brew install python@3.11"),
        ((), "curl -LsSf https://astral.sh/uv/install.sh | sh"),
    ],
)
def test_the_command_is_one_of_this_system(
    repository: Repository, tmp_path: Path, tools: tuple[str, ...], fix: str
) -> None:
    assert one(machine.python(ground(repository, PATH=bin_with(tmp_path / "bin", *tools)))).fix == fix


def test_a_package_that_this_debian_does_not_have_is_not_named(repository: Repository, tmp_path: Path) -> None:
    path = Path(bin_with(tmp_path / "bin", "apt-get"))
    program(path, "apt-cache", '[ "$*" = "show python3.11-venv" ]')
    here = ground(repository, PATH=str(path))
    assert one(machine.python(here)).fix == "sudo apt-get install python3.11-venv"
    assert one(machine.pants(here)).fix.startswith("curl ")


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
    seen = one(machine.node(ground(repository, DYNAMIC_NODE=str(tmp_path / "none"))))
    assert (seen.state, seen.fix) == (State.UNKNOWN, "unset DYNAMIC_NODE")
    assert "does not start" in seen.found
    assert one(machine.node(ground(repository))).state is State.OK


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


def test_the_command_for_another_version_names_the_pinned_file(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = ("[look-er]", 'resolve = "scanners"', 'package = "l"', 'version = "1.2.3"', 'inside = "lib/looker"', "")
    installed = tmp_path / "installed" / "lib"
    installed.mkdir(parents=True)
    (tmp_path / "installed" / "bin").mkdir()
    program(installed, "looker", "echo 1.2.3")
    repository.write_all({"ci/programs.toml": "\n".join(rows)})
    program(repository.root / "tools", "scanners", f"echo '{tmp_path}/installed/bin'")
    monkeypatch.setenv("DYNAMIC_TOOL_LOOK_ER", str(program(tmp_path / "old", "look-er", "echo 1.2.2")))
    seen = one(programs.programs(ground(repository)))
    assert seen.state is State.OLD
    set_so = run(["sh", "-c", f'{seen.fix}; printf %s "$DYNAMIC_TOOL_LOOK_ER"'], cwd=repository.root)
    monkeypatch.setenv("DYNAMIC_TOOL_LOOK_ER", set_so.checked("").stdout.decode())
    assert one(programs.programs(ground(repository))).state is State.OK


def test_a_variable_that_names_no_program_is_to_be_unset(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pins(repository)
    monkeypatch.setenv("DYNAMIC_TOOL_LOOKER", str(tmp_path / "gone"))
    seen = one(programs.programs(ground(repository, DYNAMIC_TOOL_LOOKER=str(tmp_path / "gone"))))
    assert (seen.state, seen.fix) == (State.MISSING, "unset DYNAMIC_TOOL_LOOKER")


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


@pytest.mark.parametrize("place", ["shared", "two"])
def test_the_command_for_the_hooks_puts_them_where_git_looks(
    repository: Repository, tmp_path: Path, place: str
) -> None:
    if place == "shared":
        repository.git("config", "core.hooksPath", str(tmp_path / "of all"))
    else:
        install(own_folder(Git(repository.root)))
        folder = repository.root / ".git" / "hooks"
        program(folder, "pre-commit")
        program(folder, "pre-commit.before-dynamic")
    first, _ = state.hooks(ground(repository))
    assert first.state is State.MISSING
    before, _, last = first.fix.rpartition(" && ")
    assert last == "./dynamic hooks install"
    run(["sh", "-c", before], cwd=repository.root, stdin=b"y\n").checked("")
    install(own_folder(Git(repository.root)))
    assert [each.state for each in state.hooks(ground(repository))] == [State.OK] * 2


def test_recordings_and_runs_are_counted(repository: Repository) -> None:
    here = ground(repository)
    assert (one(state.recordings(here)).state, one(state.runs(here)).state) == (State.MISSING, State.MISSING)
    store_of(repository.root).save(Recording("t", "", "", "", passed=True))
    log = EventLog(repository.root, TickingClock())
    log.append("g", [log.event("gates.finished", "g", "x")])
    assert one(state.runs(here)).state is State.MISSING
    log.append("r", [log.event("run.finished", "r", "x")])
    assert (one(state.recordings(here)).found, one(state.runs(here)).found) == ("of 1 tests", "1 on record")


_RECORD = {
    "schema_version": "1.6.0",
    "id": "X-1",
    "modified": "2026-01-01T00:00:00Z",
    "affected": [{"package": {"ecosystem": "PyPI", "name": "x"}, "versions": ["1"]}],
}


def aged(repository: Repository, days: int) -> Ground:
    """Return the ground ``days`` after the first of January 2026."""
    clock = TickingClock()
    clock.at = clock.at.replace(day=1 + days)
    return Ground(Git(repository.root), repository.root, {}, clock)


@pytest.mark.parametrize(
    ("days", "most", "expected"), [(14, "", State.OK), (15, "", State.OLD), (15, "30", State.OK), (0, "x", State.OLD)]
)
@pytest.mark.parametrize("form", ["folder", "zip", "records"])
def test_the_age_of_the_advisories_is_held_to_the_setting(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, days: int, most: str, expected: State, form: str
) -> None:
    name = "all.zip" if form == "zip" else "all.jsonl" if form == "records" else "advisories"
    settings = {SETTING: name, **({STALE_DAYS: most} if most else {})}
    monkeypatch.setattr(state, "read_settings", lambda *_: settings)
    files = {"x.json": json.dumps(_RECORD)}
    if form != "records":  # these say themselves when they were taken, and hold an older record
        files["x.json"] = files["x.json"].replace("2026-01", "2025-01")
        files["snapshot.json"] = json.dumps({"taken": "2026-01-01T00:00:00Z"})
    if form == "folder":
        repository.write_all({f"{name}/{path}": text for path, text in files.items()})
    elif form == "zip":
        with zipfile.ZipFile(repository.root / name, "w") as archive:
            for path, text in files.items():
                archive.writestr(path, text)
    else:
        repository.write_all({name: files["x.json"] + "\n"})
    assert one(state.advisories(aged(repository, days))).state is expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("gone", State.MISSING),
        ("empty", State.MISSING),
        ("damaged", State.UNKNOWN),
        ("https://example.invalid/all.zip", State.MISSING),
    ],
)
def test_advisories_that_are_not_there_or_cannot_be_dated_are_told(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, given: str, expected: State
) -> None:
    monkeypatch.setattr(state, "read_settings", lambda *_: {SETTING: given})
    (repository.root / "empty").mkdir()
    repository.write_all({"damaged/x.json": "7"})
    seen = one(state.advisories(ground(repository)))
    assert seen.state is expected
    assert ("--network" in seen.fix) is given.startswith("https:")


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
