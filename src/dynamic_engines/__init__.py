"""OpenCL devices and kernels. Importing this room touches no device and does not import pyopencl."""

from dynamic_engines.device import Device, build
from dynamic_engines.devices import devices, open_device
from dynamic_engines.errors import (
    DeviceLostError,
    DeviceMemoryError,
    EngineError,
    KernelBuildError,
    KernelDomainError,
    KernelInputError,
    KernelMissingError,
    NoDeviceError,
)
from dynamic_engines.kernels import KernelSource, load_kernel
from dynamic_engines.memory import Buffer, Buffers
from dynamic_engines.model import Cost, DeviceInfo, Maths, Precision
from dynamic_engines.programs import Launch, Program

__all__ = [
    "Buffer",
    "Buffers",
    "Cost",
    "Device",
    "DeviceInfo",
    "DeviceLostError",
    "DeviceMemoryError",
    "EngineError",
    "KernelBuildError",
    "KernelDomainError",
    "KernelInputError",
    "KernelMissingError",
    "KernelSource",
    "Launch",
    "Maths",
    "NoDeviceError",
    "Precision",
    "Program",
    "build",
    "devices",
    "load_kernel",
    "open_device",
]
