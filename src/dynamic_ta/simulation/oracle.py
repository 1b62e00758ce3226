"""One strategy on one instrument, bar by bar in float64: what every device is held to, bit for bit."""

import math
from dataclasses import dataclass, field

import numpy as np

from dynamic_ta.data import Bars
from dynamic_ta.simulation.account import Account
from dynamic_ta.simulation.checksum import EMPTY, entered, left
from dynamic_ta.simulation.drawdowns import drawdowns_of
from dynamic_ta.simulation.model import Reason, Signals, Simulation, Totals, Trade, check_prices
from dynamic_ta.simulation.statistics import statistics_of
from dynamic_ta.simulation.terms import Terms, terms_of

_UNITS, _RISK = 1, 2  # Terms.sizing
_NONE = -math.inf


def simulate(bars: Bars, signals: Signals, account: Account) -> Simulation:
    """Trade ``signals`` on ``bars`` under the terms of ``account``.

    Parameters
    ----------
    bars : n_bars >= 1
    signals : a value for each bar

    Returns
    -------
    Simulation; its statistics are defined in docs/products/dynamic_ta.md

    Raises
    ------
    SignalsError : lines of another length or type
    AccountError : sizing by risk without any stop
    UnsupportedSeriesError : a price below 2**-300 or above 2**300

    Notes
    -----
    Each bar goes through these steps, and the kernel through the same ones in the same order of arithmetic:

    1. *Open.* What the close before decided is executed at the open: the exit first, then the entry. The last bar's
       decision is never executed. (Execution at the close does this after step 3 instead, at the close of the bar that
       decides.)
    2. *Within the bar.* The nearest of stop, trailing stop and liquidation is hit if the open is at or beyond it, and
       fills at the open; then the target is, if the open is at or beyond it, at the open; then the stop at its price,
       if the low (of a short, the high) reaches it; then the target at its price. So where a bar touches both, the
       stop is taken. After that a bar's best price moves the trailing stop, for the next bar.
    3. *Decision.* An exit rule closes a position; so does the time exit, if there is none. An entry needs its own exit
       rule and the other side's entry rule to be false. On the side that is held it does nothing; on the other it
       closes the position and opens the new one, each with its costs. After an exit the same side is entered again only
       by a new decision: its entry rule was false at a close since, or at the last one before the exit.
    4. *Close.* Borrow and funding are paid on what is held, equity is marked.

    Every fill, a stop's and a target's too, is made worse by slippage. A position is liquidated at the price at which
    the equity is ``maintenance`` times its value. Without equity above zero nothing is entered any more. O(n_bars),
    about 6 us a bar.
    """
    check_prices(bars)
    signals.check(bars)
    account.check(signals)
    book = _Book(terms_of(account))
    feed = _Feed.of(bars, signals)
    for t in range(bars.n_bars):
        _trade_bar(book, feed, t)
    if book.side:
        _list_open(book, bars.n_bars - 1, feed.close[-1])
    equity = np.array(book.marks)
    totals = _totals(book)
    with np.errstate(divide="ignore", invalid="ignore"):
        exposure = np.where(equity > 0, np.array(book.values) / equity, np.nan)
    return Simulation(
        statistics=statistics_of(totals, bars.n_bars, account),
        trades=tuple(book.trades),
        equity=equity,
        exposure=exposure,
        drawdowns=drawdowns_of(equity, account.initial_cash),
        totals=totals,
    )


@dataclass(frozen=True, slots=True)
class _Feed:
    """What is read at a bar, as Python's numbers."""

    open: list[float]
    high: list[float]
    low: list[float]
    close: list[float]
    enter_long: list[bool]
    exit_long: list[bool]
    enter_short: list[bool]
    exit_short: list[bool]
    stop_distance: list[float]
    size: list[float]

    @classmethod
    def of(cls, bars: Bars, signals: Signals) -> "_Feed":
        nothing = np.full(bars.n_bars, np.nan)
        lines = (
            *(bars.open, bars.high, bars.low, bars.close),
            *(signals.enter_long, signals.exit_long, signals.enter_short, signals.exit_short),
            nothing if signals.stop_distance is None else signals.stop_distance,
            nothing if signals.size is None else signals.size,
        )
        return cls(*(line.tolist() for line in lines))


