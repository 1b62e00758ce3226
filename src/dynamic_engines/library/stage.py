"""Where a kernel of the library is set up: one device, one precision, one kind of maths, and the sizes to tune."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from dynamic_engines.device import Device, build
from dynamic_engines.kernels import KernelSource
from dynamic_engines.memory import Buffer, Buffers
from dynamic_engines.model import DeviceInfo, Maths, Precision
from dynamic_engines.programs import Launch, Program

F64 = npt.NDArray[np.float64]
_GROUP = "GROUP"  # the knob that says how many items are in a work group


@dataclass(frozen=True, slots=True)
class Work:
    """A kernel with its inputs on the device.

    Parameters
    ----------
    launch : compute, and wait; again and again with the same result
    fetch : bring the outputs back, as float64
    """

    launch: Callable[[], None]
    fetch: Callable[[], tuple[F64, ...]]


@dataclass(frozen=True, slots=True)
class Knob:
    """A size that may differ from device to device, and never changes a result.

    Parameters
    ----------
    name : a macro of the kernel
    cpu, gpu : what unknown devices of the kind get
    choices : what a tuner may try
    """

    name: str
    cpu: int
    gpu: int
    choices: tuple[int, ...]


def usual_size(knob: Knob, info: DeviceInfo) -> int:
    """Return what a device gets that nobody tuned: a small GPU, a group that it can have."""
    usual = knob.gpu if info.type == "gpu" else knob.cpu
    if knob.name != _GROUP or usual <= info.max_work_group:
        return usual
    return max((size for size in knob.choices if size <= info.max_work_group), default=usual)


@dataclass(frozen=True, slots=True)
class Stage:
    """``tuned`` overrides knobs by name."""

    device: Device
    memory: Buffers
    precision: Precision
    maths: Maths = Maths.STRICT
    tuned: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    def program(self, kernel: KernelSource, knobs: tuple[Knob, ...] = (), **defines: int) -> Program:
        """Compile ``kernel`` with REAL_BITS, the knobs and ``defines`` as macros."""
        sizes = {knob.name: self.pick(knob) for knob in knobs}
        macros = {"REAL_BITS": self.precision.bits, **sizes, **defines}
        return build(self.device, kernel, macros, self.maths)

    def pick(self, knob: Knob) -> int:
        """Return the size for this device."""
        return self.tuned.get(knob.name, usual_size(knob, self.device.info))

    def send(self, name: str, values: F64) -> Buffer:
        """Copy ``values`` to the device, each rounded to the precision."""
        return self.memory.upload(
            name, np.ascontiguousarray(values, dtype=self.precision.dtype), self.precision.dtype, values.ndim
        )

    def room(self, *shape: int, dtype: npt.DTypeLike | None = None) -> Buffer:
        """Return an array on the device whose values are not set; of REAL unless ``dtype`` says otherwise."""
        return self.memory.empty(shape, self.precision.dtype if dtype is None else dtype)

    def real(self, value: float) -> "np.generic[Any]":
        return self.precision.dtype.type(value)

    def fetch(self, *buffers: Buffer) -> tuple[F64, ...]:
        return tuple(self.memory.download(buffer).astype(np.float64).ravel() for buffer in buffers)


def known(*lines: F64) -> Work:
    """Return the work of an input for which there is nothing to compute: OpenCL has no empty buffers."""
    return Work(lambda: None, lambda: tuple(line.copy() for line in lines))


def groups(program: Program, count: int, local: int, *arguments: "Buffer | np.generic[Any]", entry: str = "") -> Launch:
    """Start ``count`` work groups of ``local`` items."""
    return program.start(count * local, *arguments, entry=entry, local=local)
