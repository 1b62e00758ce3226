"""On real devices. PoCL is a dependency of pyopencl here, so a machine without a device is a failure, not a skip."""

import gc
import json
import os
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyopencl as cl
import pytest

from dynamic_base import ExitCode
from dynamic_engines import (
    Device,
    DeviceLostError,
    DeviceMemoryError,
    EngineError,
    KernelBuildError,
    KernelInputError,
    KernelSource,
    NoDeviceError,
    build,
    devices,
    open_device,
    programs,
)
from dynamic_engines.caches import cache_folder, place_caches
from dynamic_engines.cli import devices_command

DOUBLE = KernelSource(
    "test/twice",
    """
    #if !defined(FACTOR)
    #error "no FACTOR"
    #endif
    __kernel void twice(const uint n, __global const float *restrict x, __global float *restrict y)
    {
        const uint i = get_global_id(0);
        if (i < n) y[i] = FACTOR * x[i];
    }
    """,
)


@pytest.fixture(scope="module")
def device() -> Iterator[Device]:
    with open_device() as opened:
        yield opened


def run_python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment}
    return subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)


def test_importing_the_room_does_not_import_pyopencl() -> None:
    code = "import sys, dynamic_engines.cli; sys.exit('pyopencl' in sys.modules)"
    assert run_python(code).returncode == 0


def test_the_default_device_is_described_as_opencl_describes_it(device: Device) -> None:
    assert device.info.platform == "Portable Computing Language"
    assert device.info in devices()
    (handle,) = device._context.devices
    assert device.info.name == handle.name
    assert device.info.driver_version == handle.driver_version
    assert device.info.type == "cpu"
    assert device.info.fp64
    assert device.info.preferred_vector_width * 32 <= 256 or not device.info.driver_version.startswith("3.0")


def test_a_selector_is_a_number_a_type_or_part_of_a_name() -> None:
    first = devices()[0]
    for selector in ("#0", first.type.upper(), first.name[2:8]):
        with open_device(selector) as opened:
            assert opened.info == first
    for selector in ("#99", "#x", "abacus"):
        with pytest.raises(NoDeviceError, match=f"called '{selector}'.*#0 "):
            open_device(selector)


@pytest.mark.parametrize(
    "hidden", [{"OCL_ICD_VENDORS": "/nonexistent"}, {"POCL_DEVICES": "none"}], ids=["loader", "driver"]
)
def test_without_a_device_the_error_says_what_to_install_and_the_exit_code_is_3(hidden: dict[str, str]) -> None:
    code = """
from dynamic_engines import NoDeviceError, devices, open_device
from dynamic_engines.cli import devices_command
assert devices() == ()
for attempt in (open_device, lambda: devices_command.main([], standalone_mode=False)):
    try:
        attempt()
    except NoDeviceError as error:
        print(int(error.exit_code), error)
"""
    done = run_python(code, **hidden)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("3 ") and "pip install pocl-binary-distribution" in line for line in lines)


def test_the_command_lists_every_device(capsys: pytest.CaptureFixture[str]) -> None:
    assert devices_command.main(["--json"], standalone_mode=False) == ExitCode.YES
    listed = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in listed["devices"]] == [info.name for info in devices()]
    assert devices_command.main([], standalone_mode=False) == ExitCode.YES
    assert devices()[0].driver_version in capsys.readouterr().out


@pytest.mark.parametrize("count", [1, 7, 64, 1009])
def test_a_kernel_runs_over_every_item_and_no_more(device: Device, count: int) -> None:
    x = np.arange(count, dtype=np.float32)
    with device.buffers() as memory:
        source, target = (
            memory.upload("x", x, np.float32),
            memory.upload("y", np.full(count + 9, -1, np.float32), np.float32),
        )
        build(device, DOUBLE, {"FACTOR": "3.0f"}).run(count, np.uint32(count), source, target)
        got = memory.download(target)
    assert got.tolist() == [*(3 * x), *[-1] * 9]


