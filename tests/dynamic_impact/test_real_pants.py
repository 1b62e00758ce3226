"""The engine on Pants itself: small generated repositories, one daemon each, nothing fetched.

Their tests are shell commands, since those need no Python environment.
"""

import json
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from dynamic_cli.main import main
from tests.dynamic_impact.repositories import Repository, new_repository

TOML = """\
[GLOBAL]
pants_version = "2.17.1"
backend_packages = ["pants.backend.python", "pants.backend.shell"]
ignore_warnings = ["DEPRECATED: Running Pants in an external Python interpreter"]

[anonymous-telemetry]
enabled = false

[python]
interpreter_constraints = ["CPython>=3.9"]

[python-infer]
use_rust_parser = true
"""


def shell_test(name: str, command: str, dependency: str) -> str:
    return (
        f'experimental_test_shell_command(name="{name}", command="{command}", tools=["grep"], '
        f'execution_dependencies=["{dependency}"])\n'
    )


FILES = {
    "pants.toml": TOML,
    ".gitignore": "/.pants.d/\n/.pids/\n/dist/\n",
    "a b/BUILD": 'files(name="data", sources=["*.txt"])\n' + shell_test("test_é", "grep -q one one.txt", ":data"),
    "a b/one.txt": "one\n",
    "lib/BUILD": "python_sources()\n",
    "lib/__init__.py": "",
    "lib/core.py": "X = 1\n",
    "lib/user.py": "from lib.core import X\n",
    "check/BUILD": shell_test("user", "grep -q core ../lib/user.py", "lib/user.py")
    + shell_test("other", "grep -q two two.txt", ":two")
    + 'file(name="two", source="two.txt")\n',
    "check/two.txt": "two\n",
}


def python_39() -> str:
    """Return a Python 3.9, where the launcher looks for it too."""
    homes = [os.environ.get("PYENV_ROOT", ""), os.environ.get("HOME", "") + "/.pyenv"]
    found = [str(path) for home in homes if home for path in sorted(Path(home).glob("versions/3.9.*/bin/python3.9"))]
    python = shutil.which("python3.9") if not found else found[-1]
    assert python, "Pants 2.17.1 runs under Python 3.9: install one, for example with pyenv"
    return python


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A program that starts Pants, away from this machine's home."""
    home = tmp_path_factory.mktemp("home")
    script = home / "pants"
    pex = Path("pants.pex").resolve()
    script.write_text(
        f'#!/bin/sh\nexport HOME="{home}" PEX_ROOT="{home}/pex" PEX_PYTHON_PATH="{python_39()}"\n'
        f'exec "{python_39()}" "{pex}" "$@"\n'
    )
    script.chmod(0o755)
    return str(script)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    made = new_repository(tmp_path_factory.mktemp("répo sitory"))
    made.commit(FILES)
    yield made
    for pid in made.root.glob(".pids/*/pantsd/pid"):
        os.kill(int(pid.read_text()), signal.SIGTERM)


@pytest.fixture(autouse=True)
def _clean(repository: Repository) -> Iterator[None]:
    yield
    repository.git("checkout", "--quiet", ".")
    repository.git("clean", "--quiet", "--force", "-d")


def document(capsys: pytest.CaptureFixture[str], repository: Repository, command: str, *words: str) -> tuple[int, dict[str, object]]:
    code = main([*words, "--repo", str(repository.root), "--pants", command, "--json"])
    captured = capsys.readouterr()
    return code, json.loads(captured.out) if captured.out else {"said": captured.err}


def selected(capsys: pytest.CaptureFixture[str], repository: Repository, command: str) -> list[str]:
    code, found = document(capsys, repository, command, "impact", "select", "--since", "HEAD")
    assert code == 0, found
    items = found["selected"]
    assert isinstance(items, list)
    return sorted(item["address"] for item in items if item["test"])


def test_an_edit_a_deletion_and_a_rename_select_just_their_tests(
    capsys: pytest.CaptureFixture[str], repository: Repository, command: str
) -> None:
    repository.write_all({"lib/core.py": "X = 2\n"})
    assert selected(capsys, repository, command) == ["check:user"]
    repository.write_all({"lib/core.py": "X = 1\n", "a b/one.txt": "one more\n"})
    assert selected(capsys, repository, command) == ["a b:test_é"]
    repository.git("checkout", "--quiet", ".")
    (repository.root / "lib" / "core.py").unlink()
    assert selected(capsys, repository, command) == ["check:user"]
    repository.git("checkout", "--quiet", ".")
    repository.git("mv", "lib/core.py", "lib/kernel.py")
    assert selected(capsys, repository, command) == ["check:user"]
    repository.git("reset", "--quiet", "--hard")


def test_a_build_edit_selects_the_target_that_it_changes(
    capsys: pytest.CaptureFixture[str], repository: Repository, command: str
) -> None:
    build = repository.root / "check" / "BUILD"
    text = build.read_text()
    build.write_text("# a comment\n" + text)
    assert selected(capsys, repository, command) == []
    build.write_text(text.replace("grep -q two", "grep -c two"))
    assert selected(capsys, repository, command) == ["check:other"]


def test_a_run_gives_the_verdict_of_pants(capsys: pytest.CaptureFixture[str], repository: Repository, command: str) -> None:
    repository.write_all({"a b/one.txt": "none\n", "check/two.txt": "three\n"})
    code, found = document(capsys, repository, command, "run")
    assert code == 1
    results = found["results"]
    assert isinstance(results, list)
    assert {(item["subject"], item["outcome"]) for item in results} == {("a b:test_é", "passed"), ("check:other", "failed")}
    repository.write_all({"check/two.txt": "two and more\n"})
    code, found = document(capsys, repository, command, "run", "--fail-fast")
    plan = found["plan"]
    assert code == 0
    assert isinstance(plan, dict)
    assert [task["addresses"] for task in plan["tasks"]] == [["check:other"], ["a b:test_é"]], "what failed last comes first"


def test_an_unparsable_build_file_is_named_and_decides_nothing(
    capsys: pytest.CaptureFixture[str], repository: Repository, command: str
) -> None:
    (repository.root / "check" / "BUILD").write_text("files(name=\n")
    code, found = document(capsys, repository, command, "run")
    assert code == 3
    assert "check/BUILD" in str(found["said"])
