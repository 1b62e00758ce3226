"""Simulations to show."""

from dataclasses import dataclass, fields

import numpy as np

from dynamic_ta.data import Bars
from dynamic_ta.data.model import F64
from dynamic_ta.report import Run


@dataclass(frozen=True, slots=True)
class Deal:
    entry_bar: int
    exit_bar: int
    entry_price: float
    exit_price: float
    side: int
    quantity: float
    net: float
    open: bool = False


@dataclass(frozen=True, slots=True)
class Fall:
    start: int
    trough: int
    end: int | None
    depth: float


@dataclass(frozen=True, slots=True)
class Figures:
    total_return: float
    sharpe: float
    win_rate: float
    trades: int
    open_trade: bool

    def columns(self) -> list[tuple[str, float]]:
        return [(field.name, getattr(self, field.name)) for field in fields(self)]


@dataclass(frozen=True, slots=True, eq=False)
class Simulated:
    statistics: Figures
    trades: tuple[Deal, ...]
    equity: F64
    exposure: F64
    drawdowns: tuple[Fall, ...]


def bars_of(bars: int, seed: int = 1, name: str = "made", digest: str = "0" * 64) -> Bars:
    """Return a random walk from 100."""
    close: F64 = 100 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0, 0.01, bars)))
    time = np.datetime64("2000-01-01", "us") + np.arange(bars) * np.timedelta64(1, "D")
    return Bars(name, digest, time, close, close, close, close, 0 * close)


def run_of(
    bars: Bars, label: str = "this", deals: tuple[Deal, ...] = (), figures: Figures | None = None, start: int = 0
) -> Run:
    """Return a run that holds the instrument from bar ``start`` on."""
    held = np.arange(bars.n_bars) >= start
    equity = 1000 * np.where(held, bars.close / bars.close[start], 1.0)
    falls = (Fall(2, 5, 9, 0.25), Fall(-1, 0, 1, 0.5), Fall(10, 11, None, 0.125))
    told = figures or Figures(0.1, 1.25, float("nan"), len(deals), False)
    terms = (("fee", "5 bps"),)
    return Run(label, bars, Simulated(told, deals, equity, held.astype(np.float64), falls), 1000.0, 252.0, terms)
