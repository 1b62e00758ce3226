"""What a kernel may be given; checked before the device is touched."""

from typing import Any

import numpy as np
import numpy.typing as npt

from dynamic_engines.errors import KernelInputError


def check_array(name: str, array: npt.NDArray[Any], dtype: npt.DTypeLike, dimensions: int) -> None:
    """Return if ``array`` can go to a kernel as it lies in memory.

    Raises
    ------
    KernelInputError : another dtype or number of dimensions, empty, not C-contiguous, or a non-finite value
    """
    wanted = np.dtype(dtype)
    if array.dtype != wanted:
        raise KernelInputError(f"{name} is {array.dtype}, not {wanted}", f"convert it: array.astype('{wanted}')")
    if array.ndim != dimensions or array.size == 0:
        raise KernelInputError(f"{name} has shape {array.shape}", f"give it {dimensions} dimensions, none empty")
    if not array.flags.c_contiguous:
        raise KernelInputError(f"{name} is not contiguous", "copy it: numpy.ascontiguousarray(array)")
    if wanted.kind == "f" and not np.isfinite(array).all():
        at = tuple(int(index) for index in np.argwhere(~np.isfinite(array))[0])
        raise KernelInputError(f"{name} is {array[at]} at {at}", f"kernels take finite {wanted} values only")
