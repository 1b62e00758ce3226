"""Whether a recorded cell still says something of the present tree and machine."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from dynamic_engines.matrix.engines import engine_of
from dynamic_engines.matrix.run import Cell
from dynamic_engines.model import DeviceInfo

MAX_AGE_DAYS = 30  # drivers and kernels are checked below; what is left is the rest of the machine


@dataclass(frozen=True, slots=True)
class Present:
    """What a recorded cell is held against.

    Parameters
    ----------
    now : UTC
    devices : those on this machine
    digests : kernel to the SHA-256 of its source with its headers; a kernel that is gone has none
    max_age : an older cell is stale though nothing that we can see has changed
    """

    now: datetime
    devices: tuple[DeviceInfo, ...]
    digests: Mapping[str, str]
    max_age: timedelta = timedelta(days=MAX_AGE_DAYS)


def why_stale(cell: Cell, recorded: datetime, present: Present) -> str:
    """Return why ``cell``, recorded at that time in UTC, is no longer to be trusted; "" if it still is."""
    return why_changed(cell, present.digests) or _moved(cell, present.devices) or why_aged(recorded, present)


def why_changed(cell: Cell, digests: Mapping[str, str]) -> str:
    """Return why ``cell`` says nothing of the kernels in ``digests``; "" if it is of them."""
    digest = digests.get(cell.kernel)
    if digest is None:
        return "the kernel is gone"
    return "" if digest == cell.kernel_digest else "the kernel was changed"


def _moved(cell: Cell, devices: tuple[DeviceInfo, ...]) -> str:
    if not cell.device:
        return "the engine is here now" if any(engine_of(info) == cell.engine for info in devices) else ""
    same = [info.driver for info in devices if info.name == cell.device and engine_of(info) == cell.engine]
    if not same:
        return "the device is not here"
    return "" if cell.driver in same else f"the driver is {same[0]} now"


def why_aged(recorded: datetime, present: Present) -> str:
    """Return why a cell of that time, in UTC, is too old, whatever it is of; "" if it is not."""
    age = present.now - recorded
    if age > present.max_age:
        return f"{age.days} days old"
    return "it is dated later than now" if age < -timedelta(days=1) else ""
