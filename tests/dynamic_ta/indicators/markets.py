"""Prices that the tests share: real ones, and random ones of any length."""

import csv
import gzip
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from dynamic_ta import Indicator, Lines
from dynamic_ta.indicators.model import F64

COLUMNS = ("open", "high", "low", "close", "volume")


@cache
def real(name: str = "sp500") -> dict[str, F64]:
    """Return the daily bars of 1999-2018 that the package arch ships (``sp500`` or ``nasdaq``)."""
    spec = find_spec("arch")
    assert spec is not None
    assert spec.origin is not None
    path = Path(spec.origin).parent / "data" / name / f"{name}.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {column: np.array([float(row[column.capitalize()]) for row in rows]) for column in COLUMNS}


def random(bars: int, seed: int = 0) -> dict[str, F64]:
    """Return a geometric random walk from 100, with its high and low around it."""
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, bars)))
    opened = close * np.exp(rng.normal(0, 0.003, bars))
    high = np.maximum(opened, close) * np.exp(np.abs(rng.normal(0, 0.003, bars)))
    low = np.minimum(opened, close) * np.exp(-np.abs(rng.normal(0, 0.003, bars)))
    volume = np.floor(rng.lognormal(15, 1, bars))
    return dict(zip(COLUMNS, (opened, high, low, close, volume), strict=True))


def zigzag(bars: int, size: float) -> F64:
    """Return prices that turn from ``size`` to ``-size`` at each bar: no difference could be larger."""
    return np.where(np.arange(bars) % 2, -size, size).astype(np.float64)


def inputs(row: Indicator, market: dict[str, F64]) -> Lines:
    """Return the lines of ``market`` that ``row`` reads."""
    return tuple(market[name] for name in row.inputs)
