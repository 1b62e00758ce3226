"""One open device. Nothing of OpenCL's own leaves this room."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from dynamic_engines.errors import translated
from dynamic_engines.kernels import KernelSource
from dynamic_engines.memory import Buffers
from dynamic_engines.model import DeviceInfo, Maths
from dynamic_engines.programs import Program, compiled, key_of, options_of

if TYPE_CHECKING:
    import pyopencl as cl


class Device:
    """An open device, and a context manager: leaving it drops its programs. Its memory belongs to ``buffers()``.

    Parameters
    ----------
    profile : let each launch tell its seconds; some drivers are slower then
    fill : the byte that memory holds which nobody has written; by default it is whatever was there before
    """

    def __init__(
        self, info: DeviceInfo, handle: "cl.Device", *, profile: bool = False, fill: int | None = None
    ) -> None:
        import pyopencl as cl

        self.info = info
        self._fill = fill
        self._programs: dict[str, Program] = {}
        with translated(info.label):
            self._context = cl.Context([handle])
            self._queue = (
                cl.CommandQueue(self._context, properties=cl.command_queue_properties.PROFILING_ENABLE)
                if profile
                else cl.CommandQueue(self._context)
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._programs.clear()

    def like(self, kind: str = "", *, profile: bool = False, fill: int | None = None) -> "Device":
        """Open the same hardware again, perhaps taken for a ``kind`` of device: kernels get the sizes of one."""
        (handle,) = self._context.devices
        return Device(replace(self.info, type=kind or self.info.type), handle, profile=profile, fill=fill)

    def parts(self, units: int) -> "tuple[Device, ...]":
        """Open this device as several of ``units`` compute units each: on a CPU, that many cores of their own.

        Raises
        ------
        EngineError : the device cannot be divided so
        """
        import pyopencl as cl

        (handle,) = self._context.devices
        # pyopencl's types know only the kinds of a division, not its sizes
        kind: list[Any] = [cl.device_partition_property.EQUALLY, units]
        with translated(self.info.label):
            found = handle.create_sub_devices(kind)
        return tuple(Device(replace(self.info, compute_units=units), part) for part in found)

    @property
    def entries(self) -> tuple[str, ...]:
        """The kernel functions that have been started here, in order of their names."""
        return tuple(
            sorted(
                {f"{program.kernel.name}:{entry}" for program in self._programs.values() for entry in program.entries}
            )
        )

    def buffers(self) -> Buffers:
        """Return a new owner of memory on this device, to be used in a ``with`` block."""
        return Buffers(self.info, self._context, self._queue, self._fill)


def build(
    device: Device, kernel: KernelSource, defines: Mapping[str, str | int], maths: Maths = Maths.STRICT
) -> Program:
    """Compile ``kernel`` for ``device``, once for the same source, headers, ``defines`` and ``maths``.

    Raises
    ------
    KernelBuildError : the compiler refused it, or warned
    KernelInputError : a macro that would need quoting
    """
    options = options_of(kernel, defines, maths)
    key = key_of(kernel, options, device.info)
    if key not in device._programs:
        handle = compiled(device._context, device.info, kernel, options, key)
        device._programs[key] = Program(kernel, key, device.info, device._queue, handle)
    return device._programs[key]
