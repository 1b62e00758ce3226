"""The command: what it lists, and that a new kernel works as it is written."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dynamic_base import ExitCode, UsageError
from dynamic_engines.library import KERNELS
from dynamic_engines.library.cli import kernels_group

_TREE = (
    "src/dynamic_base",
    "src/dynamic_engines",
    "kernels",
    "tests/dynamic_engines/library",
    "docs/engines",
    "benchmarks/dynamic_engines",
)


def run(*words: str) -> int:
    code: int = kernels_group.main(list(words), standalone_mode=False)
    return code


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for folder in _TREE:
        shutil.copytree(folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_the_list_and_each_kernel_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list", "--json") == ExitCode.YES
    listed = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in listed["kernels"]] == [kernel.name for kernel in KERNELS]
    for kernel in KERNELS:
        assert run("show", kernel.name) == ExitCode.YES
        assert kernel.bound_source in capsys.readouterr().out
        assert run("show", kernel.name, "--json") == ExitCode.YES
        assert json.loads(capsys.readouterr().out)["kernel"]["name"] == kernel.name


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", "rolling/smaller"], "no kernel is called 'rolling/smaller': choose one of linalg/gemm"),
        (["new", "Scale"], "'Scale' is not a kernel's name: write it like signals/scale"),
        (["new", "../a/b"], "is not a kernel's name"),
    ],
)
def test_wrong_words_are_named(words: list[str], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        run(*words)
    assert said in str(caught.value)


@pytest.mark.parametrize("name", ["signals/scale", "invented/scale"])
def test_a_new_kernel_passes_its_tests_and_the_tables_at_once(
    copy: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert run("new", name, "--repo", str(copy)) == ExitCode.YES
    said = capsys.readouterr().out.splitlines()
    family, stem = name.split("/")
    folder = "tests/dynamic_engines/library"
    for path in (f"kernels/{name}.cl", f"src/dynamic_engines/library/{name}.py", f"{folder}/{family}/test_{stem}.py"):
        assert any(line.startswith(f"wrote {path}: ") for line in said)
        assert (copy / Path(path).parent / "BUILD").exists() or family == "signals"
    shared = ("test_table.py", "test_page.py", "test_benchmark.py")
    tests = [f"{folder}/{family}/test_{stem}.py", *(f"{folder}/{file}" for file in shared)]
    quiet = ["-q", "--import-mode=importlib", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *quiet, *tests, "-k", f"{stem} or names_are_unique or page_has or has_a_peer"],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(copy / "src"), str(copy), *sys.path])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    # Its own two, its rows in the table's tests, the order of the names, the page, and the benchmark's peers.
    assert int(done.stdout.rpartition(" passed")[0].split()[-1]) >= 11


def test_nothing_is_overwritten_and_a_dry_run_writes_nothing(copy: Path) -> None:
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    assert run("new", "signals/scale", "--dry-run", "--repo", str(copy)) == ExitCode.YES
    with pytest.raises(UsageError, match=r"kernels/signals/cross\.cl exists"):
        run("new", "signals/cross", "--repo", str(copy))
    assert {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()} == before


def test_a_folder_that_is_no_clone_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"has no src/dynamic_engines/library/table\.py"):
        run("new", "signals/scale", "--repo", str(tmp_path))
