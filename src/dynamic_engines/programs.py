"""Compiled kernels, and their launch."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from dynamic_base import digest
from dynamic_engines.caches import cache_folder
from dynamic_engines.errors import KernelBuildError, KernelInputError, translated
from dynamic_engines.kernels import KernelSource
from dynamic_engines.memory import Buffer
from dynamic_engines.model import DeviceInfo, Maths

if TYPE_CHECKING:
    import pyopencl as cl

# Warnings are errors. Nothing here may reorder sums: compensated kernels would lose what they are for. Who may, says so
# by Maths.RELAXED.
_OPTIONS = ("-cl-std=CL1.2", "-Werror")
_BUILD_PROGRAM_FAILURE = -11
_DEFINE = re.compile(r"[A-Za-z_]\w*=[\w.+-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Launch:
    """A kernel on its way."""

    device: str
    event: "cl.Event"

    def wait(self) -> None:
        """Return once it has run.

        Raises
        ------
        DeviceLostError, DeviceMemoryError, EngineError : it failed
        """
        with translated(self.device):
            self.event.wait()


@dataclass(frozen=True, slots=True)
class Program:
    """A kernel that was compiled for one open device. ``key`` covers source, headers, options, driver and device."""

    kernel: KernelSource
    key: str
    info: DeviceInfo
    queue: "cl.CommandQueue"
    handle: "cl.Program"
    _idle: "dict[str, list[cl.Kernel]]" = field(default_factory=dict, init=False, repr=False, compare=False)

    def run(self, items: int, *arguments: "Buffer | np.generic[Any]", entry: str = "", local: int = 0) -> None:
        """Do what ``start`` does, and wait for it."""
        self.start(items, *arguments, entry=entry, local=local).wait()

    def start(self, items: int, *arguments: "Buffer | np.generic[Any]", entry: str = "", local: int = 0) -> "Launch":
        """Run over at least ``items`` work items, after everything that was started on this device before.

        The last group may reach further, so a kernel guards its index.

        Parameters
        ----------
        entry : another function of the same file than the one that is named like it
        local : work items in a group; by default the device's ``local_size``. 1 is for items that are long and few:
            on a CPU a group runs on one thread, so larger groups would leave cores idle

        Raises
        ------
        KernelInputError : no work items
        DeviceLostError, DeviceMemoryError, EngineError : the launch failed
        """
        import pyopencl as cl

        if items < 1:
            raise KernelInputError(f"kernel {self.kernel.name} was given no work items", "give it at least one")
        local = local or self.info.local_size
        with translated(self.info.label):
            # A kernel object holds its arguments until it is enqueued: one each thread. Making one takes pyopencl
            # longer than a small launch, so it is kept for the next.
            idle = self._idle.setdefault(entry or self.kernel.entry, [])
            function = idle.pop() if idle else cl.Kernel(self.handle, entry or self.kernel.entry)
            for n, argument in enumerate(arguments):
                function.set_arg(n, argument.handle if isinstance(argument, Buffer) else argument)
            event = cl.enqueue_nd_range_kernel(self.queue, function, (-(-items // local) * local,), (local,))
            self.queue.flush()
        idle.append(function)  # the launch has taken its arguments
        return Launch(self.info.label, event)


def options_of(kernel: KernelSource, defines: Mapping[str, str | int], maths: Maths = Maths.STRICT) -> tuple[str, ...]:
    """Return the compiler's options, in one order whatever the order of ``defines``.

    Raises
    ------
    KernelInputError : a macro that would need quoting
    """
    macros = sorted(f"{name}={value}" for name, value in defines.items())
    for macro in macros:
        if not _DEFINE.fullmatch(macro):
            raise KernelInputError(f"{macro!r} is no macro for kernel {kernel.name}", "use a name and one plain word")
    return (*_OPTIONS, *maths.options, *(f"-D{macro}" for macro in macros))


def key_of(kernel: KernelSource, options: tuple[str, ...], info: DeviceInfo) -> str:
    """Return what a compiled kernel is known by."""
    return digest([kernel.name, kernel.digest, options, info.platform, info.driver_version, info.name])


def compiled(context: "cl.Context", info: DeviceInfo, kernel: KernelSource, options: tuple[str, ...]) -> "cl.Program":
    """Compile ``kernel``, or find it in the cache on disk.

    Raises
    ------
    KernelBuildError : the compiler refused it
    """
    import pyopencl as cl

    with translated(info.label):
        try:
            program = cl.Program(context, kernel.text)
            program.build(options=list(options), cache_dir=str(cache_folder(os.environ) / "pyopencl"))
            return program
        except cl.RuntimeError as error:
            if error.code != _BUILD_PROGRAM_FAILURE:
                raise
            raise KernelBuildError(kernel.name, info.label, str(error)) from error
