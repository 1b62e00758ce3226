"""The launchers on a machine of our making: a home, a PATH of POSIX tools, and interpreters that install in no time."""

import hashlib
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.launchers import interpreter

_TOOLS = ("bash", "cat", "cksum", "dirname", "env", "find", "grep", "id", "mkdir", "readlink", "rm", "sh", "tail", "tr")
_LAUNCHERS = ("pants", "dynamic", "tools/launch.sh", "tools/lock", "tools/scanners")
_PROGRAMS = ("bandit", "mypy", "ruff", "scanners")
_LOCKS = ("inference", "pants", "pex", "runtime", "uv", *_PROGRAMS)
_BOUND_S = 20.0


@dataclass
class Machine:
    """A computer below ``folder``, with a clone at a path with a space and an accent."""

    folder: Path
    env: dict[str, str] = field(init=False)
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clone = self.folder / "a clone é"
        self.bin = self.folder / "bin"
        self.cache = self.folder / "home" / ".cache" / "dynamic"
        self.env = {"HOME": str(self.folder / "home"), "PATH": str(self.bin)}
        (self.folder / "home").mkdir()
        self.bin.mkdir()
        for tool in _TOOLS:
            if found := shutil.which(tool, path="/usr/bin:/bin"):
                (self.bin / tool).symlink_to(found)
        for name in _LAUNCHERS:
            (self.clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(name, self.clone / name)
        for name in _LOCKS:
            lock = self.clone / f"3rdparty/python/{name}.lock"
            lock.parent.mkdir(parents=True, exist_ok=True)
            lock.write_text(f"{name}==1\n", encoding="utf-8")
        for version in ("3.9", "3.11"):
            interpreter.write(self.bin / f"python{version}", self.folder, version)

    def start(self, *words: str | Path, cwd: Path | None = None, **env: str) -> "subprocess.Popen[str]":
        """Start a program of the clone, or the one with a whole path, in a session of its own."""
        argv = [str(self.clone / words[0]), *map(str, words[1:])]
        process = subprocess.Popen(
            argv,
            cwd=cwd or self.clone,
            env=self.env | env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def run(self, *words: str | Path, cwd: Path | None = None, **env: str) -> tuple[int, list[str], list[str]]:
        """Run a program to its end: exit status, lines of stdout, lines of stderr."""
        process = self.start(*words, cwd=cwd, **env)
        out, err = process.communicate(timeout=_BOUND_S)
        return process.returncode, out.splitlines(), err.splitlines()

    def installs(self) -> int:
        """Return how often an interpreter was asked to install."""
        return (self.folder / "calls").read_text(encoding="utf-8").count("-m pip install")

    def shut_gate(self) -> None:
        """Hold each install until `open_gate`."""
        os.mkfifo(self.folder / "gate")

    def wait_for_install(self) -> int:
        """Return the gate's descriptor once an install stands before it: only then has the FIFO a reader."""
        turn, tries = threading.Event(), int(_BOUND_S / 0.01)
        for _ in range(tries):
            try:
                return os.open(self.folder / "gate", os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                turn.wait(0.01)
        raise AssertionError("nothing was installed")

    def open_gate(self, gate: int) -> None:
        """Let the install go on, and later ones pass."""
        (self.folder / "gate").unlink()
        os.close(gate)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path)
    yield made
    for process in made.started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


launchers = pytest.mark.parametrize("launcher", ["pants", "dynamic"])


@launchers
def test_only_the_first_start_installs_and_later_ones_need_no_network(machine: Machine, launcher: str) -> None:
    status, out, err = machine.run(launcher, "a  b", "c")
    assert (status, out[0]) == (0, str(machine.clone))
    assert err == [f"{launcher}: first start, installing {launcher} into {machine.cache}"]
    (machine.folder / "offline").touch()
    assert machine.run(launcher, "a  b", "c") == (0, out, [])
    assert machine.installs() == 1


def test_pants_is_told_of_the_pex_that_was_built_and_of_no_foreign_module(machine: Machine) -> None:
    _, out, _ = machine.run("pants", "test", "::", PYTHONPATH="/elsewhere")
    _, words, python_path, url, known = out
    assert (words, python_path) == ("test ::", "unset")
    pex = Path(url.removeprefix("file://"))
    assert f"|linux_x86_64|{hashlib.sha256(pex.read_bytes()).hexdigest()}|{pex.stat().st_size}" in known


def test_the_tool_finds_its_own_modules_first_wherever_it_stands(machine: Machine) -> None:
    _, out, _ = machine.run("dynamic", "run", cwd=machine.folder, PYTHONPATH="/elsewhere")
    assert out == [str(machine.folder), "run", f"{machine.clone}/src:{machine.clone}"]


@launchers
@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_links_subfolders_and_cdpath_lead_to_the_same_clone(machine: Machine, launcher: str, shell: str) -> None:
    if not (machine.bin / shell).exists():
        pytest.skip(f"no {shell} here")
    machine.run(launcher)
    below = machine.clone / "3rdparty"
    first, second = machine.folder / "first", machine.bin / launcher
    first.symlink_to(machine.clone / launcher)
    second.symlink_to("../first")
    for program in (f"../{launcher}", first, second):
        status, out, err = machine.run(machine.bin / shell, program, cwd=below, CDPATH=f"{machine.folder}:/")
        assert (status, out[0], err) == (0, str(below), [])


@launchers
def test_of_two_starts_at_once_one_installs_and_the_other_waits(machine: Machine, launcher: str) -> None:
    machine.shut_gate()
    one = machine.start(launcher)
    gate = machine.wait_for_install()
    other = machine.start(launcher)
    assert other.stderr is not None
    assert other.stderr.readline() == f"waiting for another start that is installing {launcher}\n"
    machine.open_gate(gate)
    assert [process.wait(_BOUND_S) for process in (one, other)] == [0, 0]
    assert machine.installs() == 1


@launchers
@pytest.mark.parametrize("whole_group", [True, False])
def test_what_a_killed_start_left_is_swept_and_done_again(machine: Machine, launcher: str, whole_group: bool) -> None:
    machine.shut_gate()
    killed = machine.start(launcher)
    gate = machine.wait_for_install()
    (built,) = machine.cache.glob(f"{launcher}-*/")
    (built / "torn").touch()
    (os.killpg if whole_group else os.kill)(killed.pid, signal.SIGKILL)
    killed.wait(_BOUND_S)
    again = machine.start(launcher)
    machine.open_gate(gate)  # the orphaned install, if any, holds the lock until it is done
    assert again.wait(_BOUND_S) == 0
    assert not (built / "torn").exists()
    assert list(machine.cache.glob(f"{launcher}-*/")) == [built]
    assert machine.installs() == 2


@launchers
def test_without_a_network_the_first_start_says_so_in_one_line_and_the_next_one_recovers(
    machine: Machine, launcher: str
) -> None:
    (machine.folder / "offline").touch()
    status, out, err = machine.run(launcher)
    assert (status, out, len(err)) == (3, [], 2)
    assert "(ERROR: no answer from any index): check the network" in err[-1]
    (machine.folder / "offline").unlink()
    assert machine.run(launcher)[0] == 0


@launchers
@pytest.mark.parametrize("env", [{"XDG_CACHE_HOME": "FILE"}, {"HOME": "/proc"}, {"HOME": "", "XDG_CACHE_HOME": ""}])
def test_an_unwritable_cache_is_refused_with_the_variable_to_set(
    machine: Machine, launcher: str, env: dict[str, str]
) -> None:
    (machine.folder / "file").touch()
    machine.env |= {name: str(machine.folder / "file") if value == "FILE" else value for name, value in env.items()}
    status, out, err = machine.run(launcher)
    assert (status, out, len(err)) == (3, [], 1)
    assert "set XDG_CACHE_HOME to a writable folder" in err[0]


def test_a_cache_with_a_space_in_its_path_gets_a_private_stand_in(machine: Machine) -> None:
    odd = machine.folder / "odd cache"
    sum_, size = subprocess.check_output(["cksum"], input=os.fsencode(odd), env=machine.env).decode().split()
    stand_in = Path(f"/var/tmp/dynamic-{os.getuid()}-{sum_}-{size}")
    try:
        assert machine.run("pants", XDG_CACHE_HOME=str(odd))[0] == 0
        assert stand_in.stat().st_mode & 0o777 == 0o700
        assert not odd.exists()
    finally:
        shutil.rmtree(stand_in, ignore_errors=True)


@pytest.mark.parametrize(
    ("launcher", "version"), [("pants", "3.9"), ("dynamic", "3.11"), ("tools/lock", "3.11"), ("tools/scanners", "3.11")]
)
def test_a_missing_python_is_named(machine: Machine, launcher: str, version: str) -> None:
    (machine.bin / f"python{version}").unlink()
    status, out, err = machine.run(launcher)
    assert (status, out, len(err)) == (3, [], 1)
    assert f"no Python {version} with ensurepip" in err[0]


def test_a_shim_that_answers_for_another_version_is_passed_over(machine: Machine) -> None:
    interpreter.executable(machine.bin / "python3.9", "#!/bin/sh\nexit 127\n")
    interpreter.write(machine.bin / "python3", machine.folder, "3.12")
    interpreter.write(machine.folder / "pyenv/versions/3.9.18/bin/python", machine.folder, "3.9")
    assert machine.run("pants")[0] == 3
    assert machine.run("pants", PYENV_ROOT=str(machine.folder / "pyenv"))[0] == 0


def test_uv_brings_a_missing_python(machine: Machine) -> None:
    brought = machine.folder / "uv" / "python3.9"
    (machine.bin / "python3.9").rename(machine.folder / "python3.9")
    interpreter.executable(
        machine.bin / "uv",
        f"""#!/bin/sh
case $* in
"python install --quiet 3.9")
  "{machine.bin}/mkdir" -p "${{UV_PYTHON_INSTALL_DIR:?}}"
  : >"$UV_PYTHON_INSTALL_DIR/here" ;;
"python find --no-project --managed-python 3.9") echo "{brought}" ;;
*) exit 2 ;;
esac
""",
    )
    interpreter.write(brought, machine.folder, "3.9")
    assert machine.run("pants")[0] == 0
    assert (machine.cache / "python" / "here").exists()


def test_the_official_launcher_is_taken_where_no_python_is(machine: Machine) -> None:
    (machine.bin / "python3.9").unlink()
    interpreter.executable(machine.folder / "official" / "pants", '#!/bin/sh\necho "official: $*"\n')
    path = f"{machine.clone}:{machine.bin}"
    status, _, err = machine.run("pants", "test", PATH=path)
    assert (status, len(err)) == (3, 1)
    assert machine.run("pants", "test", PATH=f"{path}:{machine.folder}/official") == (0, ["official: test"], [])


@launchers
def test_a_python_that_went_away_is_replaced_by_the_next_one(machine: Machine, launcher: str) -> None:
    version = {"pants": "3.9", "dynamic": "3.11"}[launcher]
    name = machine.bin / f"python{version}"
    old, new = machine.folder / "old-python", machine.folder / "new-python"
    name.rename(old)
    name.symlink_to(old)
    machine.run(launcher)
    old.rename(new)
    name.unlink()
    name.symlink_to(new)
    assert machine.run(launcher)[0] == 0
    assert machine.installs() == 2


@launchers
def test_a_changed_lock_gets_an_environment_of_its_own(machine: Machine, launcher: str) -> None:
    machine.run(launcher)
    lock = machine.clone / "3rdparty/python" / {"pants": "pants.lock", "dynamic": "runtime.lock"}[launcher]
    lock.write_text("another==2\n", encoding="utf-8")
    assert machine.run(launcher)[0] == 0
    assert len(list(machine.cache.glob(f"{launcher}-*/"))) == 2


def test_a_path_that_python_cannot_be_given_is_refused(machine: Machine) -> None:
    odd = machine.clone.rename(machine.folder / "a:b")
    status, _, err = machine.run(odd / "dynamic", cwd=odd)
    assert (status, len(err)) == (3, 1)
    assert "colon" in err[0]


def test_an_unknown_option_of_lock_is_wrong_usage(machine: Machine) -> None:
    assert machine.run("tools/lock", "--chek")[0] == 2


def test_the_programs_of_the_gates_are_installed_once_and_then_found_without_installing(machine: Machine) -> None:
    status, out, err = machine.run("tools/scanners", "--where", "ruff")
    assert (status, out, err) == (3, [], ["scanners: the programs of ruff are not installed: run tools/scanners"])
    status, installed, err = machine.run("tools/scanners")
    assert (status, machine.installs()) == (0, len(_PROGRAMS)), err
    assert [Path(line).parent.name.partition("-")[0] for line in installed] == list(_PROGRAMS)
    assert all(Path(line, "python").exists() for line in installed)
    assert machine.run("tools/scanners", "--where") == (0, installed, [])
    assert machine.run("tools/scanners", "--where", "ruff", "mypy") == (0, [installed[2], installed[1]], [])
    assert machine.installs() == len(_PROGRAMS)


def test_an_unknown_word_for_scanners_is_wrong_usage(machine: Machine) -> None:
    assert machine.run("tools/scanners", "rough")[0] == 2


def test_extras_are_installed_once_and_come_last_on_the_path(machine: Machine) -> None:
    for _ in range(2):
        status, out, err = machine.run("dynamic", "models", "engines", DYNAMIC_EXTRAS="inference")
        assert status == 0, err
    extras, *words = out[1].split()
    assert words == ["models", "engines"]
    assert Path(extras).parts[-3:] == ("lib", "python3.11", "site-packages")
    assert Path(extras).is_relative_to(machine.cache)
    assert Path(extras).parts[-4].startswith("inference-3.11-")
    assert machine.installs() == 2
    assert machine.run("dynamic", "models", "engines")[1][1] == "models engines"
    assert machine.installs() == 2


def test_unknown_extras_are_wrong_usage(machine: Machine) -> None:
    status, out, err = machine.run("dynamic", "run", DYNAMIC_EXTRAS="magic")
    assert (status, out) == (2, [])
    assert err == ["dynamic: there are no extras called magic: unset DYNAMIC_EXTRAS, or set it to inference"]
    assert not machine.cache.exists()
