"""Markets, targets and accounts to try a portfolio on."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from dynamic_ta.data import Bars
from dynamic_ta.data.model import F64
from dynamic_ta.portfolio import Market, PortfolioSimulation, Rebalancing, align, simulate_portfolio
from dynamic_ta.simulation import Account, Execution
from tests.dynamic_ta.simulation.made import ohlc, walk


def market_of(*assets: Bars) -> Market:
    """Return these bars as assets a0, a1, ..."""
    return align([replace(bars, name=f"a{n}") for n, bars in enumerate(assets)])


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """All that one simulation needs."""

    market: Market
    targets: F64
    account: Account
    rebalancing: Rebalancing
    exits: F64 | None = None

    def told(self) -> PortfolioSimulation:
        return simulate_portfolio(self.market, self.targets, self.account, self.rebalancing, self.exits)


def rough(seed: int, n_bars: int = 60, gaps: bool = True, debts: bool = True) -> Draft:
    """Return numbers that are no round ones, the same for the same seed.

    Parameters
    ----------
    gaps : some assets lack some bars
    debts : with leverage and shorts, so that all may be lost
    """
    random = np.random.default_rng(seed)
    n_assets = int(random.integers(1, 5))

    def perhaps(low: float, high: float) -> float:
        return float(random.uniform(low, high)) if random.random() < 0.5 else 0.0

    assets = [_some(random, n_bars, gaps and i > 0) for i in range(n_assets)]
    market = market_of(*assets)
    low = -1.5 if debts else 0.0
    targets = random.uniform(low, 1.5, (market.n_bars, n_assets)) / n_assets
    leverage = float(random.uniform(1, 3)) if debts else 1.0
    hot = debts and random.random() < 0.4
    if hot:  # all that the leverage allows, and more, on sides that stay
        targets = np.abs(targets) + random.uniform(0.6, 1.2) * leverage / n_assets
        targets *= np.where(random.random(n_assets) < 0.5, 1, -1)
    targets[random.random(targets.shape) < 0.15] = 0.0
    targets[random.random(targets.shape) < 0.3] = np.nan
    account = Account(
        initial_cash=float(random.uniform(5e3, 5e5)),
        fee_bps=perhaps(0.1, 30),
        buy_tax_bps=perhaps(0.1, 50),
        fee_per_trade=perhaps(0.1, 5),
        slippage_bps=perhaps(0.1, 20),
        borrow_bps_per_year=perhaps(1, 3000),
        funding_bps_per_bar=perhaps(-3, 3),
        lot=perhaps(0.01, 3),
        leverage=leverage,
        maintenance=float(random.uniform(0.85, 0.98)) / leverage if hot else 0.0,
        execution=list(Execution)[random.integers(2)],
    )
    band = perhaps(0.02, 0.2) or None
    rebalancing = Rebalancing(
        every=None if band and random.random() < 0.3 else int(random.integers(1, 9)),
        band=band,
        net=float(random.uniform(0.1, 2)) if random.random() < 0.3 else None,
        lots=tuple(random.uniform(0.01, 3, n_assets).tolist()) if random.random() < 0.3 else (),
    )
    return Draft(market, targets, account, rebalancing, _exits(random, market))


def _exits(random: np.random.Generator, market: Market) -> F64 | None:
    """Return prices within some of the bars, at their ends too."""
    if random.random() < 0.4:
        return None
    place = np.clip(random.uniform(-0.3, 1.3, market.there.shape), 0, 1)
    ends = [np.stack((bars.low[own], bars.high[own])) for bars, own in zip(market.assets, market.last.T, strict=True)]
    low, high = np.stack(ends, axis=2)
    price = np.clip(low + place * (high - low), low, high)
    return np.where(market.there & (random.random(market.there.shape) < 0.2), price, np.nan)


def _some(random: np.random.Generator, n_bars: int, gaps: bool) -> Bars:
    bars = walk(n_bars, int(random.integers(2**32)), float(random.uniform(0.005, 0.06)))
    return cut(bars, np.flatnonzero(random.random(n_bars) < 0.8)) if gaps and random.random() < 0.6 else bars


def cut(bars: Bars, rows: npt.NDArray[np.intp]) -> Bars:
    """Return some of the bars, at least the last."""
    rows = rows if rows.size else np.array([bars.n_bars - 1])
    prices = zip(*(line[rows].tolist() for line in (bars.open, bars.high, bars.low, bars.close)), strict=True)
    return replace(ohlc(*prices), time=bars.time[rows])


def first_rows(draft: Draft, count: int) -> Draft:
    """Return the draft without what comes after so many bars."""
    market = draft.market
    lines = {name: getattr(market, name)[:count] for name in ("time", "there", "open", "close", "last")}
    exits = None if draft.exits is None else draft.exits[:count]
    return replace(draft, market=Market(assets=market.assets, **lines), targets=draft.targets[:count], exits=exits)