def test_another_entry_runs_in_groups_of_the_size_that_was_asked_for(device: Device) -> None:
    text = """
    __kernel void first(__global uint *x) { x[get_global_id(0)] = 1; }
    __kernel void second(__global uint *x) { x[get_global_id(0)] = 10 * get_local_size(0) + get_num_groups(0); }
    """
    program = build(device, KernelSource("test/first", text), {})
    with device.buffers() as memory:
        x = memory.empty((3,), np.uint32)
        program.run(3, x, entry="second", local=1)
        assert memory.download(x).tolist() == [13, 13, 13]
        with pytest.raises(EngineError):
            program.run(3, x, entry="third")


def test_what_is_started_runs_in_its_order_and_an_upload_waits_for_none_of_it(device: Device) -> None:
    text = """
    __kernel void again(__global uint *x, const uint by) { x[get_global_id(0)] = x[get_global_id(0)] * by + 1; }
    """
    program = build(device, KernelSource("test/again", text), {})
    with device.buffers() as memory:
        x = memory.upload("x", np.zeros(8, np.uint32), np.uint32)
        launches = [program.start(8, x, np.uint32(by)) for by in (5, 7, 11, 2)]
        other = memory.upload("other", np.arange(8, dtype=np.uint32), np.uint32)
        launches.append(program.start(8, other, np.uint32(3)))
        for launch in launches:
            launch.wait()
        # ((0 * 5 + 1) * 7 + 1) * 11 + 1 = 89, and 89 * 2 + 1
        assert memory.download(x).tolist() == [179] * 8
        assert memory.download(other).tolist() == [3 * n + 1 for n in range(8)]


def test_a_launch_tells_its_seconds_if_the_device_was_opened_for_that(device: Device) -> None:
    text = """
    __kernel void spin(const uint rounds, __global uint *x) {
        uint value = x[get_global_id(0)];
        for (uint round = 0; round < rounds; ++round) value = value * 1664525 + 1013904223;
        x[get_global_id(0)] = value;
    }
    """
    with open_device(profile=True) as timed, timed.buffers() as memory:
        program = build(timed, KernelSource("test/spin", text), {})
        x = memory.upload("x", np.zeros(64, np.uint32), np.uint32)
        seconds = [min(program.start(64, np.uint32(n), x).seconds() for _ in range(3)) for n in (1, 10_000_000)]
        assert 0 < seconds[0] < seconds[1]
    with device.buffers() as memory, pytest.raises(EngineError, match="PROFILING_INFO_NOT_AVAILABLE"):
        build(device, KernelSource("test/spin", text), {}).start(
            1, np.uint32(1), memory.empty((8,), np.uint32)
        ).seconds()


def test_memory_that_nobody_wrote_holds_what_was_asked_for(device: Device) -> None:
    with device.like(fill=0xA5) as filled, filled.buffers() as memory:
        assert memory.download(memory.empty((3,), np.uint32)).tolist() == [0xA5A5A5A5] * 3


def test_a_program_is_built_once_for_the_same_text_and_options(device: Device) -> None:
    first = build(device, DOUBLE, {"FACTOR": 2, "OTHER": 1})
    assert build(device, DOUBLE, {"OTHER": 1, "FACTOR": 2}) is first
    assert build(device, DOUBLE, {"FACTOR": 3, "OTHER": 1}).key != first.key
    changed = KernelSource(DOUBLE.name, DOUBLE.text + "\n")
    assert build(device, changed, {"FACTOR": 2, "OTHER": 1}).key != first.key


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("__kernel void k(__global float *x) { x[0] = missing; }", "missing"),
        ("__kernel void k(__global float *x) {\n#warning careful\n x[0] = 1; }", "careful"),
        ('#line 1 "f/k.cl"\n__kernel void k(__global float *x) { x[0] = y; }', "f/k.cl:1:"),
    ],
    ids=["error", "a warning is one", "the file is named"],
)
def test_a_broken_kernel_carries_its_log(device: Device, text: str, said: str) -> None:
    with pytest.raises(KernelBuildError) as caught:
        build(device, KernelSource("f/k", text), {})
    error = caught.value
    assert said in error.log
    assert said in error.message
    assert "\n" not in error.message
    assert (error.kernel, error.device) == ("f/k", device.info.label)
    assert isinstance(error.__cause__, cl.Error)


