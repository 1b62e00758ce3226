"""What can go wrong with devices and kernels; OpenCL's own exceptions end here."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dynamic_base import DynamicError

if TYPE_CHECKING:
    import pyopencl as cl

# OpenCL 1.2, cl.h: MEM_OBJECT_ALLOCATION_FAILURE, OUT_OF_RESOURCES, OUT_OF_HOST_MEMORY, INVALID_BUFFER_SIZE
_MEMORY = frozenset({-4, -5, -6, -61})
# DEVICE_NOT_AVAILABLE, EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST, INVALID_DEVICE, _CONTEXT, _COMMAND_QUEUE
_LOST = frozenset({-2, -14, -33, -34, -36})


class EngineError(DynamicError):
    """The root of this room's failures; on its own, an OpenCL error that has no better name."""


class NoDeviceError(EngineError):
    """There is no OpenCL device, or none that was asked for."""


class KernelMissingError(EngineError):
    """A kernel or a header is not in ``kernels/``."""


class KernelBuildError(EngineError):
    """The device's compiler refused the kernel; ``log`` is what it said."""

    def __init__(self, kernel: str, device: str, log: str) -> None:
        lines = [line.strip() for line in log.splitlines()]
        said = next((line for word in ("error", "warning") for line in lines if word in line), "no message")
        super().__init__(f"kernel {kernel} does not build on {device} ({said})", "the log of this error has the rest")
        self.kernel = kernel
        self.device = device
        self.log = log


class KernelInputError(EngineError):
    """A value does not fit the kernel's contract; the device was not touched."""


class KernelDomainError(KernelInputError):
    """A value that the kernel promises nothing for: its oracle refuses it too, or the precision cannot hold it."""


class DeviceMemoryError(EngineError):
    """The device cannot hold what was asked of it."""


class DeviceLostError(EngineError):
    """The device went away in mid-work: a reset, a crash, an unplugged card. Open it again."""


@contextmanager
def translated(device: str) -> Iterator[None]:
    """Turn what OpenCL raises about ``device`` into this room's errors."""
    import pyopencl as cl

    try:
        yield
    except cl.Error as error:
        raise translation(error, device) from error


def translation(error: "cl.Error", device: str) -> EngineError:
    """Return ``error`` as this room's: for a launch, which takes no longer than it takes to enter ``translated``."""
    if error.code in _MEMORY:
        return DeviceMemoryError(f"{device} is out of memory ({error})", "send fewer bars")
    if error.code in _LOST:
        return DeviceLostError(f"{device} was lost ({error})", "open it again; the system's log says why")
    return EngineError(f"OpenCL failed on {device} ({error})", "see './dynamic devices'")
