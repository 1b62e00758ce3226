"""Whether a recorded cell still says something of this tree and this machine."""

from dynamic_engines import EngineError, devices, load_kernel
from dynamic_engines.matrix import Cell


def stale_why(cell: Cell) -> str:
    """Return why ``cell`` says nothing of the present tree and machine; "" if it still does."""
    if why := changed_why(cell):
        return why
    here = {(info.name, f"{info.platform} {info.driver_version}") for info in devices()}
    return "" if not cell.device or (cell.device, cell.driver) in here else "the device or its driver is gone"


def changed_why(cell: Cell) -> str:
    """Return why ``cell`` says nothing of the present tree."""
    try:
        return "the kernel was changed" if load_kernel(cell.kernel).digest != cell.kernel_digest else ""
    except EngineError:
        return "the kernel is gone"
