"""Arrays on a device, and the one who frees them."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from dynamic_engines.errors import DeviceMemoryError, KernelInputError, translated, translation
from dynamic_engines.inputs import check_array
from dynamic_engines.model import POCL, DeviceInfo

if TYPE_CHECKING:
    import pyopencl as cl

_FLOAT64 = np.dtype(np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Buffer:
    """An array on the device; it lives as long as the ``Buffers`` that made it."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    owner: "Buffers"

    @property
    def nbytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize

    @property
    def handle(self) -> "cl.Buffer":
        """OpenCL's own buffer.

        Raises
        ------
        KernelInputError : it was freed; PoCL would end the process (a segmentation fault), not answer
        """
        return self.owner.handle_of(self)


class Buffers:
    """Owns arrays on one device, and frees them all on leaving its ``with`` block."""

    def __init__(
        self, info: DeviceInfo, context: "cl.Context", queue: "cl.CommandQueue", fill: int | None = None
    ) -> None:
        self._info = info
        self._fill = fill
        self._context = context
        self._queue = queue
        self._made: dict[Buffer, cl.Buffer] = {}
        self._held_bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        while self._made:
            self._made.popitem()[1].release()
        self._held_bytes = 0

    @property
    def nbytes(self) -> int:
        """Bytes that are held now."""
        return self._held_bytes

    def upload(self, name: str, array: npt.NDArray[Any], dtype: npt.DTypeLike, dimensions: int = 1) -> Buffer:
        """Copy ``array`` to the device; ``name`` is for the messages.

        Raises
        ------
        KernelInputError : another dtype or number of dimensions, empty, not C-contiguous, or a non-finite value
        DeviceMemoryError : it does not fit
        """
        import pyopencl as cl

        check_array(name, array, dtype, dimensions)
        # Copied as it is made, which waits for no kernel.
        return self._make(array.shape, dtype, cl.mem_flags.READ_WRITE | cl.mem_flags.COPY_HOST_PTR, array)

    def share(self, array: npt.NDArray[Any]) -> Buffer:
        """Return ``array`` as the device sees it: itself on a CPU, which shares the host's memory, or else a copy.

        It is not inspected: the kernel must bear any value. What that writes there is in ``array`` after ``receive``.

        Raises
        ------
        KernelInputError : empty, not C-contiguous, or float64 on a device without it
        DeviceMemoryError : it does not fit
        """
        import pyopencl as cl

        if not array.flags.c_contiguous:
            raise KernelInputError("the array is not contiguous", "copy it: numpy.ascontiguousarray(array)")
        way = cl.mem_flags.USE_HOST_PTR if self._info.type == "cpu" else cl.mem_flags.COPY_HOST_PTR
        access = cl.mem_flags.READ_WRITE if array.flags.writeable else cl.mem_flags.READ_ONLY
        return self._make(array.shape, array.dtype, access | way, array)

    def receive(self, buffer: Buffer, array: npt.NDArray[Any]) -> None:
        """Bring what kernels wrote into ``buffer``, and ended to write, back into ``array``, which it shares."""
        import pyopencl as cl

        if self._info.type == "cpu" and self._info.platform == POCL:
            return  # it computes in the array itself; to map it would only wake its threads, twice
        with translated(self._info.label):
            if self._info.type != "cpu":
                cl.enqueue_copy(self._queue, array, buffer.handle, is_blocking=True)
                return
            mapped, _ = cl.enqueue_map_buffer(
                self._queue, buffer.handle, cl.map_flags.READ, 0, buffer.shape, buffer.dtype, is_blocking=True
            )
            mapped.base.release(self._queue)

    def empty(self, shape: tuple[int, ...], dtype: npt.DTypeLike) -> Buffer:
        """Return an array on the device whose values are not set.

        Raises
        ------
        KernelInputError : an empty shape, or float64 on a device without it
        DeviceMemoryError : this array, or all of this owner's together, is more than the device has
        """
        import pyopencl as cl

        buffer = self._make(shape, dtype, cl.mem_flags.READ_WRITE)
        if self._fill is not None:
            with translated(self._info.label):
                cl.enqueue_fill_buffer(self._queue, buffer.handle, np.array([self._fill], np.uint8), 0, buffer.nbytes)
        return buffer

    def _make(
        self, shape: tuple[int, ...], dtype: npt.DTypeLike, flags: int, content: npt.NDArray[Any] | None = None
    ) -> Buffer:
        import pyopencl as cl

        kind = np.dtype(dtype)
        size = content.nbytes if content is not None else math.prod(shape) * kind.itemsize
        if size == 0:
            raise KernelInputError(f"shape {shape} is empty", "OpenCL has no empty buffers")
        if kind == _FLOAT64 and not self._info.fp64:
            raise KernelInputError(f"{self._info.label} does not compute in float64", "ask for float32")
        room = min(self._info.max_allocation_bytes, self._info.global_memory_bytes - self._held_bytes)
        if size > room:
            raise DeviceMemoryError(f"{self._info.label} has room for {room} bytes, not {size}", "send fewer bars")
        try:
            handle = cl.Buffer(self._context, flags, size=0 if content is not None else size, hostbuf=content)
        except cl.Error as error:
            raise translation(error, self._info.label) from error
        buffer = Buffer(shape, kind, self)
        self._made[buffer] = handle
        self._held_bytes += size
        return buffer

    def handle_of(self, buffer: Buffer) -> "cl.Buffer":
        """See ``Buffer.handle``."""
        if buffer not in self._made:
            raise KernelInputError("the buffer was freed", "use it inside the 'with' block that made it")
        return self._made[buffer]

    def download(self, buffer: Buffer) -> npt.NDArray[Any]:
        """Copy ``buffer`` from the device into a new array."""
        import pyopencl as cl

        array = np.empty(buffer.shape, buffer.dtype)
        with translated(self._info.label):
            cl.enqueue_copy(self._queue, array, buffer.handle, is_blocking=True)
        return array
