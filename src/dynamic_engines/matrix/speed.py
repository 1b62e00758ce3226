"""The kernels of another commit beside those of this tree: on one device, in one process, in turns."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dynamic_engines.device import Device
from dynamic_engines.errors import EngineError
from dynamic_engines.kernels import kernels_from
from dynamic_engines.matrix.questions import Bench
from dynamic_engines.matrix.rows import KernelRow, TimedRow
from dynamic_engines.matrix.timing import Clock, clock_of
from dynamic_engines.model import Maths, Precision

SHARE = 0.25  # of the useful size
_LOOK_SHARE = 0.001  # to see which sources a call loads
BLOCK_S = 0.004  # calls are timed together until they take about this long
BLOCKS = 3  # of each arm and pair; the best counts


@dataclass(frozen=True, slots=True)
class Ratios:
    """New time / old time of each pair; none, with the reason, where there is nothing to compare or it cannot be."""

    ratios: tuple[float, ...] = ()
    same: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SpeedQuestion:
    """Whether a kernel is slower than it was.

    Parameters
    ----------
    old, new : folders laid out like ``kernels/``. Both are folders, since reading through the import path takes longer,
        which an equal program would be blamed for
    pairs : how often both are placed anew and timed
    share : of the useful size
    even_if_same : compare equal sources too: what comes out then is the noise
    """

    kernel: str
    precision: Precision
    maths: Maths
    old: str
    new: str
    pairs: int
    share: float = SHARE
    even_if_same: bool = False

    def answer(self, bench: Bench, row: KernelRow) -> Ratios:
        """Time ``pairs`` pairs.

        The places of arrays in memory alone can move a time by some per cent. Each pair places the inputs of both
        programs anew, the one or the other first, so that this luck is part of the noise and no program keeps it.
        """
        if not isinstance(row, TimedRow):
            return Ratios(reason="it cannot be timed")
        arms = {"old": Path(self.old), "new": Path(self.new)}
        try:
            loaded = {name: _loads(row, bench.device, self.precision, root) for name, root in arms.items()}
            if loaded["old"] == loaded["new"] and not self.even_if_same:
                return Ratios(same=True)
            _, clock = clock_of(bench.device)
            return Ratios(tuple(self._ratio(row, bench.device, clock, arms, n) for n in range(self.pairs)))
        except EngineError as error:
            return Ratios(reason=f"{type(error).__name__}: {error.message}")

    def _ratio(self, row: TimedRow, device: Device, clock: Clock, arms: Mapping[str, Path], number: int) -> float:
        order = list(arms) if number % 2 else list(arms)[::-1]
        with device.buffers() as memory:
            calls = {}
            for name in order:
                with kernels_from(arms[name]):
                    calls[name] = _within(arms[name], row.sample(device, memory, self.precision, self.share).call)
            least = _least(calls, order, clock)
        return least["new"] / least["old"]


def _loads(row: TimedRow, device: Device, precision: Precision, root: Path) -> Mapping[str, str]:
    """Return the digests of all sources that a call of ``row`` needs."""
    with kernels_from(root) as loaded, device.buffers() as memory:
        row.sample(device, memory, precision, _LOOK_SHARE).call()
    return dict(loaded)


def _within(root: Path, call: Callable[[], object]) -> Callable[[], None]:
    """Return ``call`` as it finds its kernels: one that sends its inputs loads them at each call."""

    def called() -> None:
        with kernels_from(root):
            call()

    return called


def _least(calls: Mapping[str, Callable[[], None]], order: list[str], clock: Clock) -> dict[str, float]:
    """Return the least time of a block of each arm: both warmed up, then one, the other, the other, the one, and on."""
    together = max(1, math.ceil(BLOCK_S / max(_block(calls[name], 1, clock) for name in order for _ in range(2))))
    least = dict.fromkeys(order, math.inf)
    for number in range(BLOCKS):
        for name in order if number % 2 == 0 else order[::-1]:
            least[name] = min(least[name], _block(calls[name], together, clock))
    return least


def _block(call: Callable[[], None], times: int, clock: Clock) -> float:
    start = clock()
    for _ in range(times):
        call()
    return max(clock() - start, 1e-9)  # a clock that did not move
