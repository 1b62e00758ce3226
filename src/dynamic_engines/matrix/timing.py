"""How long a kernel takes: to compile, and to run beside the roofs of its device."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dynamic_engines.device import Device
from dynamic_engines.matrix.rows import Sample, TimedRow
from dynamic_engines.model import Precision

Clock = Callable[[], float]

ROUNDS = 5
_COMPILED_SHARE = 0.02  # the program is the same, and a small call hides less of its compilation
_TRIAD_VALUES = 8_000_000
_MULTIPLY_ADDS = 20_000  # in a row
# Where drivers keep what they compiled, as far as they say: ours and pyopencl's, PoCL, NVIDIA, Intel, Mesa.
_CACHES = ("XDG_CACHE_HOME", "POCL_CACHE_DIR", "CUDA_CACHE_PATH", "NEO_CACHE_DIR", "MESA_SHADER_CACHE_DIR")


@dataclass(frozen=True, slots=True)
class CallTime:
    """One kernel's best call of ``rounds``, with the roofs that were measured between its rounds."""

    case: str
    clock: str
    resident: bool
    rounds: int
    call_s: float
    bytes_moved: int | None
    operations: int | None
    roof_bytes_per_s: float
    roof_operations_per_s: float


def empty_caches(folder: Path) -> Mapping[str, str]:
    """Return an environment in which no driver finds what it compiled before: ``folder`` is new and empty."""
    return {name: str(folder / name.lower()) for name in _CACHES}


def clock_of(device: Device, name: str = "") -> tuple[str, Clock]:
    """Return a clock's name, and its seconds.

    Parameters
    ----------
    name : ``cpu``, the time of all threads over the device's compute units, which hardly changes while others use the
        machine, or ``wall``; if empty, the first on a CPU, and the other elsewhere
    """
    if (name or device.info.type) != "cpu":
        return "wall", time.perf_counter
    return "cpu", lambda: time.process_time() / device.info.compute_units


def best_of(
    arms: Mapping[str, Callable[[], object]], rounds: int, clock: Clock, settle_s: float = 0.0
) -> dict[str, float]:
    """Return the least seconds of each arm. They take turns; a first round that warms them up does not count.

    Parameters
    ----------
    settle_s : how long nothing runs before each call, where an arm's idle threads turn on for a while and would be
        counted as work of the next
    """
    least = dict.fromkeys(arms, math.inf)
    for number in range(rounds + 1):
        for name, call in arms.items():
            time.sleep(settle_s)
            start = clock()
            call()
            if number:
                least[name] = min(least[name], clock() - start)
    return least


def call_time(row: TimedRow, device: Device, precision: Precision, share: float, rounds: int) -> CallTime:
    """Time ``row`` between rounds of STREAM's triad and of multiply-adds in registers on the same device.

    Raises
    ------
    EngineError : the device has no room, or failed
    """
    from dynamic_engines.library.roofs import multiply_add, triad  # the library is made of this room's cases
    from dynamic_engines.library.stage import Stage

    name, clock = clock_of(device)
    with device.buffers() as memory:
        sample = row.sample(device, memory, precision, share)
        stage = Stage(device, memory, precision)
        moving, moved = triad(stage, max(8192, int(_TRIAD_VALUES * share)))
        adding, added = multiply_add(stage, max(100, int(_MULTIPLY_ADDS * share)))
        took = best_of({"call": sample.call, "triad": moving.launch, "adds": adding.launch}, rounds, clock)
    return CallTime(
        sample.case,
        name,
        sample.resident,
        rounds,
        took["call"],
        sample.bytes_moved,
        sample.operations,
        moved.bytes_moved / took["triad"],
        added.operations / took["adds"],
    )


def compile_time(row: TimedRow, fresh: Callable[[], Device], precision: Precision) -> float:
    """Return the seconds from sources to compiled programs on a device that has none in its memory.

    A driver may compile at the first launch and not before (PoCL does), so it is the first call, sending its inputs
    included, less the best of the next ones.
    """
    with fresh() as device:
        first, *others = (_set_up_and_called(row, device, precision) for _ in range(3))
    return max(0.0, first - min(others))


def _set_up_and_called(row: TimedRow, device: Device, precision: Precision) -> float:
    start = time.perf_counter()
    with device.buffers() as memory:
        sample: Sample = row.sample(device, memory, precision, _COMPILED_SHARE)
        sample.call()
        return time.perf_counter() - start
