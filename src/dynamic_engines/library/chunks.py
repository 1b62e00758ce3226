"""Many series of one length, cut into chunks: how the kernels of ``common/chunks.clh`` are given them and launched."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dynamic_engines.errors import KernelDomainError
from dynamic_engines.library.inputs import check_whole
from dynamic_engines.library.model import Settings
from dynamic_engines.library.pairs import GROUP, LANES, lane_knobs, width_of
from dynamic_engines.library.stage import Stage, groups
from dynamic_engines.matrix.cases import Rng
from dynamic_engines.memory import Buffer
from dynamic_engines.programs import Launch, Program

F64 = npt.NDArray[np.float64]
CHUNK = 256
# Empty, one, two; 16 staged bars, a chunk, and their neighbours; a prime; more chunks than lanes; and a prime of them.
LENGTHS = (0, 1, 2, 15, 17, 255, 256, 257, 1009, 16_385, 20_011)

__all__ = [
    "CHUNK",
    "LANES",
    "LENGTHS",
    "Chunked",
    "check_series",
    "chunks_of",
    "depth_of",
    "lane_knobs",
    "rows_of",
    "some_series",
]


def chunks_of(bars: int) -> int:
    """Return how many chunks a series has."""
    return -(-bars // CHUNK)


def depth_of(bars: int) -> int:
    """Return the most links of a series that a value passes on its way to another, one after the other.

    A chunk's 256 bars, twice; the run of chunks that a lane joins, twice; 64 lanes; and the start. A series of one
    chunk is walked once.
    """
    chunks = chunks_of(bars)
    return bars if chunks <= 1 else 2 * CHUNK + 2 * -(-chunks // LANES) + LANES + 1


def rows_of(line: F64, series: int) -> F64:
    """Return ``line``, series after series, as float64[series, bars]."""
    return line.reshape(series, line.size // series)


def check_series(series: float, **lines: F64) -> None:
    """Return if each line holds ``series`` series of one length.

    Raises
    ------
    KernelDomainError : no whole number of series, or values are left over
    """
    check_whole("series", series, 1, 2**31)
    for name, values in lines.items():
        if values.size % int(series):
            raise KernelDomainError(
                f"{name} has {values.size} values, which are not {int(series)} series of one length",
                "give series after series, each as long as the others",
            )


def some_series(*others: Settings) -> Callable[[Rng, int], list[Settings]]:
    """Return the ``settings`` of ``line_cases``: one series, and several that divide its length, with others."""

    def settings(_: Rng, size: int) -> list[Settings]:
        several = next((n for n in (7, 5, 3) if size % n == 0), 1)
        return [(series, *rest) for series in sorted({1, several}) for rest in (others or ((),))]

    return settings


@dataclass(frozen=True, slots=True)
class Chunked:
    """A program that includes ``common/chunks.clh``, for ``series`` series of ``bars`` bars, at least one of each."""

    stage: Stage
    program: Program
    series: int
    bars: int

    @property
    def chunks(self) -> int:
        return chunks_of(self.bars)

    @property
    def total(self) -> int:
        return self.series * self.chunks

    def each(self, entry: str, *arguments: "Buffer | np.generic[object]") -> Launch:
        """Start ``entry`` with a lane for each chunk."""
        local = self.stage.pick(GROUP)
        lanes = local * self.stage.pick(width_of(self.stage.precision))
        return groups(self.program, -(-self.total // lanes), local, *self._sizes(), *arguments, entry=entry)

    def carry(self, ends: Buffer, before: Buffer) -> Launch:
        """Start ``carries``: one group a series."""
        local = self.stage.pick(GROUP)
        return groups(self.program, self.series, local, np.uint32(self.chunks), ends, before, entry="carries")

    def _sizes(self) -> "tuple[np.generic[object], ...]":
        return np.uint32(self.series), np.uint32(self.bars), np.uint32(self.chunks)
