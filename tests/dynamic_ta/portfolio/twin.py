"""The portfolio once more, slow and in fractions: a list of deals and payments, and all is looked up anew.

Nothing is carried along but deals, payments and the decisions that wait. A position is the sum of all deals of its
asset, cash the sum of all payments, a price the last one that was known. What float64 may decide either way, since it
hangs on a rounding, is refused with ``TooCloseError``.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from math import floor, isnan

from dynamic_ta.portfolio import Cause
from dynamic_ta.simulation import Account, Execution
from tests.dynamic_ta.portfolio.drawn import Draft

_NEAR = Fraction(1, 10**9)
_TRIFLE = Fraction(1, 2**40)


class TooCloseError(Exception):
    """A decision hangs on less than float64 can tell."""


@dataclass(frozen=True, slots=True)
class Deal:
    bar: int
    asset: int
    units: Fraction
    price: Fraction
    fee: Fraction
    cause: Cause


@dataclass(slots=True)
class Twin:
    """What has happened so far. A payment is (asset, amount)."""

    draft: Draft
    payments: list[tuple[int, Fraction]] = field(default_factory=list)
    deals: list[Deal] = field(default_factory=list)
    waiting: dict[int, Fraction] = field(default_factory=dict)
    equity: list[Fraction] = field(default_factory=list)

    @property
    def account(self) -> Account:
        return self.draft.account

    @property
    def cash(self) -> Fraction:
        return Fraction(self.account.initial_cash) + sum(amount for _, amount in self.payments)

    @property
    def assets(self) -> range:
        return range(self.draft.market.n_assets)

    def units(self, asset: int) -> Fraction:
        return sum((deal.units for deal in self.deals if deal.asset == asset), Fraction(0))

    def earned(self, asset: int) -> Fraction:
        last = self.draft.market.n_bars - 1
        paid = sum((amount for one, amount in self.payments if one == asset), Fraction(0))
        return paid + self.units(asset) * self.price(asset, last, at_open=False) if self.units(asset) else paid

    def price(self, asset: int, t: int, at_open: bool) -> Fraction:
        market = self.draft.market
        here = bool(market.there[t, asset])
        return Fraction(float(market.open[t, asset] if here and at_open else market.close[t, asset]))

    def value(self, asset: int, t: int, at_open: bool) -> Fraction:
        units = self.units(asset)
        return units * self.price(asset, t, at_open) if units else Fraction(0)

    def worth(self, t: int, at_open: bool) -> Fraction:
        return self.cash + sum(self.value(asset, t, at_open) for asset in self.assets)


def told(draft: Draft) -> Twin:
    """Tell the whole story."""
    twin = Twin(draft)
    opens = draft.account.execution == Execution.NEXT_OPEN
    for t in range(draft.market.n_bars):
        if not call_margin(twin, t, at_open=True) and opens:
            execute(twin, t, at_open=True)
        leave(twin, t)
        decide(twin, t)
        if not opens:
            execute(twin, t, at_open=False)
        for asset in twin.assets:
            pay_carry(twin, t, asset)
        call_margin(twin, t, at_open=False)
        twin.equity.append(twin.worth(t, at_open=False))
    return twin


def above(value: Fraction, limit: Fraction, scale: Fraction) -> bool:
    """Say whether the value is above the limit, if that is clear."""
    if abs(value - limit) <= _NEAR * abs(scale):
        raise TooCloseError
    return value > limit


def bps(value: float) -> Fraction:
    return Fraction(value) / 10_000


def fee_rate(account: Account, buys: bool) -> Fraction:
    return bps(account.fee_bps) + (bps(account.buy_tax_bps) if buys else 0)


def filled(account: Account, price: Fraction, buys: bool) -> Fraction:
    return price * (1 + bps(account.slippage_bps) * (1 if buys else -1))


def leave(twin: Twin, t: int) -> None:
    for asset in twin.assets:
        price = float("nan") if twin.draft.exits is None else float(twin.draft.exits[t, asset])
        if not isnan(price):
            twin.waiting.pop(asset, None)
            if units := twin.units(asset):
                fill_at(twin, t, asset, -units, Fraction(price), Cause.EXIT)


def deal(twin: Twin, t: int, asset: int, units: Fraction, at_open: bool, cause: Cause) -> None:
    fill_at(twin, t, asset, units, twin.price(asset, t, at_open), cause)


def fill_at(twin: Twin, t: int, asset: int, units: Fraction, price: Fraction, cause: Cause) -> None:
    fill = filled(twin.account, price, units > 0)
    fee = abs(units) * fill * fee_rate(twin.account, units > 0) + Fraction(twin.account.fee_per_trade)
    twin.payments.append((asset, -units * fill - fee))
    twin.deals.append(Deal(t, asset, units, fill, fee, cause))


def call_margin(twin: Twin, t: int, at_open: bool) -> bool:
    gross = sum(abs(twin.value(asset, t, at_open)) for asset in twin.assets)
    if not gross or above(twin.worth(t, at_open), Fraction(twin.account.maintenance) * gross, gross):
        return False
    twin.waiting = {}
    for asset in twin.assets:
        if twin.units(asset) and twin.draft.market.there[t, asset]:
            deal(twin, t, asset, -twin.units(asset), at_open, Cause.LIQUIDATION)
        elif twin.units(asset):
            twin.waiting[asset] = Fraction(0)
    return True


def decide(twin: Twin, t: int) -> None:
    rules, equity = twin.draft.rebalancing, twin.worth(t, at_open=False)
    row = twin.draft.targets[t].tolist()
    if not above(equity, Fraction(0), Fraction(twin.account.initial_cash)):
        return
    held = {asset: twin.value(asset, t, at_open=False) / equity for asset in twin.assets}
    wanted = {asset: Fraction(weight) for asset, weight in enumerate(row) if not isnan(weight)}
    share = share_of(twin, [held[asset] for asset in twin.assets if asset not in wanted], list(wanted.values()))
    wanted = {asset: weight * share for asset, weight in wanted.items()}
    on_schedule = rules.every is not None and t % rules.every == 0
    drifts = [abs(held[asset] - weight) for asset, weight in wanted.items()]
    if on_schedule or (rules.band is not None and any(above(one, Fraction(rules.band), Fraction(1)) for one in drifts)):
        twin.waiting |= wanted


def share_of(twin: Twin, kept: list[Fraction], given: list[Fraction]) -> Fraction:
    """Try every share at which a limit is met: the least excess of the gross, then of the net, then the most."""
    gross_limit = Fraction(twin.account.leverage)
    net_limit = twin.draft.rebalancing.net
    kept_gross = sum((abs(one) for one in kept), Fraction(0))
    given_gross = sum((abs(one) for one in given), Fraction(0))
    kept_net, given_net = sum(kept, Fraction(0)), sum(given, Fraction(0))
    tries = {Fraction(0), Fraction(1)}
    if given_gross:
        tries.add((gross_limit - kept_gross) / given_gross)
    if net_limit is not None and given_net:
        tries |= {(sign * Fraction(net_limit) - kept_net) / given_net for sign in (1, -1)}

    def excess(share: Fraction) -> tuple[Fraction, Fraction, Fraction]:
        over = max(Fraction(0), kept_gross + share * given_gross - gross_limit)
        net = abs(kept_net + share * given_net)
        return over, max(Fraction(0), net - Fraction(net_limit)) if net_limit is not None else Fraction(0), -share

    return min((one for one in tries if 0 <= one <= 1), key=excess)


def execute(twin: Twin, t: int, at_open: bool) -> None:
    due = [asset for asset in twin.waiting if twin.draft.market.there[t, asset]]
    due.sort()
    equity = twin.worth(t, at_open)
    for asset in due:
        units, smaller = twin.units(asset), Fraction(0)
        if units * twin.waiting[asset] > 0:
            smaller = max(smaller, size_of(twin, t, asset, equity, at_open))
        if smaller * (1 + _TRIFLE) < abs(units):
            deal(twin, t, asset, (smaller if units > 0 else -smaller) - units, at_open, Cause.REBALANCE)
    equity = twin.worth(t, at_open)
    held = {asset: abs(twin.units(asset)) for asset in due}
    goals = {asset: size_of(twin, t, asset, equity, at_open) for asset in due if twin.waiting[asset]}
    goals = {asset: goal for asset, goal in goals.items() if goal > held[asset] * (1 + _TRIFLE)}
    order_fee = Fraction(twin.account.fee_per_trade)
    outlays = {asset: (goal - held[asset]) * cost(twin, t, asset, at_open) + order_fee for asset, goal in goals.items()}
    gross = sum((abs(twin.value(asset, t, at_open)) for asset in twin.assets), Fraction(0))
    room = Fraction(twin.account.leverage) * equity - gross
    for asset in goals:
        goal = goals[asset]
        if sum(outlays.values()) > room * (1 + _TRIFLE):
            less = outlays[asset] * max(Fraction(0), room) / sum(outlays.values()) - order_fee
            goal = in_lots(twin, asset, held[asset] + less / cost(twin, t, asset, at_open))
        if goal > held[asset] * (1 + _TRIFLE):
            units = goal - held[asset]
            deal(twin, t, asset, units if twin.waiting[asset] > 0 else -units, at_open, Cause.REBALANCE)
    for asset in due:
        del twin.waiting[asset]


def cost(twin: Twin, t: int, asset: int, at_open: bool) -> Fraction:
    buys = twin.waiting[asset] > 0
    return filled(twin.account, twin.price(asset, t, at_open), buys) * (1 + fee_rate(twin.account, buys))


def size_of(twin: Twin, t: int, asset: int, equity: Fraction, at_open: bool) -> Fraction:
    paid = abs(twin.waiting[asset]) * equity - Fraction(twin.account.fee_per_trade)
    return in_lots(twin, asset, paid / cost(twin, t, asset, at_open))


def in_lots(twin: Twin, asset: int, size: Fraction) -> Fraction:
    lots = twin.draft.rebalancing.lots
    lot = Fraction(lots[asset] if lots else twin.account.lot)
    if not lot:
        return size
    number = size / lot
    if abs(number - round(number)) <= _NEAR * max(Fraction(1), abs(number)) and number:
        raise TooCloseError
    return floor(number) * lot


def pay_carry(twin: Twin, t: int, asset: int) -> None:
    account, value = twin.account, twin.value(asset, t, at_open=False)
    funding = value * bps(account.funding_bps_per_bar)
    borrow = (
        -value * bps(account.borrow_bps_per_year) / Fraction(account.periods_per_year) if value < 0 else Fraction(0)
    )
    if funding + borrow:
        twin.payments.append((asset, -funding - borrow))


def drawdown(equity: list[Fraction], initial: Fraction) -> Fraction:
    """Return the deepest fall, by looking at every pair."""
    line = [initial, *equity]
    return max(1 - low / high for n, high in enumerate(line) for low in line[n:])
