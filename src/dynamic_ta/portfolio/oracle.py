"""Many assets and one account, bar by bar in float64."""

import math
from dataclasses import dataclass, field

import numpy as np

from dynamic_ta.data.model import F64
from dynamic_ta.portfolio.ledger import Ledger
from dynamic_ta.portfolio.market import Market
from dynamic_ta.portfolio.model import (
    Cause,
    Order,
    PortfolioSimulation,
    Rebalancing,
    check_account,
    check_exits,
    check_targets,
    limit_factor,
)
from dynamic_ta.simulation import Account
from dynamic_ta.simulation.drawdowns import drawdowns_of
from dynamic_ta.simulation.statistics import statistics_of
from dynamic_ta.simulation.sums import Sums
from dynamic_ta.simulation.terms import Terms, terms_of

_NOTHING = math.nan
# Within so much an outlay is within its limit, so that a purchase of all there is is not cut, and a position is what it
# should be, so that no order of a rounding's size pays a fee.
_ROUNDING = 1 + 2.0**-40


def simulate_portfolio(
    market: Market,
    targets: F64,
    account: Account,
    rebalancing: Rebalancing | None = None,
    exits: F64 | None = None,
) -> PortfolioSimulation:
    """Hold ``targets`` on ``market`` under the terms of ``account``.

    Parameters
    ----------
    targets : float64[n_bars, n_assets], shares of the equity wanted at each close, below 0 short; NaN: as it is
    account : without stops, target, time exit and size; ``leverage`` limits the gross
    rebalancing : when, and within which limits; None: at every close that has a target
    exits : float64[n_bars, n_assets], the price at which an asset is left within a bar, NaN for none; None: nowhere

    Returns
    -------
    PortfolioSimulation; its statistics are defined in docs/products/dynamic_ta.md

    Raises
    ------
    TargetsError : targets or exits that do not fit the market
    AccountError : an account with a stop, a target, a time exit or a size

    Notes
    -----
    Each bar goes through these steps:

    1. *Open.* If the equity at the open is ``maintenance`` times the gross value or less, all is closed, and what waits
       is dropped. Else what the close before decided is executed at the open.
    2. *Within the bar.* An asset that has an exit is closed at its price, and what waits for it is dropped.
    3. *Decision.* At a close that the schedule or the band names, the targets of that bar are scaled by one factor, the
       largest up to 1 that keeps the gross within ``leverage`` and the net within ``net``; what has no target counts
       with the weight that it has. Execution at the close is done now, at that close.
    4. *Close.* Borrow and funding are paid, the maintenance is checked once more at the close, equity is marked.

    An execution first does what makes positions smaller, or turns them: to the quantity that the weight gives of the
    equity before any order. Then it does what makes them larger, to what the weight gives of the equity that is now
    left. A quantity costs its share of the equity, fees and slippage included, as ``Sizing.FRACTION`` does. If what
    is bought, costs included, and what is held are more than ``leverage`` times the equity, all purchases are scaled
    by one factor. Last, a position is rounded down to its lot. A change below 2**-40 of the position is no order.

    An asset without a bar is not traded: its order waits for its next bar, unless a later decision replaces it.
    O(n_bars * n_assets), some 10 us an asset and bar.
    """
    rebalancing = rebalancing or Rebalancing()
    check_account(account)
    check_targets(market, targets, rebalancing)
    book = _Book(terms_of(account), rebalancing, market.n_assets)
    exits = np.full(targets.shape, np.nan) if exits is None else exits
    check_exits(market, exits)
    lines = (market.there, market.open, market.close, targets, exits)
    feed = _Feed(*(line.tolist() for line in lines))
    for t in range(market.n_bars):
        _trade_bar(book, feed, t)
    return _story(book, feed, account, market.n_bars)


@dataclass(frozen=True, slots=True)
class _Feed:
    """What is read at a bar, as Python's numbers; ``marks`` is what stands for the open of an asset without a bar."""

    there: list[list[bool]]
    open: list[list[float]]
    close: list[list[float]]
    targets: list[list[float]]
    exits: list[list[float]]

    def opens(self, t: int) -> list[float]:
        pairs = zip(self.there[t], self.open[t], self.close[t], strict=True)
        return [opened if there else last for there, opened, last in pairs]


