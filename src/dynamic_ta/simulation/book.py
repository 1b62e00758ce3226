"""One account: what it carries from bar to bar, and what an order, a level or an exit does to it."""

import math
from dataclasses import dataclass, field

from dynamic_ta.simulation.checksum import entered, left
from dynamic_ta.simulation.model import Reason, Trade
from dynamic_ta.simulation.sums import Sums
from dynamic_ta.simulation.terms import Terms

_UNITS, _RISK = 1, 2  # Terms.sizing
_NONE = -math.inf


@dataclass(slots=True)
class Book:
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
    sums: Sums = field(init=False)
    # lists that a device does not keep
    trades: list[Trade] = field(default_factory=list)
    marks: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cash = self.terms.cash
        self.sums = Sums(self.terms.cash)


def execute(book: Book, t: int, price: float) -> None:
    """Do what was decided: leave, then enter."""
    if book.leave:
        close_position(book, t, price, Reason(book.leave))
    if book.enter:
        open_position(book, t, price, book.enter)
    book.leave = book.enter = 0


def open_position(book: Book, t: int, price: float, side: int) -> None:
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
        book.sums.unfilled += 1
        return
    value = quantity * fill
    paid = value * fee + terms.per_order
    book.cash = book.cash - side * value - paid
    book.side, book.quantity, book.entry_bar, book.entry_price = side, quantity, t, fill
    book.paid, book.extreme, book.stop, book.trailing = paid, fill, stop, trailing
    book.target = side * (fill * (1 + side * terms.target)) if terms.target > 0 else math.inf
    book.liquidation = liquidation_of(book)
    book.sums.traded += value
    book.sums.costs += paid
    book.sums.checksum = entered(book.sums.checksum, t, side)


def _quantity(book: Book, fill: float, fee: float, risk: float) -> float:
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


def liquidation_of(book: Book) -> float:
    """Return the price, times the side, at which equity is maintenance times the position's value."""
    return book.side * (book.cash / (book.quantity * (book.terms.maintenance - book.side)))


def touch(book: Book, t: int, opened: float, high: float, low: float) -> None:
    """Close the position if the bar reaches its stop, liquidation or target; else let the trailing stop follow."""
    side = book.side
    level, reason = book.stop, Reason.STOP
    if book.trailing > level:
        level, reason = book.trailing, Reason.TRAILING
    if book.liquidation > level:
        level, reason = book.liquidation, Reason.LIQUIDATION
    first, worst, best = side * opened, side * (low if side > 0 else high), side * (high if side > 0 else low)
    if first <= level:
        close_position(book, t, opened, reason)
    elif first >= book.target:
        close_position(book, t, opened, Reason.TARGET)
    elif worst <= level:
        close_position(book, t, side * level, reason)
    elif best >= book.target:
        close_position(book, t, side * book.target, Reason.TARGET)
    elif book.terms.trailing > 0 and best > side * book.extreme:
        book.extreme = side * best
        book.trailing = side * (book.extreme * (1 - side * book.terms.trailing))


def close_position(book: Book, t: int, price: float, reason: Reason) -> None:
    terms, side = book.terms, book.side
    fill = price * (terms.sell_factor if side > 0 else terms.buy_factor)
    value = book.quantity * fill
    fee = value * (terms.sell_fee if side > 0 else terms.buy_fee) + terms.per_order
    book.cash = book.cash + side * value - fee
    book.paid += fee
    gross = side * book.quantity * (fill - book.entry_price)
    net = gross - book.paid
    book.sums.traded += value
    book.sums.costs += fee
    book.sums.close(net, book.quantity * book.entry_price)
    book.sums.checksum = left(book.sums.checksum, t, side, reason)
    book.trades.append(
        Trade(book.entry_bar, t, book.entry_price, fill, side, book.quantity, book.paid, gross, net, reason)
    )
    # The same side is entered again only by a new decision.
    if side > 0:
        book.fresh_long = not book.was_long
    else:
        book.fresh_short = not book.was_short
    book.side = 0