def test_a_compiler_that_only_warns_is_not_believed_either(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    """Oclgrind takes -Werror and builds all the same, so a warning in the log is an error."""
    monkeypatch.setattr(programs, "_OPTIONS", ("-cl-std=CL1.2",))
    warns = "__kernel void k(__global float *x) {\n#warning careful\n x[0] = 1; }"
    with pytest.raises(KernelBuildError, match=r"f/k does not build on .* \(warning: .*careful\)"):
        build(device, KernelSource("f/k", warns), {})


def test_an_option_that_the_compiler_does_not_know_is_a_build_failure(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "_OPTIONS", ("-no-such-option",))
    with pytest.raises(KernelBuildError, match="f/k does not build"):
        build(device, KernelSource("f/k", "__kernel void k(__global float *x) { x[0] = 1; }"), {})


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros(3), "x is float64, not float32: .*astype"),
        (np.zeros((3, 3), np.float32), r"shape \(3, 3\)"),
        (np.zeros(0, np.float32), r"shape \(0,\)"),
        (np.zeros(9, np.float32)[::2], "not contiguous"),
        (np.array([1, np.nan], np.float32), r"x is nan at \(1,\)"),
        (np.array([np.inf, 1], np.float32), r"x is inf at \(0,\)"),
    ],
)
def test_an_array_that_does_not_fit_is_refused(device: Device, array: npt.NDArray[Any], message: str) -> None:
    with device.buffers() as memory:
        with pytest.raises(KernelInputError, match=message):
            memory.upload("x", array, np.float32)
        assert memory.nbytes == 0


def test_a_macro_that_needs_quoting_and_a_run_of_nothing_are_refused(device: Device) -> None:
    with pytest.raises(KernelInputError, match="no macro"):
        build(device, DOUBLE, {"FACTOR": "2 -cl-fast-relaxed-math"})
    with pytest.raises(KernelInputError, match="no work items"):
        build(device, DOUBLE, {"FACTOR": 2}).run(0)


