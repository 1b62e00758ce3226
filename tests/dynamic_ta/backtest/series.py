"""Bars to try a backtest on."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from dynamic_ta.data import Bars
from dynamic_ta.data.model import F64


def bars_of(close: npt.ArrayLike, opened: npt.ArrayLike | None = None) -> Bars:
    """Return bars with these closes; each opens at the close before, unless said."""
    last: F64 = np.asarray(close, np.float64)
    first = np.concatenate((last[:1], last[:-1])) if opened is None else np.asarray(opened, np.float64)
    time = np.datetime64("2000-01-01", "us") + np.arange(last.size) * np.timedelta64(1, "D")
    return Bars("made", "0" * 64, time, first, np.maximum(first, last), np.minimum(first, last), last, 0 * last)


def walk(bars: int, seed: int, volatility: float = 0.01) -> Bars:
    """Return a geometric random walk from 100 whose opens gap away from the closes."""
    random = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(random.normal(0, volatility, bars)))
    before = np.concatenate((close[:1], close[:-1]))
    return bars_of(close, before * np.exp(random.normal(0, volatility / 3, bars)))


def shapes(bars: int) -> dict[str, Bars]:
    """Return series of ``bars`` bars, one for each thing that can go wrong."""
    at = np.arange(bars)
    plain = walk(bars, 1)
    stops = np.repeat(plain.close[::97], 97)[:bars]
    return {
        "walk": plain,
        "cents": bars_of(np.round(plain.close, 2), np.round(plain.open, 2)),
        "coarse": bars_of(np.round(plain.close), plain.open),  # whole numbers: exact ties
        "flat": bars_of(np.full(bars, 0.1)),
        "stops": bars_of(stops, plain.open),  # flat for longer than most windows
        "late": bars_of(np.where(at < 2 * bars // 3, 33.3, plain.close), plain.open),
        "up": bars_of(100 + 0.01 * at),
        "down": bars_of(1e6 / (1 + at)),
        "alternating": bars_of(100.0 + at % 2, plain.open),
        "two ties": bars_of(1e6 + 1e-9 * (at % 3), plain.open),  # the averages differ in the last digits only
        "tiny": bars_of(plain.close * 2.0**-890, plain.open * 2.0**-890),
        "huge": bars_of(plain.close * 2.0**890, plain.open * 2.0**890),
        "spikes": bars_of(np.where(at % 251 == 0, 1e9, 1.0 + 1e-7 * (at % 5)), plain.open),
    }


def grid(fast: Sequence[int], slow: Sequence[int]) -> npt.NDArray[np.int64]:
    """Return every (fast, slow) with fast < slow."""
    return np.array([(f, s) for s in slow for f in fast if f < s], np.int64)
