"""Compiled programs between processes: whole or compiled again, whoever else writes, and whatever was damaged."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dynamic_engines.caches import drop_damaged, keep, place_caches, recall

# Says what it computed, and how often the compiler was asked. STORED: as on a driver that keeps nothing itself.
TWICE = """
import os
import numpy as np
from dynamic_engines import KernelSource, build, devices, open_device, programs
devices()  # before pyopencl is imported, as every program of ours does
import pyopencl.characterize
if os.environ.get("STORED"):
    pyopencl.characterize.has_src_build_cache = lambda device: None
asked = []
from_source = programs._from_source
programs._from_source = lambda *words: asked.append(words) or from_source(*words)
text = "__kernel void twice(__global float *x) { x[get_global_id(0)] *= 2; }"
with open_device() as device, device.buffers() as memory:
    x = memory.upload("x", np.arange(8, dtype=np.float32), np.float32)
    build(device, KernelSource("test/twice", text), {}).run(8, x)
    print(memory.download(x).astype(int).tolist(), len(asked))
"""
RIGHT = "[0, 2, 4, 6, 8, 10, 12, 14]"


def start(cache: Path, stored: bool = False) -> "subprocess.Popen[str]":
    without = {name: value for name, value in os.environ.items() if name != "POCL_CACHE_DIR"}
    env = {**without, "PYTHONPATH": os.pathsep.join(sys.path), "XDG_CACHE_HOME": str(cache)}
    env["STORED"] = "yes" if stored else ""
    return subprocess.Popen(
        [sys.executable, "-c", TWICE], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def said(process: "subprocess.Popen[str]") -> tuple[str, int]:
    out, err = process.communicate()
    assert process.returncode == 0, err
    values, _, asked = out.strip().rpartition(" ")
    return values, int(asked)


@pytest.mark.parametrize("stored", [False, True], ids=["the driver's cache", "ours"])
def test_processes_that_compile_the_same_at_once_are_all_right_and_the_next_finds_it(
    tmp_path: Path, stored: bool
) -> None:
    assert [said(one)[0] for one in [start(tmp_path, stored) for _ in range(2)]] == [RIGHT] * 2
    assert said(start(tmp_path, stored)) == (RIGHT, 0 if stored else 1)
    assert len(list(tmp_path.glob("dynamic/opencl/programs/*"))) == stored


def test_a_damaged_program_is_compiled_again_and_replaced(tmp_path: Path) -> None:
    assert said(start(tmp_path, stored=True)) == (RIGHT, 1)
    (kept,) = tmp_path.glob("dynamic/opencl/programs/*")
    kept.write_bytes(kept.read_bytes()[:-1])
    assert said(start(tmp_path, stored=True)) == (RIGHT, 1)
    assert said(start(tmp_path, stored=True)) == (RIGHT, 0)


def test_what_was_kept_comes_back_and_one_changed_bit_does_not(tmp_path: Path) -> None:
    assert recall(tmp_path, "key") is None
    keep(tmp_path, "key", b"program")
    assert recall(tmp_path, "key") == b"program"
    content = bytearray((tmp_path / "key").read_bytes())
    content[-1] ^= 1
    (tmp_path / "key").write_bytes(content)
    assert recall(tmp_path, "key") is None


def test_a_folder_that_cannot_be_written_keeps_nothing_and_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    keep(tmp_path / "file", "key", b"program")
    assert recall(tmp_path / "file", "key") is None
    assert said(start(tmp_path / "file", stored=True))[0] == RIGHT


def test_a_program_that_the_driver_refuses_is_compiled_again(tmp_path: Path) -> None:
    assert said(start(tmp_path, stored=True)) == (RIGHT, 1)
    (kept,) = tmp_path.glob("dynamic/opencl/programs/*")
    keep(kept.parent, kept.name, b"no program of any driver")
    assert said(start(tmp_path, stored=True)) == (RIGHT, 1)


def test_a_file_in_the_place_of_pocls_folder_stops_nobody(tmp_path: Path) -> None:
    place = tmp_path / "dynamic" / "opencl"
    place.mkdir(parents=True)
    (place / "pocl").write_bytes(b"")
    environ = {"XDG_CACHE_HOME": str(tmp_path)}
    place_caches(environ)
    assert Path(environ["POCL_CACHE_DIR"]).is_dir()
    shutil.rmtree(environ["POCL_CACHE_DIR"])


@pytest.mark.parametrize(("name", "left"), [("twice.so", 0), ("program.bc", 1000)])
def test_a_file_of_pocls_cache_that_was_cut_short_is_removed_and_pocl_compiles_again(
    tmp_path: Path, name: str, left: int
) -> None:
    """PoCL 3.0 would abort; a whole entry stays."""
    assert said(start(tmp_path)) == (RIGHT, 1)
    folder = tmp_path / "dynamic" / "opencl" / "pocl"
    (file,) = folder.rglob(name)
    drop_damaged(folder)
    content = file.read_bytes()
    file.write_bytes(content[:left])
    (folder / "looked-through").unlink()
    assert said(start(tmp_path)) == (RIGHT, 1)
    assert file.read_bytes()[:left] == content[:left]
    assert len(file.read_bytes()) > left


def test_the_cache_is_looked_through_once_an_hour_and_after_a_start_of_the_machine(tmp_path: Path) -> None:
    def place() -> None:
        place_caches({"XDG_CACHE_HOME": str(tmp_path)})

    place()
    broken = tmp_path / "dynamic" / "opencl" / "pocl" / "AB" / "CDE" / "program.bc"
    broken.parent.mkdir(parents=True)
    mark = broken.parents[2] / "looked-through"
    for spoil in (
        lambda: mark.write_bytes(b"another start"),
        lambda: os.utime(mark, (0, 0)),
        mark.unlink,
    ):
        broken.parent.mkdir(parents=True, exist_ok=True)
        broken.write_bytes(b"BC")
        place()
        assert broken.exists()
        spoil()
        place()
        assert not broken.exists()