@dataclass(slots=True)
class _Book:
    """What is carried from bar to bar."""

    terms: Terms
    rebalancing: Rebalancing
    n_assets: int
    cash: float = field(init=False)
    units: list[float] = field(init=False)
    pending: list[float] = field(init=False)  # the weights that are not executed yet; NaN is none
    lots: list[float] = field(init=False)
    sums: Sums = field(init=False)
    ledger: Ledger = field(init=False)
    orders: list[Order] = field(default_factory=list)
    positions: list[list[float]] = field(default_factory=list)
    cashes: list[float] = field(default_factory=list)
    equities: list[float] = field(default_factory=list)
    gross: list[float] = field(default_factory=list)
    net: list[float] = field(default_factory=list)
    traded: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cash = self.terms.cash
        self.units = [0.0] * self.n_assets
        self.pending = [_NOTHING] * self.n_assets
        self.lots = list(self.rebalancing.lots) or [self.terms.lot] * self.n_assets
        self.sums = Sums(self.terms.cash)
        self.ledger = Ledger(self.sums, self.n_assets)

    def worth(self, prices: list[float]) -> tuple[float, float, float]:
        """Return the equity, and the values of all positions without sign and with it."""
        equity, gross, net = self.cash, 0.0, 0.0
        for units, price in zip(self.units, prices, strict=True):
            if units != 0:
                value = units * price
                equity += value
                gross += abs(value)
                net += value
        return equity, gross, net


def _trade_bar(book: _Book, feed: _Feed, t: int) -> None:
    before = book.sums.traded
    opens, closes, there = feed.opens(t), feed.close[t], feed.there[t]
    if not _liquidate(book, t, opens, there) and not book.terms.at_close:
        _execute(book, t, opens, there)
    _leave(book, t, feed.exits[t])
    _decide(book, t, closes, feed.targets[t])
    if book.terms.at_close:
        _execute(book, t, closes, there)
    _carry(book, closes)
    _liquidate(book, t, closes, there)
    equity, gross, net = book.worth(closes)
    book.sums.mark(t, equity, gross > 0)
    book.positions.append(list(book.units))
    book.cashes.append(book.cash)
    book.equities.append(equity)
    book.gross.append(gross)
    book.net.append(net)
    book.traded.append(book.sums.traded - before)


def _liquidate(book: _Book, t: int, prices: list[float], there: list[bool]) -> bool:
    """Close all, and say so, if the equity is at the maintenance or below."""
    equity, gross, _ = book.worth(prices)
    if not gross > 0 or equity > book.terms.maintenance * gross:
        return False
    for i in range(book.n_assets):
        book.pending[i] = 0.0 if book.units[i] != 0 else _NOTHING
        if book.units[i] != 0 and there[i]:
            _order(book, t, i, prices[i], 0.0, Cause.LIQUIDATION)
            book.pending[i] = _NOTHING
    return True


def _leave(book: _Book, t: int, exits: list[float]) -> None:
    """Close what has an exit within the bar."""
    for i, price in enumerate(exits):
        if not math.isnan(price):
            book.pending[i] = _NOTHING
            if book.units[i] != 0:
                _order(book, t, i, price, 0.0, Cause.EXIT)


def _decide(book: _Book, t: int, closes: list[float], targets: list[float]) -> None:
    """Take the targets of this close, if it is one to rebalance at."""
    equity, _, _ = book.worth(closes)
    if not equity > 0:
        return
    kept, kept_net, given, given_net = 0.0, 0.0, 0.0, 0.0
    for units, price, target in zip(book.units, closes, targets, strict=True):
        if not math.isnan(target):
            given += abs(target)
            given_net += target
        elif units != 0:
            weight = units * price / equity
            kept += abs(weight)
            kept_net += weight
    net = math.inf if book.rebalancing.net is None else book.rebalancing.net
    factor = limit_factor((kept, kept_net), (given, given_net), book.terms.leverage, net)
    wanted = [target * factor for target in targets]
    every = book.rebalancing.every
    if (every is not None and t % every == 0) or _drifted(book, closes, wanted, equity):
        book.pending = [old if math.isnan(weight) else weight for old, weight in zip(book.pending, wanted, strict=True)]


def _drifted(book: _Book, closes: list[float], wanted: list[float], equity: float) -> bool:
    band = book.rebalancing.band
    if band is None:
        return False
    for units, price, weight in zip(book.units, closes, wanted, strict=True):
        held = units * price / equity if units != 0 else 0.0
        if abs(held - weight) > band:  # not with NaN
            return True
    return False


def _execute(book: _Book, t: int, prices: list[float], there: list[bool]) -> None:
    """Bring the assets that have a bar to their pending weights."""
    due = [i for i in range(book.n_assets) if there[i] and not math.isnan(book.pending[i])]
    if not due:
        return
    equity, _, _ = book.worth(prices)
    for i in due:
        weight, units = book.pending[i], book.units[i]
        if units != 0:
            size = _quantity(book, i, weight, prices[i], equity) if weight != 0 and (weight > 0) == (units > 0) else 0.0
            if size * _ROUNDING < abs(units):
                _order(book, t, i, prices[i], math.copysign(size, units) if size > 0 else 0.0, Cause.REBALANCE)
    _enlarge(book, t, prices, due)
    for i in due:
        book.pending[i] = _NOTHING


