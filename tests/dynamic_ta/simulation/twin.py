"""The simulation once more, slow and in fractions: a list of payments, and at each moment all is looked up anew.

Nothing is carried along but the payments and the deals. The equity is the sum of all payments so far, a trailing stop
is the best price of all bars since the entry, a new decision is looked for in the line, and a bar is a path of prices:
the open, the worst for the position, the best.
"""

from dataclasses import dataclass, field, replace
from fractions import Fraction

from dynamic_ta.data import Bars
from dynamic_ta.data.model import F64
from dynamic_ta.simulation import Account, Execution, Reason, Signals, Sizing


@dataclass(frozen=True, slots=True)
class Deal:
    """One position; the last four fields are unknown while it is open."""

    side: int
    entry_bar: int
    entry: Fraction
    quantity: Fraction
    stops: tuple[Fraction, ...]
    exit_bar: int = -1
    exit: Fraction = Fraction(0)
    costs: Fraction = Fraction(0)
    reason: Reason = Reason.END


@dataclass(slots=True)
class Twin:
    """What has happened so far. A payment is (bar, amount)."""

    bars: Bars
    signals: Signals
    account: Account
    payments: list[tuple[int, Fraction]] = field(default_factory=list)
    done: list[Deal] = field(default_factory=list)
    deal: Deal | None = None
    equity: list[Fraction] = field(default_factory=list)

    @property
    def cash(self) -> Fraction:
        return Fraction(self.account.initial_cash) + sum(amount for _, amount in self.payments)

    @property
    def stories(self) -> list[Deal]:
        """Every deal; the open one at the last close."""
        if self.deal is None:
            return self.done
        return [
            *self.done,
            replace(self.deal, exit_bar=self.bars.n_bars - 1, exit=Fraction(float(self.bars.close[-1]))),
        ]


def told(bars: Bars, signals: Signals, account: Account) -> Twin:
    """Tell the whole story."""
    twin = Twin(bars, signals, account)
    for t in range(bars.n_bars):
        at_open = account.execution == Execution.NEXT_OPEN
        if at_open and t > 0:
            trade(twin, t, t - 1, price(bars.open, t))
        walk_through(twin, t, fresh=not at_open)
        if not at_open:
            trade(twin, t, t, price(bars.close, t))
        if twin.deal:
            value = twin.deal.quantity * price(bars.close, t)
            pay(twin, t, -value * carry(account, twin.deal.side), True)
        held = twin.deal.side * twin.deal.quantity * price(bars.close, t) if twin.deal else Fraction(0)
        twin.equity.append(twin.cash + held)
    return twin


def price(line: F64, t: int) -> Fraction:
    return Fraction(float(line[t]))


def bps(value: float) -> Fraction:
    return Fraction(value) / 10_000


def carry(account: Account, side: int) -> Fraction:
    borrow = bps(account.borrow_bps_per_year) / Fraction(account.periods_per_year)
    return side * bps(account.funding_bps_per_bar) + (borrow if side < 0 else 0)


def fee_rate(account: Account, buys: bool) -> Fraction:
    return bps(account.fee_bps) + (bps(account.buy_tax_bps) if buys else 0)


def filled(account: Account, at: Fraction, buys: bool) -> Fraction:
    return at * (1 + bps(account.slippage_bps) * (1 if buys else -1))


def pay(twin: Twin, t: int, amount: Fraction, a_cost: bool) -> None:
    twin.payments.append((t, amount))
    if a_cost and twin.deal:
        twin.deal = replace(twin.deal, costs=twin.deal.costs - amount)


def trade(twin: Twin, t: int, decided: int, at: Fraction) -> None:
    """Execute at ``at`` what the close of bar ``decided`` wants."""
    wants_out, wants_in = wishes(twin, decided)
    if wants_out:
        get_out(twin, t, at, wants_out)
    if wants_in:
        get_in(twin, t, decided, at, wants_in)


def wishes(twin: Twin, k: int) -> tuple[Reason | None, int]:
    lines = twin.signals
    enters = {1: bool(lines.enter_long[k]), -1: bool(lines.enter_short[k])}
    exits = {1: bool(lines.exit_long[k]), -1: bool(lines.exit_short[k])}
    held = twin.deal.side if twin.deal else 0
    side = next((s for s in (1, -1) if enters[s] and not enters[-s] and not exits[s] and is_new(twin, k, s)), 0)
    if side == held:
        side = 0
    if twin.deal is None:
        return None, side
    if exits[held] or side:
        return Reason.SIGNAL, side
    bars_after = k + (1 if twin.account.execution == Execution.NEXT_OPEN else 0) - twin.deal.entry_bar
    limit = twin.account.time_exit_bars
    return (Reason.TIME if limit and bars_after >= limit else None), 0


