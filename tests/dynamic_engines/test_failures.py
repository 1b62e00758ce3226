"""What a device does when it fails: each call has a name for it, and nothing leaks."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pyopencl as cl
import pytest

from dynamic_base import ExitCode
from dynamic_engines import (
    Device,
    DeviceLostError,
    DeviceMemoryError,
    EngineError,
    KernelDomainError,
    KernelInputError,
    KernelSource,
    Precision,
    build,
    open_device,
)
from dynamic_engines.library import KERNELS, Stage
from dynamic_engines.memory import Buffers

TEXT = "__kernel void twice(__global float *x) { x[get_global_id(0)] *= 2; }"
# Where a device may fail, and which call of OpenCL then answers with an error.
PLACES: dict[str, str] = {
    "upload": "Buffer",
    "room": "Buffer",
    "download": "enqueue_copy",
    "launch": "enqueue_nd_range_kernel",
    "wait": "enqueue_nd_range_kernel",
}
# OpenCL 1.2, cl.h
LOST = {"DEVICE_NOT_AVAILABLE": -2, "EXEC_STATUS_ERROR": -14, "INVALID_COMMAND_QUEUE": -36, "INVALID_CONTEXT": -34}
MEMORY = {"MEM_OBJECT_ALLOCATION_FAILURE": -4, "OUT_OF_RESOURCES": -5, "OUT_OF_HOST_MEMORY": -6}
CODES = [(code, DeviceLostError) for code in LOST.values()] + [(code, DeviceMemoryError) for code in MEMORY.values()]


def failing(code: int) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise cl.RuntimeError(cl._cl._ErrorRecord(msg="planted", code=code, routine="clPlanted"))

    return fail


class FailingEvent:
    """An event whose command failed after it was launched, as a driver's reset shows."""

    def __init__(self, code: int) -> None:
        self.wait = failing(code)


def use(memory: Buffers, device: Device) -> None:
    values = np.ones(8, np.float32)
    buffer = memory.upload("x", values, np.float32)
    memory.empty((8,), np.float32)
    build(device, KernelSource("test/twice", TEXT), {}).run(8, buffer)
    memory.download(buffer)


@pytest.mark.parametrize(("code", "expected"), CODES)
@pytest.mark.parametrize("place", PLACES)
def test_a_device_that_fails_is_named_wherever_it_fails_and_its_memory_is_freed(
    monkeypatch: pytest.MonkeyPatch, place: str, code: int, expected: type[EngineError]
) -> None:
    with open_device() as device, device.buffers() as memory:
        use(memory, device)
        planted = (lambda *_, **__: FailingEvent(code)) if place == "wait" else failing(code)
        monkeypatch.setattr(cl, PLACES[place], planted)
        with device.buffers() as spare, pytest.raises(EngineError, match="planted") as caught:
            spare.empty((8,), np.float32) if place == "room" else use(spare, device)
        assert type(caught.value) is expected
        assert device.info.label in caught.value.message
        assert caught.value.hint
        assert caught.value.exit_code == ExitCode.UNDECIDED
        assert spare.nbytes == 0


def test_a_thousand_calls_of_which_half_fail_leave_nothing_on_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each buffer that OpenCL made is counted, and each release."""
    live: set[int] = set()
    made = cl.Buffer

    class Counted:
        def __init__(self, *words: Any, **more: Any) -> None:
            self.buffer = made(*words, **more)
            live.add(id(self))

        def release(self) -> None:
            self.buffer.release()
            live.remove(id(self))

    monkeypatch.setattr(cl, "Buffer", Counted)
    most = 0
    with open_device() as device:
        for n in range(1000):
            try:
                with device.buffers() as memory:
                    memory.upload("x", np.ones(64, np.float32), np.float32)
                    memory.empty((64,), np.float64)
                    most = max(most, len(live))
                    memory.upload("y", np.full(64, np.nan if n % 2 else 1.0), np.float64)
            except KernelInputError:
                assert n % 2
    assert (live, most) == (set(), 2)


def test_a_device_without_float64_refuses_it_and_computes_in_float32() -> None:
    """No such device is at hand: the real one, described without float64."""
    with open_device() as device:
        device.info = replace(device.info, fp64=False)
        for kernel in KERNELS:
            case = kernel.sample(np.random.default_rng(1), 0.001)
            assert kernel.on_device(device, case.inputs, case.settings, Precision.FLOAT32)
            if any(argument.dtype == "REAL" for argument in (*kernel.inputs, *kernel.outputs)):
                with pytest.raises(KernelInputError, match="does not compute in float64: ask for float32"):
                    kernel.on_device(device, case.inputs, case.settings, Precision.FLOAT64)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda x: x.astype(np.float32), "is float32"),
        (lambda x: x.reshape(1, -1), r"\[1, "),
        (lambda x: np.where(np.arange(x.size) == 3, np.nan, x), "is nan at 3"),
        (lambda x: np.where(np.arange(x.size) == 3, -np.inf, x), "is -inf at 3"),
    ],
    ids=["dtype", "shape", "nan", "infinite"],
)
def test_an_input_that_no_kernel_takes_is_refused_by_both_sides(spoil: Callable[..., Any], said: str) -> None:
    with open_device() as device:
        for kernel in (kernel for kernel in KERNELS if kernel.inputs):
            case = kernel.sample(np.random.default_rng(1), 0.001)
            inputs = (spoil(case.inputs[0]), *case.inputs[1:])
            with pytest.raises(KernelDomainError, match=said):
                kernel.oracle(inputs, case.settings)
            with pytest.raises(KernelDomainError, match=said):
                kernel.on_device(device, inputs, case.settings, Precision.FLOAT32)


def test_an_input_that_is_not_contiguous_gives_what_its_copy_gives() -> None:
    with open_device() as device:
        for kernel in (kernel for kernel in KERNELS if kernel.inputs):
            case = kernel.sample(np.random.default_rng(1), 0.001)
            strided = tuple(np.repeat(line, 2)[::2] for line in case.inputs)
            assert not strided[0].flags.c_contiguous
            for line, other in zip(
                kernel.on_device(device, case.inputs, case.settings, Precision.FLOAT32),
                kernel.on_device(device, strided, case.settings, Precision.FLOAT32),
                strict=True,
            ):
                np.testing.assert_array_equal(line, other)


def test_work_that_does_not_fit_the_device_is_refused_before_anything_is_sent() -> None:
    with open_device() as device:
        device.info = replace(device.info, max_allocation_bytes=1000, global_memory_bytes=1500)
        with device.buffers() as memory:
            stage = Stage(device, memory, Precision.FLOAT32)
            with pytest.raises(DeviceMemoryError, match="has room for 1000 bytes, not 1004"):
                stage.send("x", np.ones(251))
            stage.send("x", np.ones(250))
            with pytest.raises(DeviceMemoryError, match="has room for 500 bytes, not 800"):
                stage.room(200)