def _enlarge(book: _Book, t: int, prices: list[float], due: list[int]) -> None:
    """Do the orders that make positions larger, all scaled by one factor where they exceed the leverage."""
    terms = book.terms
    equity, gross, _ = book.worth(prices)
    room, outlay = terms.leverage * equity - gross, 0.0
    sizes: list[tuple[int, float]] = []
    for i in due:
        weight = book.pending[i]
        if weight == 0:
            continue
        size = _quantity(book, i, weight, prices[i], equity)
        held = abs(book.units[i])
        if size > held * _ROUNDING:
            sizes.append((i, size))
            outlay += (size - held) * _cost(terms, weight, prices[i]) + terms.per_order
        elif held == 0:
            book.sums.unfilled += 1
    share = max(0.0, room / outlay) if outlay > 0 and outlay > room * _ROUNDING else 1.0
    for i, wanted in sizes:
        weight, held, size = book.pending[i], abs(book.units[i]), wanted
        if share < 1:
            cost = _cost(terms, weight, prices[i])
            paid = (wanted - held) * cost + terms.per_order
            size = _in_lots(held + (paid * share - terms.per_order) / cost, book.lots[i])
        if size > held * _ROUNDING:
            _order(book, t, i, prices[i], math.copysign(size, weight), Cause.REBALANCE)
        elif held == 0:
            book.sums.unfilled += 1


def _cost(terms: Terms, weight: float, price: float) -> float:
    """Return what a unit more takes of the equity, fee and slippage included."""
    if weight > 0:
        return price * terms.buy_factor * (1 + terms.buy_fee)
    return price * terms.sell_factor * (1 + terms.sell_fee)


def _quantity(book: _Book, i: int, weight: float, price: float, equity: float) -> float:
    """Return the units that ``weight`` of ``equity`` is, in lots; 0 or less if there are none."""
    size = (abs(weight) * equity - book.terms.per_order) / _cost(book.terms, weight, price)
    return _in_lots(size, book.lots[i])


def _in_lots(size: float, lot: float) -> float:
    return math.floor(size / lot) * lot if lot > 0 else size


def _order(book: _Book, t: int, i: int, price: float, wanted: float, cause: Cause) -> None:
    """Trade asset i to ``wanted`` units, at ``price`` before slippage."""
    terms, units = book.terms, wanted - book.units[i]
    buys = units > 0
    fill = price * (terms.buy_factor if buys else terms.sell_factor)
    value = abs(units) * fill
    fee = value * (terms.buy_fee if buys else terms.sell_fee) + terms.per_order
    book.cash = book.cash - value - fee if buys else book.cash + value - fee
    book.ledger.order(t, i, value, fee, buys, enlarges=abs(wanted) > abs(book.units[i]), flat=wanted == 0)
    book.units[i] = wanted
    book.orders.append(Order(t, i, units, fill, fee, cause))


def _carry(book: _Book, closes: list[float]) -> None:
    """Pay borrow and funding for holding over the close."""
    for i, (units, price) in enumerate(zip(book.units, closes, strict=True)):
        rate = book.terms.carry_long if units > 0 else book.terms.carry_short
        if units != 0 and rate != 0:
            paid = abs(units) * price * rate
            book.cash -= paid
            book.ledger.pay(i, paid)


def _story(book: _Book, feed: _Feed, account: Account, n_bars: int) -> PortfolioSimulation:
    equity, gross, net = np.array(book.equities), np.array(book.gross), np.array(book.net)
    last = [0.0 if units == 0 else units * close for units, close in zip(book.units, feed.close[-1], strict=True)]
    totals = book.sums.totals(side=sum(units != 0 for units in book.units))
    left = np.where(equity > 0, equity, np.nan)
    return PortfolioSimulation(
        statistics=statistics_of(totals, n_bars, account),
        orders=tuple(book.orders),
        positions=np.array(book.positions),
        cash=np.array(book.cashes),
        equity=equity,
        gross=gross / left,
        net=net / left,
        turnover=np.array(book.traded) / left,
        contributions=np.array(book.ledger.banked) + np.array(book.ledger.flow) + np.array(last),
        costs=np.array(book.ledger.paid),
        drawdowns=drawdowns_of(equity, account.initial_cash),
        totals=totals,
    )
