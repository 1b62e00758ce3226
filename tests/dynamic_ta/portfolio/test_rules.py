"""What happens at a bar, each rule worked out by hand."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dynamic_ta.portfolio import Cause, Market, Rebalancing, TargetsError, align, simulate_portfolio
from dynamic_ta.simulation import Account, AccountError, Execution
from tests.dynamic_ta.portfolio.drawn import market_of
from tests.dynamic_ta.simulation.made import flat, ohlc

FREE = Account(initial_cash=1000, fee_bps=0)
NAN = math.nan


def deals(market: Market, targets: list[list[float]], account: Account = FREE, **terms: Any) -> list[object]:
    """Return each order as (bar, asset, units)."""
    found = simulate_portfolio(market, np.array(targets, np.float64), account, Rebalancing(**terms))
    return [(order.bar, order.asset, pytest.approx(order.quantity)) for order in found.orders]


def test_weights_of_a_close_are_bought_at_the_next_open() -> None:
    """600 of 1000 at 10 and 400 at 20."""
    market = market_of(flat(10, 10), flat(20, 20))
    assert deals(market, [[0.6, 0.4], [0, 0]]) == [(1, 0, 60), (1, 1, 20)]


def test_positions_that_drifted_are_brought_back_what_shrinks_first() -> None:
    """50 units at 10 and 25 at 20; at 20 and 20 that is 1000 + 500, so 750 each: 37.5 units, 12.5 sold, 12.5 bought."""
    market = market_of(flat(20, 20, 20, 20), flat(10, 10, 20, 20))
    targets = [[0.5, 0.5], [NAN, NAN], [0.5, 0.5], [NAN, NAN]]
    found = simulate_portfolio(market, np.array(targets), FREE)
    assert [(order.bar, order.asset, order.quantity) for order in found.orders] == [
        (1, 0, 25),
        (1, 1, 50),
        (3, 1, -12.5),
        (3, 0, 12.5),
    ]
    assert found.equity.tolist() == [1000, 1000, 1500, 1500]
    assert found.contributions.tolist() == [0, 500]
    assert found.gross.tolist() == [0, 1, 1, 1]
    assert found.turnover.tolist() == [0, 1, 0, 500 / 1500]


def test_costs_are_part_of_the_weight() -> None:
    """With a fee of 1/4 and a slippage of 1/4 a unit at 8 takes 8 * 5/4 * 5/4 = 12.5 of the half of 1000."""
    account = replace(FREE, fee_bps=2500, slippage_bps=2500)
    market = market_of(flat(8, 8))
    found = simulate_portfolio(market, np.array([[0.5], [NAN]]), account)
    assert found.orders[0].quantity == 40
    assert found.orders[0].fee == 40 * 10 / 4
    assert found.cash[-1] == 500


def test_lots_are_each_assets_own_and_round_down() -> None:
    """333.3 of 1000: 33.3 units at 10 in lots of 5 are 30; 333.3 at 10 in lots of 4 are 32."""
    market = market_of(flat(10, 10), flat(10, 10))
    third = 1 / 3
    assert deals(market, [[third, third], [NAN, NAN]], lots=(5.0, 4.0)) == [(1, 0, 30), (1, 1, 32)]


def test_targets_beyond_the_leverage_are_all_scaled_by_one_factor() -> None:
    """Gross 1.5 + 0.5 = 2 under a leverage of 1: halved."""
    market = market_of(flat(10, 10), flat(10, 10))
    assert deals(market, [[1.5, -0.5], [NAN, NAN]]) == [(1, 0, 75), (1, 1, -25)]


def test_targets_beyond_the_net_limit_are_all_scaled_by_one_factor() -> None:
    """Net 0.75 - 0.25 = 0.5 under a limit of 0.25: halved."""
    market = market_of(flat(10, 10), flat(10, 10))
    assert deals(market, [[0.75, -0.25], [NAN, NAN]], net=0.25) == [(1, 0, 37.5), (1, 1, -12.5)]


def test_what_has_no_target_keeps_its_room_under_the_limit() -> None:
    """The first holds 0.75; of the second's 0.5 there is room for half."""
    market = market_of(flat(10, 10, 10), flat(10, 10, 10))
    assert deals(market, [[0.75, NAN], [NAN, 0.5], [NAN, NAN]]) == [(1, 0, 75), (2, 1, 25)]


