"""What is known of a device without opening it."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

POCL = "Portable Computing Language"
_GPU_LANES = 64  # one wavefront of AMD, two warps of NVIDIA
_CPU_LANES = 8  # PoCL runs a group on one thread: small groups keep every core busy


class Precision(StrEnum):
    """What a kernel's REAL is."""

    FLOAT32 = "float32"
    FLOAT64 = "float64"

    @property
    def dtype(self) -> "np.dtype[np.float32 | np.float64]":
        return np.dtype(self.value)

    @property
    def bits(self) -> int:
        return self.dtype.itemsize * 8


class Maths(StrEnum):
    """How freely a compiler may treat arithmetic; a kernel has a relaxed form only where its bound holds there too."""

    STRICT = "strict"
    RELAXED = "relaxed"

    @property
    def options(self) -> tuple[str, ...]:
        """The compiler's options."""
        return () if self is Maths.STRICT else ("-cl-fast-relaxed-math", "-cl-denorms-are-zero")


@dataclass(frozen=True, slots=True)
class Cost:
    """The least that one call must do, however it is done: what a roofline is drawn from.

    Parameters
    ----------
    bytes_moved : each input read once and each output written once, in bytes
    operations : floating-point operations (a fused multiply-add counts 2); for integer kernels, their comparisons,
        multiplications and additions
    """

    bytes_moved: int
    operations: int


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """One OpenCL device, as its driver describes it.

    Parameters
    ----------
    type : ``cpu``, ``gpu``, ``accelerator`` or ``custom``
    fp64 : bool, it computes in float64
    compute_units : int, what runs at once: cores of a CPU
    max_work_group : int, work items
    preferred_vector_width : int, float32 lanes; at most 8 on PoCL 3.0, whose 512-bit vectors crash or give wrong
        numbers (seen on a Zen 4: ``vload16``, ``fmax(double8)``)
    """

    platform: str
    name: str
    vendor: str
    driver_version: str
    opencl_c_version: str
    type: str
    fp64: bool
    compute_units: int
    max_work_group: int
    global_memory_bytes: int
    max_allocation_bytes: int
    preferred_vector_width: int

    @property
    def local_size(self) -> int:
        """Work items in a group. Never left to the driver: PoCL puts a thousand items into one group, so one thread."""
        return min(self.max_work_group, _GPU_LANES if self.type == "gpu" else _CPU_LANES)

    @property
    def driver(self) -> str:
        """What a recorded result belongs to: another driver may compute otherwise."""
        return f"{self.platform} {self.driver_version}"

    @property
    def label(self) -> str:
        return f"{self.name} ({self.driver})"