@dataclass(slots=True)
class _Book:
    """What is carried from bar to bar.

    A price times ``side`` is higher the better for the position: so ``stop``, ``trailing`` and ``liquidation``, kept
    times ``side``, are always below, and ``target`` above.
    """

    terms: Terms
    cash: float = field(init=False)
    # the position
    side: int = 0
    quantity: float = 0.0
    entry_bar: int = 0
    entry_price: float = 0.0
    paid: float = 0.0
    extreme: float = 0.0
    stop: float = _NONE
    trailing: float = _NONE
    liquidation: float = _NONE
    target: float = math.inf
    # the decision of the last close
    leave: int = 0
    enter: int = 0
    distance: float = math.nan
    size: float = math.nan
    was_long: bool = False
    was_short: bool = False
    fresh_long: bool = True
    fresh_short: bool = True
    # sums
    equity: float = field(init=False)
    peak: float = field(init=False)
    peak_bar: int = -1
    fall: float = 0.0
    fall_peak: int = -2
    fall_bars: int = 0
    returns: float = 0.0
    squares: float = 0.0
    losses: float = 0.0
    equities: float = 0.0
    traded: float = 0.0
    costs: float = 0.0
    won: float = 0.0
    lost: float = 0.0
    ratios: float = 0.0
    closed: int = 0
    wins: int = 0
    held: int = 0
    unfilled: int = 0
    checksum: int = EMPTY
    # lists that a device does not keep
    trades: list[Trade] = field(default_factory=list)
    marks: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cash = self.equity = self.peak = self.terms.cash


def _trade_bar(book: _Book, feed: _Feed, t: int) -> None:
    if not book.terms.at_close:
        _execute(book, t, feed.open[t])
    if book.side:
        _touch(book, t, feed.open[t], feed.high[t], feed.low[t])
    _decide(book, feed, t)
    if book.terms.at_close:
        _execute(book, t, feed.close[t])
    _mark(book, t, feed.close[t])


def _execute(book: _Book, t: int, price: float) -> None:
    """Do what was decided: leave, then enter."""
    if book.leave:
        _close_position(book, t, price, Reason(book.leave))
    if book.enter:
        _open_position(book, t, price, book.enter)
    book.leave = book.enter = 0


def _open_position(book: _Book, t: int, price: float, side: int) -> None:
    terms = book.terms
    fill = price * (terms.buy_factor if side > 0 else terms.sell_factor)
    fee = terms.buy_fee if side > 0 else terms.sell_fee
    stop = side * (fill * (1 - side * terms.stop)) if terms.stop > 0 else _NONE
    if book.distance > 0:
        away = side * (fill - side * book.distance)
        stop = max(stop, away)
    trailing = side * (fill * (1 - side * terms.trailing)) if terms.trailing > 0 else _NONE
    nearest = max(stop, trailing)
    quantity = _quantity(book, fill, fee, side * fill - nearest)
    if not quantity > 0:
        book.unfilled += 1
        return
    value = quantity * fill
    paid = value * fee + terms.per_order
    book.cash = book.cash - side * value - paid
    book.side, book.quantity, book.entry_bar, book.entry_price = side, quantity, t, fill
    book.paid, book.extreme, book.stop, book.trailing = paid, fill, stop, trailing
    book.target = side * (fill * (1 + side * terms.target)) if terms.target > 0 else math.inf
    book.liquidation = _liquidation(book)
    book.traded += value
    book.costs += paid
    book.checksum = entered(book.checksum, t, side)


def _quantity(book: _Book, fill: float, fee: float, risk: float) -> float:
    """Return the units to buy or sell, costs included in what they may take; zero or less, or NaN, if there are none.

    ``risk`` is what a unit loses at the nearest stop, infinite without one.
    """
    terms = book.terms
    size = terms.size if math.isnan(book.size) else book.size
    cost = fill * (1 + fee)
    most = (terms.leverage * book.cash - terms.per_order) / cost
    if terms.sizing == _UNITS:
        quantity = size
    elif terms.sizing == _RISK:
        quantity = size * book.cash / risk if 0 < risk < math.inf else 0.0
    else:
        quantity = (size * book.cash - terms.per_order) / cost
    quantity = min(quantity, most)
    if terms.lot > 0:
        quantity = math.floor(quantity / terms.lot) * terms.lot
    return quantity


def _liquidation(book: _Book) -> float:
    """Return the price, times the side, at which equity is maintenance times the position's value."""
    return book.side * (book.cash / (book.quantity * (book.terms.maintenance - book.side)))


def _touch(book: _Book, t: int, opened: float, high: float, low: float) -> None:
    """Close the position if the bar reaches its stop, liquidation or target; else let the trailing stop follow."""
    side = book.side
    level, reason = book.stop, Reason.STOP
    if book.trailing > level:
        level, reason = book.trailing, Reason.TRAILING
    if book.liquidation > level:
        level, reason = book.liquidation, Reason.LIQUIDATION
    first, worst, best = side * opened, side * (low if side > 0 else high), side * (high if side > 0 else low)
    if first <= level:
        _close_position(book, t, opened, reason)
    elif first >= book.target:
        _close_position(book, t, opened, Reason.TARGET)
    elif worst <= level:
        _close_position(book, t, side * level, reason)
    elif best >= book.target:
        _close_position(book, t, side * book.target, Reason.TARGET)
    elif book.terms.trailing > 0 and best > side * book.extreme:
        book.extreme = side * best
        book.trailing = side * (book.extreme * (1 - side * book.terms.trailing))


