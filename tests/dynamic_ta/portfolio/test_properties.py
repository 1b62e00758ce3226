"""What holds for every portfolio."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ta.portfolio import Cause, Rebalancing, align, wanted_of
from dynamic_ta.simulation import Account, Execution, Reason, Signals, simulate
from tests.dynamic_ta.portfolio.drawn import Draft, first_rows, market_of, rough
from tests.dynamic_ta.simulation.drawn import rough_account
from tests.dynamic_ta.simulation.made import random_signals, walk

SEEDS = st.integers(0, 2**32 - 1)
EXAMPLES = 20


@settings(deadline=None, max_examples=EXAMPLES)
@given(SEEDS)
def test_cash_and_positions_are_the_equity_and_contributions_its_change(seed: int) -> None:
    draft = rough(seed)
    found = draft.told()
    close = np.where(found.positions != 0, draft.market.close, 0.0)
    scale = draft.account.initial_cash * 1e-12 + 1e-12 * np.abs(found.positions * close).sum(axis=1)
    assert (np.abs(found.cash + (found.positions * close).sum(axis=1) - found.equity) <= scale).all()
    change = found.equity[-1] - draft.account.initial_cash
    assert found.contributions.sum() == pytest.approx(change, abs=1e-10 * (found.totals.traded + found.equity[0]))
    assert found.costs.sum() == pytest.approx(found.totals.costs, rel=1e-12)
    bought = np.zeros(draft.market.n_assets)
    for order in found.orders:
        bought[order.asset] += order.quantity
    np.testing.assert_allclose(bought, found.positions[-1], rtol=1e-9, atol=1e-7)


@settings(deadline=None, max_examples=EXAMPLES)
@given(SEEDS)
def test_orders_are_made_where_there_is_a_bar_and_what_shrinks_comes_first(seed: int) -> None:
    draft = rough(seed)
    held = np.zeros(draft.market.n_assets)
    enlarged: set[int] = set()
    for order in draft.told().orders:
        assert draft.market.there[order.bar, order.asset]
        after = held[order.asset] + order.quantity
        shrinks = abs(after) < abs(held[order.asset])
        if order.cause is Cause.REBALANCE:
            assert not (shrinks and order.bar in enlarged)
        if not shrinks:
            enlarged.add(order.bar)
        held[order.asset] = 0.0 if abs(after) < 1e-9 * abs(order.quantity) else after


@settings(deadline=None, max_examples=EXAMPLES)
@given(SEEDS)
def test_without_credit_no_cash_is_owed(seed: int) -> None:
    draft = rough(seed, debts=False)
    draft = replace(draft, account=replace(draft.account, funding_bps_per_bar=0.0))
    found = draft.told()
    assert found.cash.min() >= -1e-9 * draft.account.initial_cash
    assert (found.positions >= 0).all()


@settings(deadline=None, max_examples=EXAMPLES)
@given(SEEDS, st.integers(1, 59))
def test_what_comes_later_leaves_the_past_as_it_was(seed: int, count: int) -> None:
    whole, part = rough(seed), first_rows(rough(seed), count)
    found, before = whole.told(), part.told()
    assert before.equity.tolist() == found.equity[:count].tolist()
    assert before.orders == found.orders[: len(before.orders)]
    assert all(order.bar >= count for order in found.orders[len(before.orders) :])


@settings(deadline=None, max_examples=EXAMPLES)
@given(SEEDS)
def test_the_order_of_the_assets_changes_nothing(seed: int) -> None:
    draft = rough(seed, gaps=True)
    # A quantity that is a whole number of lots but for rounding may be one more or less.
    draft = replace(draft, account=replace(draft.account, lot=0.0), rebalancing=replace(draft.rebalancing, lots=()))
    swap = np.random.default_rng(seed).permutation(draft.market.n_assets)
    market = align([draft.market.assets[i] for i in swap])
    exits = None if draft.exits is None else draft.exits[:, swap].copy()
    other = replace(draft, market=market, targets=draft.targets[:, swap].copy(), exits=exits)
    found, swapped = draft.told(), other.told()
    scale = draft.account.initial_cash + np.abs(found.equity).max()
    np.testing.assert_allclose(swapped.equity, found.equity, rtol=1e-9, atol=1e-9 * scale)
    np.testing.assert_allclose(swapped.contributions, found.contributions[swap], rtol=1e-8, atol=1e-9 * scale)
    assert sorted((order.bar, int(swap[order.asset])) for order in swapped.orders) == sorted(
        (order.bar, order.asset) for order in found.orders
    )


@settings(deadline=None, max_examples=EXAMPLES)
@given(SEEDS)
def test_twice_the_money_and_lots_are_twice_the_orders(seed: int) -> None:
    draft = rough(seed)
    account, rebalancing = draft.account, draft.rebalancing
    double = replace(
        draft,
        account=replace(
            account,
            initial_cash=2 * account.initial_cash,
            lot=2 * account.lot,
            fee_per_trade=2 * account.fee_per_trade,
        ),
        rebalancing=replace(rebalancing, lots=tuple(2 * lot for lot in rebalancing.lots)),
    )
    found, more = draft.told(), double.told()
    assert more.equity.tolist() == (2 * found.equity).tolist()
    assert [(order.bar, order.asset, order.quantity) for order in more.orders] == [
        (order.bar, order.asset, 2 * order.quantity) for order in found.orders
    ]


def alone(seed: int) -> tuple[Draft, Signals, Account]:
    """Return one asset with a target at each close at which the side changes, the signals, and the account with stops.

    After an exit within a bar the side may be the same again at its close: then, too, there is a target.
    """
    bars, signals = walk(120, seed, volatility=0.01), replace(random_signals(120, seed), size=None)
    drawn = rough_account(seed)
    account = replace(
        rough(seed).account,
        leverage=1.0,
        maintenance=0.0,
        execution=drawn.execution,
        fee_per_trade=drawn.fee_per_trade,
    )
    stops = replace(
        account,
        stop_percent=drawn.stop_percent,
        trailing_percent=drawn.trailing_percent,
        target_percent=drawn.target_percent,
        time_exit_bars=drawn.time_exit_bars,
    )
    wanted = wanted_of(bars, signals, stops)
    sides = wanted.sides.astype(np.float64)
    changed = (np.diff(sides, prepend=0.0) != 0) | ~np.isnan(wanted.exits)
    targets = np.where(changed, sides, np.nan)[:, None]
    return Draft(market_of(bars), targets, account, Rebalancing(), wanted.exits[:, None]), signals, stops


@settings(deadline=None, max_examples=EXAMPLES)
@given(SEEDS, st.sampled_from([0.3, 1.0]))
def test_one_asset_alone_trades_as_a_simulation_of_it_does(seed: int, size: float) -> None:
    draft, signals, stops = alone(seed)
    wanted = simulate(draft.market.assets[0], signals, replace(stops, size=size))
    found = replace(draft, targets=draft.targets * size).told()
    assert not any(trade.reason is Reason.LIQUIDATION for trade in wanted.trades)
    deals = []
    for trade in wanted.trades:
        deals.append((trade.entry_bar, trade.side * trade.quantity, trade.entry_price))
        if not trade.open:
            deals.append((trade.exit_bar, -trade.side * trade.quantity, trade.exit_price))
    assert [order.bar for order in found.orders] == [bar for bar, _, _ in deals]
    for order, (_, quantity, price) in zip(found.orders, deals, strict=True):
        assert (order.quantity, order.price) == pytest.approx((quantity, price), rel=1e-12)
    np.testing.assert_allclose(found.equity, wanted.equity, rtol=1e-12)
    for (name, value), (_, other) in zip(found.statistics.columns(), wanted.statistics.columns(), strict=True):
        assert value == pytest.approx(other, rel=1e-7, abs=1e-9, nan_ok=True), name


def test_one_asset_alone_trades_often_on_both_sides() -> None:
    trades = [simulate(d.market.assets[0], s, stops).trades for d, s, stops in map(alone, range(20))]
    assert min(map(len, trades)) > 3
    assert {trade.reason for told in trades for trade in told} >= {Reason.STOP, Reason.TRAILING, Reason.TARGET}
    assert {Execution.CLOSE, Execution.NEXT_OPEN} == {alone(seed)[0].account.execution for seed in range(20)}
