"""Indices of block bootstrap samples, in chunks of bounded memory."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dynamic_ta.data.model import F64
from dynamic_ta.validation.block_length import block_lengths
from dynamic_ta.validation.model import I64, Settings

# Numbers a chunk: with the temporaries of its making, some 64 MiB.
CHUNK = 1 << 20
_STARTS, _ENDS = 1, 2  # Philox keys, so that chunks of any size read the same numbers


@dataclass(frozen=True, slots=True)
class Plan:
    """Which samples to draw.

    Parameters
    ----------
    circular : bool, blocks of one length; else of geometric length
    block_length : periods, the length or its mean, >= 1; a circular bootstrap rounds it up
    resamples : how many
    seed : 0 <= seed < 2**63
    """

    circular: bool
    block_length: float
    resamples: int
    seed: int

    @classmethod
    def of(cls, settings: Settings, series: F64) -> "Plan":
        """Return the plan of ``settings``, with the automatic block length of ``series`` where none is set."""
        circular = settings.bootstrap == "circular"
        lengths = block_lengths(series)
        automatic = lengths.circular if circular else lengths.stationary
        return cls(circular, settings.block_length or max(1.0, automatic), settings.resamples, settings.seed)

    def chunks(self, periods: int, width: int = 1) -> Iterator[I64]:
        """Yield int64[some, periods] until all resamples are drawn, each index in [0, periods).

        Parameters
        ----------
        width : numbers that the caller makes of each index, so that a chunk of those is bounded as well

        Notes
        -----
        What is drawn does not depend on ``width``. O(periods) a resample.

        References
        ----------
        .. [1] D. N. Politis and J. P. Romano, A circular block-resampling procedure for stationary data, 1992
        .. [2] D. N. Politis and J. P. Romano, The stationary bootstrap, JASA 89, 1994
        """
        at_a_time = max(1, CHUNK // (periods * width))
        starts, ends = self._generator(_STARTS), self._generator(_ENDS)
        for first in range(0, self.resamples, at_a_time):
            count = min(at_a_time, self.resamples - first)
            if self.circular:
                yield _circular(starts, count, periods, int(np.ceil(self.block_length)))
            else:
                yield _stationary(starts, ends, count, periods, self.block_length)

    def _generator(self, key: int) -> np.random.Generator:
        return np.random.Generator(np.random.Philox(key=[self.seed, key]))


def _circular(starts: np.random.Generator, count: int, periods: int, length: int) -> I64:
    blocks = -(-periods // length)
    first = starts.integers(0, periods, (count, blocks))
    return ((first[:, :, None] + np.arange(length)).reshape(count, -1)[:, :periods]) % periods


def _stationary(starts: np.random.Generator, ends: np.random.Generator, count: int, periods: int, length: float) -> I64:
    """Return indices of blocks that end after each period with probability 1 / length."""
    place = np.arange(periods)
    first = starts.integers(0, periods, (count, periods))
    begins = ends.random((count, periods)) < 1 / length
    begins[:, 0] = True
    begun = np.maximum.accumulate(np.where(begins, place, 0), axis=1)
    return (np.take_along_axis(first, begun, axis=1) + place - begun) % periods
