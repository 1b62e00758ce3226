"""What every array and every setting must be; checked before anything is computed. NaN is refused everywhere."""

import math

import numpy as np
import numpy.typing as npt

from dynamic_engines.errors import KernelDomainError
from dynamic_engines.model import Precision

F64 = npt.NDArray[np.float64]
MOST = 2**31  # kernels count in a uint; half of it leaves room for a last group that reaches further


def check_lines(**lines: F64) -> None:
    """Return if each is float64[length] and finite.

    Raises
    ------
    KernelDomainError : one is not; its first bad value is named
    """
    for name, values in lines.items():
        if values.dtype != np.float64 or values.ndim != 1 or values.size > MOST:
            raise KernelDomainError(f"{name} is {values.dtype}{list(values.shape)}", "give it as float64[length]")
        if not np.isfinite(values).all():
            at = int(np.argmin(np.isfinite(values)))
            raise KernelDomainError(f"{name} is {values[at]} at {at}", "drop or fill what has no value")


def check_same_length(**lines: F64) -> None:
    """Return if all have one length."""
    sizes = {name: values.size for name, values in lines.items()}
    if len(set(sizes.values())) > 1:
        raise KernelDomainError(f"the lengths differ: {sizes}", "give lines of one length")


def check_whole(name: str, value: float, least: int, most: float) -> None:
    """Return if ``value`` is a whole number from ``least`` to ``most``."""
    if not float(value).is_integer() or not least <= value <= most:
        raise KernelDomainError(f"{name} is {value}", f"use a whole number from {least} to {most:.0f}")


def check_largest(precision: Precision, share: float, **lines: F64) -> None:
    """Return if no magnitude is above the largest of ``precision`` times ``share``: sums of them stay finite."""
    limit = float(np.finfo(precision.dtype).max) * share
    for name, values in lines.items():
        largest = float(np.abs(values).max(initial=0.0))
        if largest > limit or not math.isfinite(largest):
            raise KernelDomainError(f"{name} reaches {largest:.3g}, beyond {limit:.3g}", "use a larger unit")


def check_held(precision: Precision, **lines: F64) -> None:
    """Return if ``precision`` holds each value as it is; a kernel that only compares is then exact."""
    for name, values in lines.items():
        with np.errstate(over="ignore"):
            moved = values.astype(precision.dtype).astype(np.float64) != values
        if moved.any():
            at = int(np.argmax(moved))
            raise KernelDomainError(f"{name} is {values[at]!r} at {at}, which {precision} cannot hold", "round it")
