"""One strategy on one instrument, bar by bar in float64: what every device is held to, bit for bit."""

from dataclasses import dataclass

import numpy as np

from dynamic_ta.data import Bars
from dynamic_ta.simulation.account import Account
from dynamic_ta.simulation.book import Book, execute, liquidation_of, touch
from dynamic_ta.simulation.drawdowns import drawdowns_of
from dynamic_ta.simulation.model import Reason, Signals, Simulation, Trade, check_prices
from dynamic_ta.simulation.statistics import statistics_of
from dynamic_ta.simulation.terms import terms_of


def simulate(bars: Bars, signals: Signals, account: Account) -> Simulation:
    """Trade ``signals`` on ``bars`` under the terms of ``account``.

    Parameters
    ----------
    bars : n_bars >= 1
    signals : a value for each bar

    Returns
    -------
    Simulation; its statistics are defined in docs/products/simulation.md

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
    book = Book(terms_of(account))
    feed = _Feed.of(bars, signals)
    for t in range(bars.n_bars):
        _trade_bar(book, feed, t)
    if book.side:
        _list_open(book, bars.n_bars - 1, feed.close[-1])
    equity = np.array(book.marks)
    totals = book.sums.totals(book.side)
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


def _trade_bar(book: Book, feed: _Feed, t: int) -> None:
    if not book.terms.at_close:
        execute(book, t, feed.open[t])
    if book.side:
        touch(book, t, feed.open[t], feed.high[t], feed.low[t])
    _decide(book, feed, t)
    if book.terms.at_close:
        execute(book, t, feed.close[t])
    _mark(book, t, feed.close[t])


def _decide(book: Book, feed: _Feed, t: int) -> None:
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


def _held(book: Book, t: int) -> int:
    """Return how many bars after the entry an exit that is decided now is executed."""
    return t - book.entry_bar + (0 if book.terms.at_close else 1)


def _mark(book: Book, t: int, close: float) -> None:
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
            book.sums.costs += carry
            book.liquidation = liquidation_of(book)
        equity = book.cash + book.side * value
    book.sums.mark(t, equity, book.side != 0)
    book.marks.append(equity)
    book.values.append(book.side * value)


def _list_open(book: Book, t: int, close: float) -> None:
    """Take the position that is still open into the list, marked at the last close without what an exit costs."""
    gross = book.side * book.quantity * (close - book.entry_price)
    book.trades.append(
        Trade(
            *(book.entry_bar, t, book.entry_price, close, book.side, book.quantity),
            *(book.paid, gross, gross - book.paid, Reason.END),
        )
    )