def is_new(twin: Twin, k: int, side: int) -> bool:
    """Say whether the rule was false at a close since the last exit on that side, or at the last one before it."""
    line = twin.signals.enter_long if side > 0 else twin.signals.enter_short
    past = [deal for deal in twin.done if deal.side == side]
    if not past:
        return True
    at_a_close = twin.account.execution == Execution.CLOSE and past[-1].reason in {Reason.SIGNAL, Reason.TIME}
    first = past[-1].exit_bar - (0 if at_a_close else 1)
    return not line[first : k + 1].all()


def get_in(twin: Twin, t: int, decided: int, at: Fraction, side: int) -> None:
    account, lines = twin.account, twin.signals
    entry = filled(account, at, buys=side > 0)
    stops = []
    if account.stop_percent:
        stops.append(entry - side * entry * Fraction(account.stop_percent) / 100)
    if lines.stop_distance is not None and lines.stop_distance[decided] > 0:
        stops.append(entry - side * price(lines.stop_distance, decided))
    nearest = [*stops]
    if account.trailing_percent:
        nearest.append(entry - side * entry * Fraction(account.trailing_percent) / 100)
    size = Fraction(account.size)
    if lines.size is not None and lines.size[decided] == lines.size[decided]:
        size = price(lines.size, decided)
    rate = fee_rate(account, buys=side > 0)

    def affordable(money: Fraction) -> Fraction:
        return (money - Fraction(account.fee_per_trade)) / (entry * (1 + rate))

    equity = twin.cash
    quantity = {
        Sizing.FRACTION: lambda: affordable(size * equity),
        Sizing.UNITS: lambda: size,
        Sizing.RISK: lambda: size * equity / min(side * (entry - stop) for stop in nearest) if nearest else Fraction(0),
    }[account.sizing]()
    quantity = min(quantity, affordable(Fraction(account.leverage) * equity))
    if account.lot:
        quantity = quantity // Fraction(account.lot) * Fraction(account.lot)
    if quantity <= 0:
        return
    twin.deal = Deal(side, t, entry, quantity, tuple(stops))
    pay(twin, t, -side * quantity * entry, False)
    pay(twin, t, -(quantity * entry * rate + Fraction(account.fee_per_trade)), True)


def get_out(twin: Twin, t: int, at: Fraction, reason: Reason) -> None:
    deal = twin.deal
    assert deal is not None
    sold = filled(twin.account, at, buys=deal.side < 0)
    pay(twin, t, deal.side * deal.quantity * sold, False)
    rate = fee_rate(twin.account, buys=deal.side < 0)
    pay(twin, t, -(deal.quantity * sold * rate + Fraction(twin.account.fee_per_trade)), True)
    assert twin.deal is not None
    twin.done.append(replace(twin.deal, exit_bar=t, exit=sold, reason=reason))
    twin.deal = None


def walk_through(twin: Twin, t: int, fresh: bool) -> None:
    """Follow the bar's path. ``fresh``: positions are opened at closes, so the entry's bar is no part of its highs."""
    deal = twin.deal
    if deal is None:
        return
    account, side = twin.account, deal.side
    worst_of, best_of = (twin.bars.low, twin.bars.high) if side > 0 else (twin.bars.high, twin.bars.low)
    levels = [(level, Reason.STOP) for level in deal.stops]
    if account.trailing_percent:
        since = range(deal.entry_bar + fresh, t)
        best = max([side * deal.entry, *(side * price(best_of, k) for k in since)])
        levels.append((side * best * (1 - side * Fraction(account.trailing_percent) / 100), Reason.TRAILING))
    # cash + side * quantity * p = maintenance * quantity * p
    levels.append((twin.cash / (deal.quantity * (Fraction(account.maintenance) - side)), Reason.LIQUIDATION))
    # The first of equals is the reason, in the order above; `max` returns it.
    level, reason = max(levels, key=lambda one: side * one[0])
    target = deal.entry * (1 + side * Fraction(account.target_percent) / 100) if account.target_percent else None
    opened = price(twin.bars.open, t)
    for at, is_open in ((opened, True), (price(worst_of, t), False), (price(best_of, t), False)):
        if side * at <= side * level:
            get_out(twin, t, at if is_open else level, reason)
            return
        if target is not None and side * at >= side * target:
            get_out(twin, t, at if is_open else target, Reason.TARGET)
            return
