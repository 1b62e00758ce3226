"""Which program is taken, and how it is compared with what is pinned."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.version import Version

from dynamic_delivery.gates.errors import SettingError, ToolError
from dynamic_delivery.gates.model import Scope
from dynamic_delivery.gates.tools import PINS, find_tool, read_pins, this_platform
from tests.dynamic_delivery.gates.fakes import program

_PIN = '[tool]\nresolve = "scanners"\npackage = "a-tool"\nversion = "1.2.3"\n'


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository that pins ``tool`` 1.2.3, and an empty PATH but for what the tests put there."""
    made = tmp_path / "a répo"
    (made / "ci").mkdir(parents=True)
    (made / PINS).write_text(_PIN, encoding="utf-8")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin")
    return made


def _install(root: Path, version: str) -> Path:
    """Put a pinned program where the repository's ``tools/scanners`` says."""
    program(root / "tools", "scanners", str(root / "venv/bin"))
    return program(root / "venv/bin", "tool", f"tool {version}")


def _scope(root: Path, **settings: str) -> Scope:
    return Scope(root, (), settings={f"tools.{key}": value for key, value in settings.items()})


def test_a_setting_comes_before_the_environment_and_that_before_path_and_that_before_what_is_installed(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = [
        program(tmp_path / "set", "tool", "tool 1.2.3"),
        program(tmp_path / "env", "tool", "tool 1.2.3"),
        program(tmp_path / "bin", "tool", "tool 1.2.3"),
        _install(root, "1.2.3"),
    ]
    monkeypatch.setenv("DYNAMIC_TOOL_TOOL", str(places[1]))
    found = [find_tool("tool", _scope(root, tool=str(places[0]))).path, find_tool("tool", _scope(root)).path]
    monkeypatch.delenv("DYNAMIC_TOOL_TOOL")
    found.append(find_tool("tool", _scope(root)).path)
    places[2].unlink()
    found.append(find_tool("tool", _scope(root)).path)
    assert found == places


def test_a_dash_in_a_name_is_an_underscore_in_the_variable(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = program(root / "x", "cyclonedx-py", "7.5.0")
    monkeypatch.setenv("DYNAMIC_TOOL_CYCLONEDX_PY", str(path))
    assert find_tool("cyclonedx-py", _scope(root)).tool.version == "7.5.0"


def test_a_program_that_is_nowhere_names_the_command_that_brings_it(root: Path) -> None:
    with pytest.raises(ToolError, match="not on this machine") as raised:
        find_tool("tool", _scope(root))
    assert raised.value.hint == "run tools/scanners"


@pytest.mark.parametrize("named", ["nowhere", "."])
def test_what_was_named_and_is_no_program_is_not_replaced_by_another(root: Path, tmp_path: Path, named: str) -> None:
    program(tmp_path / "bin", "tool", "tool 1.2.3")
    with pytest.raises(ToolError, match="names"):
        find_tool("tool", _scope(root, tool=named))


def test_another_version_is_told_and_taken(root: Path, tmp_path: Path) -> None:
    path = program(tmp_path / "bin", "tool", "tool version: 1.3.0\nlib 9.9.9")
    found = find_tool("tool", _scope(root))
    assert (found.tool.version, found.notes) == ("1.3.0", (f"{path} is tool 1.3.0, not the pinned 1.2.3",))


def test_another_version_is_passed_over_where_it_is_refused(root: Path, tmp_path: Path) -> None:
    program(tmp_path / "bin", "tool", "tool 1.3.0")
    with pytest.raises(ToolError, match=r"not the pinned 1\.2\.3 \(tools\.foreign refuses it\)"):
        find_tool("tool", _scope(root, foreign="refuse"))
    pinned = _install(root, "1.2.3")
    assert find_tool("tool", _scope(root, foreign="refuse")).path == pinned


def test_a_shim_that_starts_nothing_is_passed_over(root: Path, tmp_path: Path) -> None:
    program(tmp_path / "bin", "tool", "pyenv: tool: command not found", status=127)
    with pytest.raises(ToolError, match="did not tell its version"):
        find_tool("tool", _scope(root))
    pinned = _install(root, "1.2.3")
    assert find_tool("tool", _scope(root)).path == pinned


def test_a_program_that_was_named_and_does_not_work_is_not_for_the_installer_to_mend(root: Path) -> None:
    path = program(root / "x", "tool", "no version here")
    with pytest.raises(ToolError, match="did not tell its version") as raised:
        find_tool("tool", _scope(root, tool=str(path)))
    assert raised.value.hint == "name another, or unset it"


def test_a_word_that_is_neither_note_nor_refuse_is_wrong_usage(root: Path) -> None:
    with pytest.raises(SettingError, match=r"tools\.foreign is 'maybe'"):
        find_tool("tool", _scope(root, foreign="maybe"))


def test_a_damaged_table_of_pins_could_not_decide(root: Path) -> None:
    for text in ("[tool", '[tool]\ncolour = "red"\n', "tool = 1\n"):
        (root / PINS).write_text(text, encoding="utf-8")
        with pytest.raises(ToolError, match=PINS):
            find_tool("tool", _scope(root))


def _binary(root: Path, tmp_path: Path, sha256: str) -> Path:
    """Put a program that is no script on PATH: this interpreter, whose version is pinned with ``sha256``."""
    path = tmp_path / "bin" / "tool"
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(os.path.realpath(sys.executable))
    version = ".".join(map(str, sys.version_info[:3]))
    text = _PIN.replace("1.2.3", version) + f'sha256.{this_platform()} = "{sha256}"\n'
    (root / PINS).write_text(text, encoding="utf-8")
    return path


def test_the_digest_is_the_one_that_sha256sum_gives(root: Path, tmp_path: Path) -> None:
    expected = subprocess.check_output(["sha256sum", os.path.realpath(sys.executable)], text=True).split()[0]
    _binary(root, tmp_path, expected)
    found = find_tool("tool", _scope(root))
    assert (found.tool.sha256, found.notes) == (expected, ())


def test_another_file_of_the_pinned_version_is_told(root: Path, tmp_path: Path) -> None:
    _binary(root, tmp_path, "0" * 64)
    (note,) = find_tool("tool", _scope(root)).notes
    assert "not the pinned file" in note
    assert "not 000000000000" in note


def test_a_script_where_a_binary_is_pinned_is_told(root: Path, tmp_path: Path) -> None:
    path = _binary(root, tmp_path, "0" * 64)
    path.unlink()
    program(path.parent, "tool", f"tool {'.'.join(map(str, sys.version_info[:3]))}")
    (note,) = find_tool("tool", _scope(root)).notes
    assert "it is a script" in note


def test_a_program_that_was_replaced_is_read_again(root: Path, tmp_path: Path) -> None:
    path = program(tmp_path / "bin", "tool", "tool 1.2.3")
    assert find_tool("tool", _scope(root)).tool.version == "1.2.3"
    newer = program(tmp_path / "newer", "tool", "tool 1.2.4, and longer")
    shutil.move(newer, path)
    assert find_tool("tool", _scope(root)).tool.version == "1.2.4"


def test_nothing_is_compared_in_a_repository_that_pins_nothing(tmp_path: Path) -> None:
    path = program(tmp_path / "x", "tool", "tool 0.0.1")
    assert find_tool("tool", _scope(tmp_path, tool=str(path))).notes == ()


def test_each_pin_is_the_one_of_its_lock() -> None:
    pins = read_pins(Path())
    assert "trivy" in pins
    for pin in pins.values():
        lock = Path(f"3rdparty/python/{pin.resolve}.lock").read_text(encoding="utf-8")
        pinned = [line.split()[0] for line in lock.splitlines() if line.startswith(f"{pin.package}==")]
        versions = {Version(line.partition("==")[2]).release[:3] for line in pinned}
        assert Version(pin.version).release in versions, f"{pin.name}: {PINS} says {pin.version}, the lock {pinned}"


def test_every_digest_is_one_of_sha256() -> None:
    document = tomllib.loads(Path(PINS).read_text(encoding="utf-8"))
    for row in document.values():
        assert all(len(bytes.fromhex(digest)) == 32 for digest in row.get("sha256", {}).values())
