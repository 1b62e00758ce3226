"""What goes into a portfolio's simulation, and what comes out."""

import math
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np

from dynamic_ta.data.model import F64
from dynamic_ta.portfolio.errors import TargetsError
from dynamic_ta.portfolio.market import Market
from dynamic_ta.simulation import Account, AccountError, Drawdown, Sizing, Statistics, Totals
from dynamic_ta.simulation.model import LARGEST

_MOST_WEIGHT = 1000


@dataclass(frozen=True, slots=True)
class Rebalancing:
    """When positions are brought back to their weights, and within which limits.

    Parameters
    ----------
    every : bars; at the closes of bars 0, every, 2 * every ...; None: only by the band
    band : share of the equity; also at any close at which some weight is further than that from its target; None: no
        band
    net : sum of the signed weights is at most so far from 0; None: no limit but ``Account.leverage`` of the gross
    lots : units, one an asset, in place of ``Account.lot``; none: that for all

    Raises
    ------
    TargetsError : neither every nor band, or a value out of its range
    """

    every: int | None = 1
    band: float | None = None
    net: float | None = None
    lots: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.every is None and self.band is None:
            raise TargetsError("nothing says when to rebalance", "give every, in bars, or a band")
        if self.every is not None and not 1 <= self.every <= 2**30:
            raise TargetsError(f"every {self.every} bars", "give 1 or more")
        if self.band is not None and not 0 < self.band < _MOST_WEIGHT:
            raise TargetsError(f"a band of {self.band}", "give a share of the equity above 0, such as 0.05")
        if self.net is not None and not 0 <= self.net <= _MOST_WEIGHT:
            raise TargetsError(f"a net limit of {self.net}", f"give 0 to {_MOST_WEIGHT} times the equity")
        for lot in self.lots:
            if lot != 0 and not 1 / LARGEST <= lot <= LARGEST:
                raise TargetsError(f"a lot of {lot}", "give units above zero, or 0 for any quantity")


class Cause(IntEnum):
    """Why an order was made; the numbers are the kernel's."""

    REBALANCE = 0
    LIQUIDATION = 1
    EXIT = 2  # within a bar, at a price of its own


@dataclass(frozen=True, slots=True)
class Order:
    """One purchase or sale.

    Parameters
    ----------
    asset : its column
    quantity : units, above 0 bought, below 0 sold
    price : the fill, slippage included
    fee : quote currency
    """

    bar: int
    asset: int
    quantity: float
    price: float
    fee: float
    cause: Cause


@dataclass(frozen=True, slots=True, eq=False)
class PortfolioSimulation:
    """The whole story of one portfolio.

    Parameters
    ----------
    statistics : as of a simulation; a trade is all orders of one asset from no position to none
    orders : in the order in which they were made
    positions : float64[n_bars, n_assets], units held after each close, below 0 short
    cash, equity : float64[n_bars], at each close, quote currency
    gross, net : float64[n_bars], sum of the positions' values, and of the signed ones, over the equity; NaN where no
        equity is left
    turnover : float64[n_bars], value bought and sold at a bar over the equity at its close; NaN as above
    contributions : float64[n_assets], what each asset earned, all its costs paid; together the change of the equity
    costs : float64[n_assets], fees, borrow and funding
    drawdowns : every one, in order
    totals : what a device is held to; ``held`` counts closes with any position, ``side`` the open ones
    """

    statistics: Statistics
    orders: tuple[Order, ...]
    positions: F64
    cash: F64
    equity: F64
    gross: F64
    net: F64
    turnover: F64
    contributions: F64
    costs: F64
    drawdowns: tuple[Drawdown, ...]
    totals: Totals


def portfolio_account(account: Account) -> Account:
    """Return ``account`` without what a strategy alone has: stops, a target, a time exit and a size."""
    return replace(
        account,
        sizing=Sizing.FRACTION,
        size=min(1.0, account.leverage),
        stop_percent=None,
        trailing_percent=None,
        target_percent=None,
        time_exit_bars=None,
    )


def check_account(account: Account) -> None:
    """Return if every term of ``account`` has a meaning for a portfolio.

    Raises
    ------
    AccountError : it has a stop, a target, a time exit or a size
    """
    if account != portfolio_account(account):
        raise AccountError(
            "an account with a stop, a target, a time exit or a size",
            "weights say how much is held; exits belong to each asset's strategy, see portfolio.sides",
        )


def check_targets(market: Market, targets: F64, rebalancing: Rebalancing) -> None:
    """Return if there is a weight, or NaN, for each bar and asset.

    Raises
    ------
    TargetsError : another shape or type, a weight beyond 1000 or lost in rounding, or lots of other assets
    """
    wanted = (market.n_bars, market.n_assets)
    if targets.shape != wanted or targets.dtype != np.float64:
        raise TargetsError(f"targets are {targets.dtype}{list(targets.shape)}", f"give float64{list(wanted)}")
    size = np.abs(targets)
    wrong = (size > _MOST_WEIGHT) | ((size > 0) & (size < 1 / LARGEST))
    if wrong.any():
        bar, asset = np.unravel_index(int(wrong.argmax()), wanted)
        raise TargetsError(
            f"a weight of {targets[bar, asset]:.3g} of {market.names[asset]} at bar {bar}",
            f"give -{_MOST_WEIGHT} to {_MOST_WEIGHT} times the equity, or NaN",
        )
    if rebalancing.lots and len(rebalancing.lots) != market.n_assets:
        raise TargetsError(f"{len(rebalancing.lots)} lots for {market.n_assets} assets", "give one an asset, or none")


def check_exits(market: Market, exits: F64) -> None:
    """Return if every price of ``exits`` is one that its asset's bar has; NaN is none.

    Raises
    ------
    TargetsError : another shape or type, a price where there is no bar, or out of the bar's range
    """
    wanted = (market.n_bars, market.n_assets)
    if exits.shape != wanted or exits.dtype != np.float64:
        raise TargetsError(f"exits are {exits.dtype}{list(exits.shape)}", f"give float64{list(wanted)}")
    for asset, bars in enumerate(market.assets):
        price, own = exits[:, asset], market.last[:, asset]
        inside = market.there[:, asset] & (bars.low[own] <= price) & (price <= bars.high[own])
        if not (wrong := ~(inside | np.isnan(price))).any():
            continue
        bar = int(wrong.argmax())
        raise TargetsError(
            f"an exit of {market.names[asset]} at {price[bar]:.6g} in bar {bar}", "give a price of its bar, or NaN"
        )


def limit_factor(kept: tuple[float, float], given: tuple[float, float], gross: float, net: float) -> float:
    """Return the largest share, 0 to 1, of the given weights that keeps both limits, or comes nearest to the gross one.

    Parameters
    ----------
    kept, given : sums of the weights without sign and with it: of what is left as it is, and of the new targets
    gross, net : the limits; infinity is none
    """
    factor = 1.0
    if kept[0] + given[0] > gross:
        factor = (gross - kept[0]) / given[0] if given[0] > 0 else 0.0
    total = kept[1] + given[1]
    if abs(total) > net:
        bound = math.copysign(net, total)
        factor = min(factor, (bound - kept[1]) / given[1] if given[1] != 0 else 1.0)
    return max(0.0, min(1.0, factor))
