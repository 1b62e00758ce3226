"""The harness's own words and exit codes, with a program in place of ./dynamic that ends as each test says."""

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

_SCRIPT = Path("scripts/verify/dynamic_modules.sh")
_MODULES = re.findall(r"(?m)^(dynamic_\w+)\(\)", _SCRIPT.read_text(encoding="utf-8"))
# Files that a command is asked for must be there for the next one. What must be refused, is.
_DYNAMIC = """#!/bin/sh
echo "$*" >>called
for word; do case $word in */*) [ -e "$word" ] || echo 'a 1' >"$word" ;; esac; done
case "$*" in $(cat failing)*) exit $(cat code) ;; esac
case "$*" in *edited* | *deploy.production*) exit 1 ;; esac
"""


@dataclass(frozen=True)
class Room:
    """A repository with nothing in it but the harness and what it calls."""

    root: Path

    def fail(self, command: str, code: int) -> None:
        (self.root / "failing").write_text(f'"{command}"', encoding="utf-8")
        (self.root / "code").write_text(str(code), encoding="utf-8")

    def run(self, *words: str) -> tuple[int, dict[str, str], str]:
        """Return the exit status, the word of each module's line, and what was said besides."""
        done = subprocess.run(
            ["bash", str(self.root / _SCRIPT), *words],
            env={"PATH": "/usr/bin:/bin"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        lines = re.findall(r"(?m)^(dynamic_\w+) +(.+?) +\d+ s  dist/verify/\1\.log$", done.stdout)
        return done.returncode, dict(lines), done.stderr

    def first_command(self, module: str) -> str:
        """Return the first words that ``module`` gives to ./dynamic."""
        (self.root / "called").unlink(missing_ok=True)
        self.run(module)
        return " ".join((self.root / "called").read_text(encoding="utf-8").splitlines()[0].split()[:2])


@pytest.fixture
def room(tmp_path: Path) -> Room:
    (tmp_path / _SCRIPT).parent.mkdir(parents=True)
    shutil.copy(_SCRIPT, tmp_path / _SCRIPT)
    (tmp_path / "dynamic").write_text(
        _DYNAMIC.replace("$(cat failing)", "$(cat failing | tr -d '\"')"), encoding="utf-8"
    )
    (tmp_path / "dynamic").chmod(0o755)
    made = Room(tmp_path)
    made.fail("nothing", 0)
    return made


def test_there_are_six_modules_each_with_its_trial() -> None:
    assert sorted(_MODULES) == ["dynamic_agi", "dynamic_ags", "dynamic_ai", "dynamic_ta", "dynamic_tl", "dynamic_token"]


def test_sound_modules_are_a_line_and_a_log_each(room: Room) -> None:
    code, words, said = room.run()
    assert (code, said) == (0, "")
    assert words == dict.fromkeys(_MODULES, "yes")
    for module in _MODULES:
        assert "$ ./dynamic" in (room.root / f"dist/verify/{module}.log").read_text(encoding="utf-8")


@pytest.mark.parametrize("module", _MODULES)
@pytest.mark.parametrize(("code", "word", "ends"), [(1, "no", 1), (3, "could not decide (exit 3)", 3)])
def test_a_module_whose_command_fails_says_so_and_the_others_still_run(
    room: Room, module: str, code: int, word: str, ends: int
) -> None:
    room.fail(room.first_command(module), code)
    status, words, said = room.run()
    assert words == {**dict.fromkeys(_MODULES, "yes"), module: word}
    assert status == ends
    assert "    $ ./dynamic" in said


def test_one_no_outweighs_what_could_not_be_decided(room: Room) -> None:
    room.fail("", 3)
    assert room.run()[0] == 3
    room.fail("", 1)
    assert room.run()[0] == 1


def test_something_broken_that_is_accepted_is_a_no(room: Room) -> None:
    text = (room.root / "dynamic").read_text(encoding="utf-8")
    (room.root / "dynamic").write_text(text.replace("exit 1", "exit 0"), encoding="utf-8")
    code, words, _ = room.run("dynamic_token")
    assert (code, words) == (1, {"dynamic_token": "no"})
    log = (room.root / "dist/verify/dynamic_token.log").read_text(encoding="utf-8")
    assert "exit 0 where the answer must be no (1)" in log


def test_only_the_named_modules_run_and_json_is_one_document(room: Room) -> None:
    done = subprocess.run(
        ["bash", str(room.root / _SCRIPT), "--json", "dynamic_tl"], capture_output=True, text=True, check=True
    )
    held = json.loads(done.stdout)
    assert held["schema"] == "dynamic.verify/1"
    assert [(module["module"], module["exit"]) for module in held["modules"]] == [("dynamic_tl", 0)]


def test_a_document_that_cannot_be_written_is_no_yes(room: Room) -> None:
    (room.root / "dist/verify/modules.json").mkdir(parents=True)
    code, words, _ = room.run("dynamic_tl")
    assert (code, words) == (3, {"dynamic_tl": "yes"})


def test_an_unknown_module_is_wrong_usage(room: Room) -> None:
    code, words, said = room.run("dynamic_tea")
    assert (code, words) == (2, {})
    assert said.startswith("dynamic_modules.sh: no module is called dynamic_tea: choose from dynamic_ai")


def test_help_shows_an_example(room: Room) -> None:
    done = subprocess.run(["bash", str(room.root / _SCRIPT), "--help"], capture_output=True, text=True, check=True)
    assert "Example: scripts/verify/dynamic_modules.sh dynamic_token" in done.stdout
