"""Hard inputs, drawn fresh for each run from named distributions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from dynamic_engines.model import Precision

F64 = npt.NDArray[np.float64]
Rng = np.random.Generator


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One call of a kernel. ``name`` is the distribution and the length."""

    name: str
    inputs: tuple[F64, ...]
    settings: tuple[int | float, ...]


def _walk(rng: Rng, bars: int, _: Precision) -> F64:
    walk: F64 = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, bars)))
    return walk


def _flat(rng: Rng, bars: int, _: Precision) -> F64:
    return np.full(bars, round(rng.uniform(1, 1000), 2))


def _ramp(rng: Rng, bars: int, _: Precision) -> F64:
    return 100 + rng.uniform(0.01, 1) * np.arange(bars, dtype=np.float64)


def _alternating(rng: Rng, bars: int, precision: Precision) -> F64:
    close = _walk(rng, bars, precision)
    close[1::2] *= -1
    return close


def _cancelling(rng: Rng, bars: int, _: Precision) -> F64:
    close: F64 = 1e5 + np.sin(rng.uniform(0.01, 1) * np.arange(bars))
    return close


def _spike(rng: Rng, bars: int, precision: Precision) -> F64:
    close = _walk(rng, bars, precision)
    if bars:
        close[rng.integers(bars)] *= 2.0**20
    return close


def _subnormal(rng: Rng, bars: int, precision: Precision) -> F64:
    return _walk(rng, bars, precision) * (float(np.finfo(precision.dtype).smallest_normal) / 200)


def _huge(rng: Rng, bars: int, precision: Precision) -> F64:
    return _walk(rng, bars, precision) * (float(np.finfo(precision.dtype).max) / 2.0**20)


def _with(value: float) -> Callable[[Rng, int, Precision], F64]:
    def draw(rng: Rng, bars: int, precision: Precision) -> F64:
        close = _walk(rng, bars, precision)
        if bars:
            close[rng.integers(bars)] = value
        return close

    return draw


_SERIES: Mapping[str, Callable[[Rng, int, Precision], F64]] = MappingProxyType(
    {
        "walk": _walk,
        "flat": _flat,
        "ramp": _ramp,
        "alternating": _alternating,
        "cancelling": _cancelling,
        "spike": _spike,
        "subnormal": _subnormal,
        "huge": _huge,
        "nan": _with(np.nan),
        "infinite": _with(np.inf),
    }
)


def series(precision: Precision) -> Mapping[str, Callable[[Rng, int], F64]]:
    """Return the named distributions of closes: (generator, bars) -> float64[bars].

    ``subnormal`` and ``huge`` lie at the ends of ``precision``. ``nan`` and ``infinite`` hold one such bar, which an
    oracle refuses, and so must the device's side.
    """
    return {name: _bind(draw, precision) for name, draw in _SERIES.items()}


def bars_of(close: F64, rng: Rng) -> Mapping[str, F64]:
    """Return open, high, low, close and volume around ``close``; high is the highest of a bar and low the lowest."""
    opening = np.concatenate([close[:1], close[:-1]])
    with np.errstate(invalid="ignore", over="ignore"):  # a NaN or infinite bar spoils its neighbours, on purpose
        reach = np.abs(close) * rng.uniform(0, 0.02, close.size)
        high, low = np.maximum(opening, close) + reach, np.minimum(opening, close) - reach
    volume = rng.integers(0, 10**9, close.size).astype(np.float64)
    return {"open": opening, "high": high, "low": low, "close": close, "volume": volume}


def _bind(draw: Callable[[Rng, int, Precision], F64], precision: Precision) -> Callable[[Rng, int], F64]:
    return lambda rng, bars: draw(rng, bars, precision)
