"""Which OpenCL devices there are, and how to open one."""

import os
from typing import TYPE_CHECKING

from dynamic_engines.caches import place_caches
from dynamic_engines.device import Device
from dynamic_engines.errors import NoDeviceError, translated
from dynamic_engines.model import POCL, DeviceInfo

if TYPE_CHECKING:
    import pyopencl as cl

_DEVICE_NOT_FOUND = -1
_PLATFORM_NOT_FOUND = -1001  # cl_ext.h, cl_khr_icd
_FIX = (
    "install PoCL, a device on every CPU (pip install pocl-binary-distribution, or apt install pocl-opencl-icd);"
    " if it is installed, unset OCL_ICD_VENDORS and POCL_DEVICES"
)


def devices() -> tuple[DeviceInfo, ...]:
    """Return every OpenCL device, in the driver loader's order; none is opened."""
    return tuple(info for info, _ in _handles())


def open_device(selector: str = "", *, profile: bool = False) -> Device:
    """Open the first device that ``selector`` names.

    Parameters
    ----------
    selector : part of the platform's or the device's name, or its type (``gpu``), in any case; ``#1`` is the second
        row of ``devices()``; empty takes PoCL, which everyone has, or else the first device
    profile : let each launch tell its seconds

    Raises
    ------
    NoDeviceError : there is none, or none of that name; the message lists what there is
    """
    found = _handles()
    if not found:
        raise no_device()
    chosen = _choose([info for info, _ in found], selector)
    if chosen is None:
        names = ", ".join(f"#{n} {info.name} ({info.platform})" for n, (info, _) in enumerate(found))
        raise NoDeviceError(f"no OpenCL device is called {selector!r}", f"choose one of {names}")
    return Device(*found[chosen], profile=profile)


def no_device() -> NoDeviceError:
    """Return the error that says how to get a device."""
    return NoDeviceError("there is no OpenCL device", _FIX)


def _choose(found: list[DeviceInfo], selector: str) -> int | None:
    if selector.startswith("#"):
        index = int(selector[1:]) if selector[1:].isdecimal() else len(found)
        return index if index < len(found) else None
    if not selector:
        return next((n for n, info in enumerate(found) if info.platform == POCL), 0)
    wanted = selector.casefold()
    names = [f"{info.platform} {info.name} {info.type}".casefold() for info in found]
    return next((n for n, name in enumerate(names) if wanted in name), None)


def _handles() -> list[tuple[DeviceInfo, "cl.Device"]]:
    place_caches(os.environ)
    try:
        import pyopencl as cl
    except ImportError as error:
        raise NoDeviceError(f"pyopencl cannot be imported ({error})", "pip install pyopencl") from error
    with translated("the driver loader"):
        try:
            platforms = cl.get_platforms()
        except cl.LogicError as error:
            if error.code != _PLATFORM_NOT_FOUND:
                raise
            return []
        return [(_describe(platform, device), device) for platform in platforms for device in _of(platform)]


def _of(platform: "cl.Platform") -> list["cl.Device"]:
    import pyopencl as cl

    try:
        return list(platform.get_devices())
    except cl.Error as error:
        if error.code != _DEVICE_NOT_FOUND:
            raise
        return []


def _describe(platform: "cl.Platform", device: "cl.Device") -> DeviceInfo:
    import pyopencl as cl

    kinds = {cl.device_type.CPU: "cpu", cl.device_type.GPU: "gpu", cl.device_type.ACCELERATOR: "accelerator"}
    width = device.preferred_vector_width_float
    broken_wide = platform.name == POCL and device.driver_version.startswith("3.0")
    return DeviceInfo(
        platform=platform.name.strip(),
        name=device.name.strip(),
        vendor=device.vendor.strip(),
        driver_version=device.driver_version.strip(),
        opencl_c_version=device.opencl_c_version.strip(),
        type=next((name for bit, name in kinds.items() if device.type & bit), "custom"),
        fp64=bool(device.double_fp_config),
        compute_units=device.max_compute_units,
        max_work_group=device.max_work_group_size,
        global_memory_bytes=device.global_mem_size,
        max_allocation_bytes=device.max_mem_alloc_size,
        preferred_vector_width=min(width, 8) if broken_wide else width,
    )