def test_more_than_the_device_holds_is_refused_alone_and_in_sum(device: Device) -> None:
    info = device.info
    with device.buffers() as memory, pytest.raises(DeviceMemoryError, match="has room for"):
        memory.empty((info.max_allocation_bytes // 8 + 1,), np.float64)
    with device.buffers() as memory:
        for _ in range(info.global_memory_bytes // info.max_allocation_bytes):
            memory.empty((info.max_allocation_bytes,), np.uint8)
        with pytest.raises(DeviceMemoryError, match="has room for"):
            memory.empty((info.max_allocation_bytes,), np.uint8)


def test_memory_is_freed_on_leaving_and_a_freed_buffer_is_refused(device: Device) -> None:
    program = build(device, DOUBLE, {"FACTOR": 2})
    with device.buffers() as memory:
        buffer = memory.empty((1000,), np.float32)
        assert memory.nbytes == 4000
        handle = buffer.handle
    assert memory.nbytes == 0
    with pytest.raises(cl.LogicError):
        handle.release()
    with pytest.raises(KernelInputError, match="was freed"):
        memory.download(buffer)
    with pytest.raises(KernelInputError, match="was freed"):
        program.run(4, np.uint32(4), buffer, buffer)


def test_a_device_that_is_left_is_collected() -> None:
    with open_device() as opened:
        build(opened, DOUBLE, {"FACTOR": 2})
        seen = weakref.ref(opened)
    del opened
    gc.collect()
    assert seen() is None


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (-2, DeviceLostError),
        (-14, DeviceLostError),
        (-36, DeviceLostError),
        (-4, DeviceMemoryError),
        (-5, DeviceMemoryError),
    ],
)
def test_what_opencl_raises_in_a_launch_gets_its_name(
    device: Device, monkeypatch: pytest.MonkeyPatch, code: int, expected: type[EngineError]
) -> None:
    program = build(device, DOUBLE, {"FACTOR": 2})

    def fail(*_: object) -> None:
        raise cl.RuntimeError(cl._cl._ErrorRecord(msg="planted", code=code, routine="clEnqueueNDRangeKernel"))

    monkeypatch.setattr(cl, "enqueue_nd_range_kernel", fail)
    with device.buffers() as memory:
        x = memory.empty((4,), np.float32)
        with pytest.raises(EngineError, match="planted") as caught:
            program.run(4, np.uint32(4), x, x)
    assert type(caught.value) is expected
    assert isinstance(caught.value.__cause__, cl.Error)


def test_arguments_that_do_not_match_the_kernel_are_refused(device: Device) -> None:
    program = build(device, DOUBLE, {"FACTOR": 2})
    with device.buffers() as memory:
        x = memory.empty((4,), np.float32)
        for arguments in ((np.uint32(4), x), (np.uint32(4), x, x, x), (np.uint64(4), x, x), (x, x, x)):
            with pytest.raises(EngineError, match=r"INVALID_(KERNEL_ARGS|ARG_INDEX|ARG_SIZE)"):
                program.run(4, *arguments)


def test_the_cache_is_where_xdg_says_or_under_home_or_in_a_private_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    xdg = tmp_path / "xdg"
    assert cache_folder({"XDG_CACHE_HOME": str(xdg), "HOME": "/nowhere"}) == xdg / "dynamic" / "opencl"
    assert cache_folder({"HOME": str(tmp_path)}) == tmp_path / ".cache" / "dynamic" / "opencl"
    (tmp_path / "file").write_text("")
    for environ in ({}, {"XDG_CACHE_HOME": str(tmp_path / "file")}):
        folder = cache_folder(environ)
        assert folder == tmp_path / f"dynamic-opencl-{os.getuid()}"
        assert folder.stat().st_mode & 0o777 == 0o700
    monkeypatch.setattr(os, "getuid", lambda: folder.stat().st_uid + 1)
    (tmp_path / f"dynamic-opencl-{os.getuid()}").mkdir()  # made by another user, to be found by us
    assert cache_folder({}) not in (folder, tmp_path / f"dynamic-opencl-{os.getuid()}")


def test_pocls_cache_is_placed_unless_somebody_chose(tmp_path: Path) -> None:
    environ = {"XDG_CACHE_HOME": str(tmp_path)}
    place_caches(environ)
    assert environ["POCL_CACHE_DIR"] == str(tmp_path / "dynamic" / "opencl" / "pocl")
    chosen = {"POCL_CACHE_DIR": "mine", "XDG_CACHE_HOME": str(tmp_path)}
    place_caches(chosen)
    assert chosen["POCL_CACHE_DIR"] == "mine"


@pytest.mark.parametrize("kind", ["", "gpu"])
def test_what_a_kernel_writes_into_a_shared_array_is_in_it_after_it_was_received(device: Device, kind: str) -> None:
    x, y = np.arange(5, dtype=np.float32), np.zeros(5, np.float32)
    x.flags.writeable = False
    with device.like(kind) as like, like.buffers() as memory:
        source, target = memory.share(x), memory.share(y)
        build(like, DOUBLE, {"FACTOR": 3}).run(5, np.uint32(5), source, target)
        memory.receive(target, y)
    np.testing.assert_array_equal(y, 3 * x)


def test_an_array_that_has_gaps_cannot_be_shared(device: Device) -> None:
    with device.buffers() as memory, pytest.raises(KernelInputError, match="not contiguous"):
        memory.share(np.zeros((4, 4), np.float32)[:, ::2])


def test_each_part_of_a_device_computes_as_the_whole_does(device: Device) -> None:
    x = np.arange(100, dtype=np.float32)
    parts = device.parts(1)
    assert [part.info.compute_units for part in parts] == [1] * device.info.compute_units
    for part in parts:
        with part.buffers() as memory:
            y = memory.empty((100,), np.float32)
            build(part, DOUBLE, {"FACTOR": 2}).run(100, np.uint32(100), memory.upload("x", x, np.float32), y)
            np.testing.assert_array_equal(memory.download(y), 2 * x)


def test_a_device_has_no_parts_larger_than_it_is(device: Device) -> None:
    with pytest.raises(EngineError, match="clCreateSubDevices"):
        device.parts(device.info.compute_units + 1)