def test_purchases_that_a_gap_makes_too_large_are_all_scaled_by_one_factor() -> None:
    """Half of 1000 is kept in an asset that opens at twice its price: 1500, of which 1000 are held.

    Targets of 1/4 each of the other two are 375 + 375, and room for 1500 - 1000 is left: two thirds, 250 each.
    """
    market = market_of(flat(10, 10, 20), flat(10, 10, 10), flat(10, 10, 10))
    targets = [[0.5, NAN, NAN], [NAN, 0.25, 0.25], [NAN, NAN, NAN]]
    assert deals(market, targets) == [(1, 0, 50), (2, 1, 25), (2, 2, 25)]


def test_a_schedule_names_the_closes_at_which_targets_count() -> None:
    market = market_of(flat(10, 10, 10, 10, 10))
    assert deals(market, [[0.5], [1], [0.25], [1], [1]], every=2) == [(1, 0, 50), (3, 0, -25)]


def test_a_band_rebalances_only_what_drifted_beyond_it() -> None:
    """50 of 100 units' worth in an asset that doubles: 2/3 of the equity, 1/6 above its target."""
    market = market_of(flat(10, 10, 11, 20, 20))
    targets = [[0.5]] * 5
    found = deals(market, targets, every=None, band=0.125)
    # At 20 the equity is 500 + 1000; half of it is 37.5 units.
    assert found == [(1, 0, 50), (4, 0, -12.5)]


def test_an_order_waits_for_the_assets_next_bar() -> None:
    late = flat(10, 10, 12)
    gappy = replace(late, name="gappy", time=late.time + np.array([0, 1, 1]) * np.timedelta64(1, "D"))
    market = align([flat(1, 1, 1, 1), gappy])
    assert market.there[:, 1].tolist() == [True, False, True, True]
    assert deals(market, [[NAN, 0.5], [NAN, NAN], [NAN, NAN], [NAN, 0]]) == [(2, 1, 50)]


def test_a_short_that_eats_the_margin_is_closed_with_all_else() -> None:
    """1000 short at 10 and 500 long at 10 on 1000: at 14 the short has lost 400, and 600 is 0.316 of 1400 + 500."""
    account = replace(FREE, leverage=2, maintenance=0.35)
    market = market_of(flat(10, 10, 10, 14, 14), flat(10, 10, 10, 10, 10))
    targets = [[-1, 0.5], *[[NAN, NAN]] * 4]
    found = simulate_portfolio(market, np.array(targets), account)
    assert [(order.bar, order.asset, order.quantity, order.cause) for order in found.orders[2:]] == [
        (3, 0, 100, Cause.LIQUIDATION),
        (3, 1, -50, Cause.LIQUIDATION),
    ]
    assert found.equity[-1] == 600


def test_an_exit_within_a_bar_is_at_its_price_whatever_the_schedule() -> None:
    """50 of each are bought at 10. The first is left at 9 within bar 2, which closes at 8; the second stays."""
    first, second = ohlc(*[(10, 10, 10, 10)] * 2, (10, 10, 8, 8), (8, 8, 8, 8)), flat(10, 10, 10, 10)
    exits = np.full((4, 2), NAN)
    exits[2, 0] = 9
    market, targets = market_of(first, second), np.full((4, 2), 0.5)
    found = simulate_portfolio(market, targets, FREE, Rebalancing(every=10), exits)
    assert [(order.bar, order.asset, order.quantity, order.price, order.cause) for order in found.orders] == [
        (1, 0, 50, 10, Cause.REBALANCE),
        (1, 1, 50, 10, Cause.REBALANCE),
        (2, 0, -50, 9, Cause.EXIT),
    ]
    assert found.equity.tolist() == [1000, 1000, 950, 950]
    assert found.contributions.tolist() == [-50, 0]
    assert (found.statistics.trades, found.totals.lost) == (1, -50)