def _close_position(book: _Book, t: int, price: float, reason: Reason) -> None:
    terms, side = book.terms, book.side
    fill = price * (terms.sell_factor if side > 0 else terms.buy_factor)
    value = book.quantity * fill
    fee = value * (terms.sell_fee if side > 0 else terms.buy_fee) + terms.per_order
    book.cash = book.cash + side * value - fee
    book.paid += fee
    gross = side * book.quantity * (fill - book.entry_price)
    net = gross - book.paid
    book.traded += value
    book.costs += fee
    book.closed += 1
    if net > 0:
        book.wins += 1
        book.won += net
    else:
        book.lost += net
    book.ratios += net / (book.quantity * book.entry_price)
    book.checksum = left(book.checksum, t, side, reason)
    book.trades.append(
        Trade(book.entry_bar, t, book.entry_price, fill, side, book.quantity, book.paid, gross, net, reason)
    )
    # The same side is entered again only by a new decision.
    if side > 0:
        book.fresh_long = not book.was_long
    else:
        book.fresh_short = not book.was_short
    book.side = 0


def _decide(book: _Book, feed: _Feed, t: int) -> None:
    """Read the rules at the close of bar t."""
    enter_long, exit_long = feed.enter_long[t], feed.exit_long[t]
    enter_short, exit_short = feed.enter_short[t], feed.exit_short[t]
    book.was_long, book.was_short = enter_long, enter_short
    book.fresh_long = book.fresh_long or not enter_long
    book.fresh_short = book.fresh_short or not enter_short
    enter = 0
    if enter_long and not enter_short and not exit_long and book.fresh_long:
        enter = 1
    elif enter_short and not enter_long and not exit_short and book.fresh_short:
        enter = -1
    leave = 0
    if book.side:
        if enter == book.side:
            enter = 0
        if (exit_long if book.side > 0 else exit_short) or enter:
            leave = int(Reason.SIGNAL)
        elif book.terms.time_exit_bars and _held(book, t) >= book.terms.time_exit_bars:
            leave = int(Reason.TIME)
    book.leave, book.enter = leave, enter
    if enter:
        book.distance, book.size = feed.stop_distance[t], feed.size[t]


def _held(book: _Book, t: int) -> int:
    """Return how many bars after the entry an exit that is decided now is executed."""
    return t - book.entry_bar + (0 if book.terms.at_close else 1)


def _mark(book: _Book, t: int, close: float) -> None:
    """Pay for holding over the close, and take the equity into every sum."""
    equity = book.cash
    value = 0.0
    if book.side:
        value = book.quantity * close
        rate = book.terms.carry_long if book.side > 0 else book.terms.carry_short
        if rate != 0:
            carry = value * rate
            book.cash -= carry
            book.paid += carry
            book.costs += carry
            book.liquidation = _liquidation(book)
        equity = book.cash + book.side * value
        book.held += 1
    if t > 0 and book.equity > 0 and equity != book.equity:
        change = equity / book.equity - 1
        book.returns += change
        book.squares += change * change
        if change < 0:
            book.losses += change * change
    book.equity = equity
    book.equities += equity
    _draw_down(book, t, equity)
    book.marks.append(equity)
    book.values.append(book.side * value)


def _draw_down(book: _Book, t: int, equity: float) -> None:
    if equity >= book.peak:
        book.peak, book.peak_bar = equity, t
        return
    fall = 1 - equity / book.peak
    if fall > book.fall:
        book.fall, book.fall_peak = fall, book.peak_bar
    if book.fall_peak == book.peak_bar:
        book.fall_bars = t - book.peak_bar


def _list_open(book: _Book, t: int, close: float) -> None:
    """Take the position that is still open into the list, marked at the last close without what an exit costs."""
    gross = book.side * book.quantity * (close - book.entry_price)
    book.trades.append(
        Trade(
            *(book.entry_bar, t, book.entry_price, close, book.side, book.quantity),
            *(book.paid, gross, gross - book.paid, Reason.END),
        )
    )


def _totals(book: _Book) -> Totals:
    return Totals(
        equity=book.equity,
        returns=book.returns,
        squares=book.squares,
        losses=book.losses,
        equities=book.equities,
        fall=book.fall,
        traded=book.traded,
        costs=book.costs,
        won=book.won,
        lost=book.lost,
        ratios=book.ratios,
        fall_bars=book.fall_bars,
        trades=book.closed,
        wins=book.wins,
        held=book.held,
        unfilled=book.unfilled,
        divided=0,
        side=book.side,
        checksum=book.checksum,
    )
