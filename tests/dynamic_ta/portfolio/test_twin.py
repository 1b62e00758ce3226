"""The oracle against its twin in fractions."""

from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dynamic_ta.portfolio import Cause
from tests.dynamic_ta.portfolio.drawn import rough
from tests.dynamic_ta.portfolio.twin import TooCloseError, Twin, drawdown, told

SEEDS = st.integers(0, 2**32 - 1)
BARS = 14


def both(seed: int) -> Twin:
    try:
        return told(rough(seed, n_bars=BARS))
    except TooCloseError:
        assume(False)
        raise


@settings(deadline=None, max_examples=20)
@given(SEEDS)
def test_every_order_and_the_equity_are_those_of_the_twin(seed: int) -> None:
    twin = both(seed)
    found, cash = twin.draft.told(), twin.account.initial_cash
    assert [(order.bar, order.asset, order.cause) for order in found.orders] == [
        (deal.bar, deal.asset, deal.cause) for deal in twin.deals
    ]
    # What is traded is a difference of positions, and those of sums of money: each is held to the largest of these.
    money = max([cash, *(float(abs(deal.units * deal.price)) for deal in twin.deals)])
    for order, deal in zip(found.orders, twin.deals, strict=True):
        assert order.price == pytest.approx(float(deal.price), rel=1e-12)
        assert order.quantity == pytest.approx(float(deal.units), abs=1e-12 * money / order.price)
        assert order.fee == pytest.approx(float(deal.fee), abs=1e-12 * money)
    assert found.equity.tolist() == pytest.approx([float(one) for one in twin.equity], rel=1e-12, abs=1e-12 * money)
    earned = [float(twin.earned(asset)) for asset in twin.assets]
    assert found.contributions.tolist() == pytest.approx(earned, abs=1e-12 * money)
    assert found.totals.fall == pytest.approx(float(drawdown(twin.equity, Fraction(cash))), abs=1e-11)
    traded = float(sum(abs(deal.units) * deal.price for deal in twin.deals))
    assert found.totals.traded == pytest.approx(traded, rel=1e-12, abs=1e-12 * money)


def test_drawn_portfolios_do_what_there_is_to_do() -> None:
    """Of forty: liquidations, turns, orders that waited, purchases that were cut, and many orders."""
    drafts = [rough(seed, n_bars=BARS) for seed in range(40)]
    orders = [order for draft in drafts for order in draft.told().orders]
    assert len(orders) > 500
    assert {order.cause for order in orders} == set(Cause)
    assert sum(not draft.market.there.all() for draft in drafts) > 8
    assert sum(draft.told().gross.max(initial=0) >= 0.97 * draft.account.leverage for draft in drafts) > 5