def test_an_exit_comes_after_the_orders_of_the_open_and_drops_what_waits() -> None:
    """Bought at the open at 10 and left at 11 in one bar. Where orders are at the close, what waited is dropped."""
    exits = np.array([[NAN], [11.0], [NAN]])
    market = market_of(ohlc((10, 10, 10, 10), (10, 12, 10, 12), (12, 12, 12, 12)))
    targets = np.array([[1.0], [NAN], [NAN]])
    told = simulate_portfolio(market, targets, FREE, exits=exits)
    assert [(order.bar, order.quantity, order.price) for order in told.orders] == [(1, 100, 10), (1, -100, 11)]
    late = flat(10, 12)
    gappy = replace(late, name="gappy", time=late.time + np.array([0, 1]) * np.timedelta64(1, "D"))
    both = align([flat(1, 1, 1), gappy])
    wanted = np.array([[NAN, NAN], [NAN, 0.5], [NAN, NAN]])
    account = replace(FREE, execution=Execution.CLOSE)
    assert len(simulate_portfolio(both, wanted, account).orders) == 1
    dropped = np.array([[NAN, NAN], [NAN, NAN], [NAN, 12.0]])
    assert simulate_portfolio(both, wanted, account, exits=dropped).orders == ()


def test_a_position_is_turned_by_two_orders() -> None:
    """100 units are sold at 10, and what is left of 1000 after a fee of 1/4 * 1000 is sold short, its fee paid."""
    account = replace(FREE, fee_bps=2500)
    found = simulate_portfolio(market_of(flat(10, 10, 10)), np.array([[1.0], [-1], [NAN]]), account)
    # 1000 buys 80 at 12.5. Sold: 800 - 200 = 600 are left, which is 48 units at 12.5.
    assert [order.quantity for order in found.orders] == [80, -80, -48]
    assert found.statistics.trades == 1
    assert found.totals.won + found.totals.lost == -400


def test_borrow_and_funding_are_paid_at_each_close() -> None:
    """A short of 500 pays 1/100 a bar less a funding of 1/200, a long of 500 the funding: 2.50 each, two closes."""
    account = replace(FREE, borrow_bps_per_year=10_000, periods_per_year=100, funding_bps_per_bar=50)
    market = market_of(flat(10, 10, 10), flat(10, 10, 10))
    found = simulate_portfolio(market, np.array([[0.5, -0.5], [NAN, NAN], [NAN, NAN]]), account)
    assert found.equity.tolist() == [1000, 995, 990]
    assert found.contributions.tolist() == [-5, -5]
    assert found.costs.tolist() == [5, 5]


def test_execution_at_the_close_trades_at_the_close_that_decides() -> None:
    account = replace(FREE, execution=Execution.CLOSE)
    assert deals(market_of(flat(10, 20)), [[0.5], [0.5]], account) == [(0, 0, 50), (1, 0, -12.5)]


def test_what_makes_no_sense_is_refused() -> None:
    market = market_of(flat(10, 10))
    whole = np.ones((2, 1))
    with pytest.raises(AccountError, match="a stop, a target"):
        simulate_portfolio(market, whole, replace(FREE, stop_percent=3))
    single: Any = np.ones((2, 1), np.float32)
    for targets in (np.ones((3, 1)), single, whole * 1e5, whole * math.inf, whole * 1e-200):
        with pytest.raises(TargetsError):
            simulate_portfolio(market, targets, FREE)
    for exits in (np.ones((3, 1)), np.array([[NAN], [10.5]]), np.array([[NAN], [-math.inf]])):
        with pytest.raises(TargetsError, match="exit"):
            simulate_portfolio(market, whole, FREE, exits=exits)
    with pytest.raises(TargetsError, match="2 lots for 1 assets"):
        simulate_portfolio(market, whole, FREE, Rebalancing(lots=(1, 1)))
    wrong: list[dict[str, Any]] = [{"every": None}, {"every": 0}, {"band": 0.0}, {"net": -1.0}, {"lots": (-1.0,)}]
    for terms in wrong:
        with pytest.raises(TargetsError):
            Rebalancing(**terms)
