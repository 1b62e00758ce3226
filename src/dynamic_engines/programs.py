"""Compiled kernels, and their launch."""

import os
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from dynamic_base import digest
from dynamic_engines.caches import cache_folder, keep, recall
from dynamic_engines.errors import KernelBuildError, KernelInputError, translated, translation
from dynamic_engines.kernels import KernelSource
from dynamic_engines.memory import Buffer
from dynamic_engines.model import DeviceInfo, Maths

if TYPE_CHECKING:
    import pyopencl as cl

# Warnings are errors. Nothing here may reorder sums: compensated kernels would lose what they are for. Who may, says so
# by Maths.RELAXED.
_OPTIONS = ("-cl-std=CL1.2", "-Werror")
# OpenCL 1.2, cl.h: BUILD_PROGRAM_FAILURE, COMPILE_PROGRAM_FAILURE, LINK_PROGRAM_FAILURE, INVALID_BUILD_OPTIONS
_REFUSED = frozenset({-11, -15, -17, -43})
_WARNING = re.compile(r"\bwarning:", re.IGNORECASE)
_DEFINE = re.compile(r"[A-Za-z_]\w*=[\w.+-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Launch:
    """A kernel on its way."""

    device: DeviceInfo
    event: "cl.Event"

    def wait(self) -> None:
        """Return once it has run.

        Raises
        ------
        DeviceLostError, DeviceMemoryError, EngineError : it failed
        """
        import pyopencl as cl

        try:
            self.event.wait()
        except cl.Error as error:
            raise translation(error, self.device.label) from error

    def seconds(self) -> float:
        """Return how long the device computed, once it has, by the device's own clock.

        Raises
        ------
        EngineError : the device was not opened with ``profile``
        DeviceLostError, DeviceMemoryError : it failed
        """
        self.wait()
        with translated(self.device.label):
            return float(self.event.profile.end - self.event.profile.start) * 1e-9


@dataclass(frozen=True, slots=True)
class Program:
    """A kernel that was compiled for one open device. ``key`` covers source, headers, options, driver and device."""

    kernel: KernelSource
    key: str
    info: DeviceInfo
    queue: "cl.CommandQueue"
    handle: "cl.Program"
    _idle: "dict[str, list[cl.Kernel]]" = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def entries(self) -> tuple[str, ...]:
        """The functions of the file that have been started."""
        return tuple(self._idle)

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
        try:
            # A kernel object holds its arguments until it is enqueued: one each thread. Making one takes pyopencl
            # longer than a small launch, so it is kept for the next.
            idle = self._idle.setdefault(entry or self.kernel.entry, [])
            function = idle.pop() if idle else cl.Kernel(self.handle, entry or self.kernel.entry)
            for n, argument in enumerate(arguments):
                function.set_arg(n, argument.handle if isinstance(argument, Buffer) else argument)
            event = cl.enqueue_nd_range_kernel(self.queue, function, (-(-items // local) * local,), (local,))
            self.queue.flush()
        except cl.Error as error:
            raise translation(error, self.info.label) from error
        idle.append(function)  # the launch has taken its arguments
        return Launch(self.info, event)


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


def compiled(
    context: "cl.Context", info: DeviceInfo, kernel: KernelSource, options: tuple[str, ...], key: str
) -> "cl.Program":
    """Compile ``kernel``, or find it in the cache on disk under ``key``.

    Raises
    ------
    KernelBuildError : the compiler refused it or the options, or warned
    """
    from pyopencl.characterize import has_src_build_cache

    folder = None if has_src_build_cache(context.devices[0]) else cache_folder(os.environ) / "programs"
    with translated(info.label):
        binary = recall(folder, key) if folder else None
        program = _from_binary(context, binary, options) if binary else None
        if program is None:
            program = _from_source(context, info, kernel, options)
            if folder:
                (made,) = program.binaries
                keep(folder, key, made)
        return program


def _from_binary(context: "cl.Context", binary: bytes, options: tuple[str, ...]) -> "cl.Program | None":
    import pyopencl as cl

    try:
        program = cl.Program(context, context.devices, [binary])
        _built(program, options)
        return program
    except cl.Error:  # a driver may refuse what it wrote: it is asked again, from the source
        return None


def _from_source(
    context: "cl.Context", info: DeviceInfo, kernel: KernelSource, options: tuple[str, ...]
) -> "cl.Program":
    import pyopencl as cl

    # Past pyopencl's own cache, which waits a minute for the lock of a process that died, and ends in a KeyError on a
    # file that is cut short.
    program = cl.Program(cl._cl._Program(context, kernel.text))
    device = context.devices[0]
    try:
        _built(program, options)
    except cl.Error as error:
        if error.code not in _REFUSED:
            raise
        raise KernelBuildError(kernel.name, info.label, f"{_log_of(program, device)}\n{error}") from error
    log = _log_of(program, device)
    # Oclgrind takes -Werror and does not heed it.
    if _WARNING.search(log):
        raise KernelBuildError(kernel.name, info.label, log)
    return program


def _built(program: "cl.Program", options: tuple[str, ...]) -> None:
    import pyopencl as cl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", cl.CompilerWarning)  # "non-empty output": we read the log ourselves
        program.build(options=list(options))


def _log_of(program: "cl.Program", device: "cl.Device") -> str:
    import pyopencl as cl

    return str(program.get_build_info(device, cl.program_build_info.LOG))  # type: ignore[no-untyped-call]
