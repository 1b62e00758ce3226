"""One scenario a rule, worked out by hand. Accounts start with 1000, and pay nothing unless it is said."""

from dataclasses import replace

import numpy as np
import pytest

from dynamic_ta.simulation import Account, Execution, Reason, Signals, Simulation, Sizing, Trade, simulate
from tests.dynamic_ta.simulation.made import Bar, flat, ohlc, when

FREE = Account(initial_cash=1000, fee_bps=0)
CLOSE = replace(FREE, execution=Execution.CLOSE)
ONE = replace(FREE, sizing=Sizing.UNITS, size=1)
SHORT_ONE = replace(ONE, leverage=2)
NAN = float("nan")
RISING = ohlc((10, 11, 9, 10), (12, 13, 11, 12.5), (14, 15, 13, 14), (16, 17, 15, 16))


def only(result: Simulation) -> Trade:
    (trade,) = result.trades
    return trade


def story(result: Simulation) -> list[tuple[int, int, int, Reason]]:
    return [(trade.side, trade.entry_bar, trade.exit_bar, trade.reason) for trade in result.trades]


def bought_at_10(*later: Bar, account: Account = ONE, **lines: object) -> Simulation:
    """Decide at the close of bar 0 to buy one at 10, the open of bar 1."""
    rows = ((10.0, 10.0, 10.0, 10.0), *later)
    return simulate(ohlc(*rows), when(len(rows), enter_long=[0], **lines), account)  # type: ignore[arg-type]


def sold_at_10(*later: Bar, account: Account = SHORT_ONE, **lines: object) -> Simulation:
    """Decide at the close of bar 0 to sell one short at 10, the open of bar 1."""
    rows = ((10.0, 10.0, 10.0, 10.0), *later)
    return simulate(ohlc(*rows), when(len(rows), enter_short=[0], **lines), account)  # type: ignore[arg-type]


# Execution


def test_a_decision_is_executed_at_the_next_open() -> None:
    """1000 / 12 units bought at the open of bar 1, sold for 16 at the open of bar 3: 1000 * 16 / 12 is 1333.33."""
    result = simulate(RISING, when(4, enter_long=[0], exit_long=[2]), FREE)
    assert story(result) == [(1, 1, 3, Reason.SIGNAL)]
    assert (only(result).entry_price, only(result).exit_price) == (12, 16)
    assert only(result).quantity == pytest.approx(1000 / 12)
    np.testing.assert_allclose(result.equity, [1000, 1000 / 12 * 12.5, 1000 / 12 * 14, 1000 / 12 * 16])


def test_or_at_the_close_that_decides() -> None:
    result = simulate(RISING, when(4, enter_long=[0], exit_long=[2]), CLOSE)
    assert story(result) == [(1, 0, 2, Reason.SIGNAL)]
    assert (only(result).entry_price, only(result).exit_price) == (10, 14)


def test_the_last_decision_has_no_next_open_but_it_has_a_close() -> None:
    signals = when(4, enter_long=[3])
    assert simulate(RISING, signals, FREE).trades == ()
    assert story(simulate(RISING, signals, CLOSE)) == [(1, 3, 3, Reason.END)]


def test_an_open_position_is_marked_at_the_last_close_without_what_an_exit_costs() -> None:
    """One bought at 12 with a fee of 1 % (0.12) is worth 16 at the end: 1000 - 12.12 + 16 = 1003.88."""
    result = simulate(RISING, when(4, enter_long=[0]), replace(ONE, fee_bps=100))
    assert story(result) == [(1, 1, 3, Reason.END)]
    assert only(result).open
    assert (only(result).gross, only(result).costs, only(result).net) == pytest.approx((4, 0.12, 3.88))
    assert result.equity[-1] == pytest.approx(1003.88)
    assert (result.statistics.trades, result.statistics.open_trade) == (0, True)


# Conflicts


def test_an_entry_whose_own_exit_rule_is_true_is_not_made() -> None:
    assert simulate(RISING, when(4, enter_long=[0], exit_long=[0]), FREE).trades == ()
    assert simulate(RISING, when(4, enter_short=[0], exit_short=[0]), FREE).trades == ()


def test_both_entries_at_once_are_none_and_leave_what_is_held_as_it_is() -> None:
    assert simulate(RISING, when(4, enter_long=[0], enter_short=[0]), FREE).trades == ()
    held = simulate(RISING, when(4, enter_long=[0, 1], enter_short=[1]), FREE)
    assert story(held) == [(1, 1, 3, Reason.END)]


def test_an_entry_on_the_side_that_is_held_does_nothing() -> None:
    assert story(simulate(RISING, when(4, enter_long=[0, 1, 2]), FREE)) == [(1, 1, 3, Reason.END)]


def test_an_entry_on_the_other_side_turns_the_position_and_both_sides_pay() -> None:
    """Buy one at 20, sell it at 30, sell one short at 30, buy it back at 25, 10 % on each: 2, 3, 3 and 2.5."""
    account = replace(ONE, fee_bps=1000)
    result = simulate(flat(20, 20, 30, 25), when(4, enter_long=[0], enter_short=[1], exit_short=[2]), account)
    assert story(result) == [(1, 1, 2, Reason.SIGNAL), (-1, 2, 3, Reason.SIGNAL)]
    assert [(trade.gross, trade.costs) for trade in result.trades] == [(10, 5), (5, 5.5)]
    assert result.equity[-1] == pytest.approx(1000 + 10 - 5 + 5 - 5.5)


def test_a_turn_is_sized_by_what_the_exit_leaves() -> None:
    """All of 1000 at 20 is 50 units; sold at 30 they leave 1500, which is 50 units short at 30."""
    result = simulate(flat(20, 20, 30, 25), when(4, enter_long=[0], enter_short=[1]), FREE)
    assert [trade.quantity for trade in result.trades] == [50, 50]
    assert result.equity[-1] == 1500 + 50 * 5


# Costs


def test_fees_are_a_share_of_the_value_and_so_much_an_order_and_a_tax_is_on_purchases() -> None:
    """Buy one at 100: 1 % and 0.5 % tax and 2 an order is 3.5. Sell it at 200: 1 % and 2 is 4."""
    account = replace(ONE, fee_bps=100, buy_tax_bps=50, fee_per_trade=2)
    result = simulate(flat(100, 100, 200), when(3, enter_long=[0], exit_long=[1]), account)
    assert (only(result).gross, only(result).costs, only(result).net) == pytest.approx((100, 7.5, 92.5))
    assert result.totals.costs == pytest.approx(7.5)
    assert result.totals.traded == pytest.approx(300)
    # A short pays the tax where it buys: 1 % of 100 and 2; 1.5 % of 200 and 2.
    back = simulate(flat(100, 100, 200), when(3, enter_short=[0], exit_short=[1]), account)
    assert (only(back).gross, only(back).costs) == pytest.approx((-100, 8))


def test_slippage_is_against_the_trader_at_every_fill() -> None:
    """1 %: bought at 101 for an open of 100, sold at 198 for 200. Short: sold at 99, bought back at 202."""
    account = replace(ONE, slippage_bps=100)
    bars = flat(100, 100, 200)
    bought = only(simulate(bars, when(3, enter_long=[0], exit_long=[1]), account))
    assert (bought.entry_price, bought.exit_price, bought.gross) == pytest.approx((101, 198, 97))
    sold = only(simulate(bars, when(3, enter_short=[0], exit_short=[1]), account))
    assert (sold.entry_price, sold.exit_price, sold.gross) == pytest.approx((99, 202, -103))


def test_a_stop_slips_too() -> None:
    """Bought at 10.1, its stop 10 % below at 9.09 fills at 9.09 * 0.99 = 8.9991."""
    account = replace(ONE, slippage_bps=100, stop_percent=10)
    trade = only(bought_at_10((10, 10, 9, 9), account=account))
    assert (trade.entry_price, trade.exit_price) == pytest.approx((10.1, 8.9991))


def test_a_short_pays_borrow_at_each_close_that_it_is_held_at() -> None:
    """252 % a year over 252 bars is 1 % a close: of 10 at bar 1, of 20 at bar 2; out at the open of bar 3."""
    account = replace(SHORT_ONE, borrow_bps_per_year=25_200)
    result = sold_at_10((10, 10, 10, 10), (10, 20, 10, 20), (20, 20, 20, 20), account=account, exit_short=[2])
    assert only(result).costs == pytest.approx(0.3)
    np.testing.assert_allclose(result.equity, [1000, 999.9, 989.7, 989.7])
    assert only(bought_at_10((10, 10, 10, 10), account=replace(ONE, borrow_bps_per_year=25_200))).costs == 0


def test_a_long_pays_funding_and_a_short_gets_it() -> None:
    """1 % a close, two closes at 10."""
    later: tuple[Bar, ...] = ((10, 10, 10, 10), (10, 10, 10, 10))
    bought = bought_at_10(*later, account=replace(ONE, funding_bps_per_bar=100))
    sold = sold_at_10(*later, account=replace(SHORT_ONE, funding_bps_per_bar=100))
    assert (only(bought).costs, only(sold).costs) == pytest.approx((0.2, -0.2))
    assert (bought.equity[-1], sold.equity[-1]) == pytest.approx((999.8, 1000.2))


# Sizes


def test_a_fraction_of_the_equity_pays_its_costs_out_of_itself() -> None:
    """Half of 1000, less 2 an order, at 10 and 1 % a unit: 498 / 10.1 units, and 500 of cash are left."""
    account = replace(FREE, size=0.5, fee_bps=100, fee_per_trade=2)
    result = bought_at_10((10, 10, 10, 10), account=account)
    assert only(result).quantity == pytest.approx(498 / 10.1)
    assert result.equity[-1] == pytest.approx(500 + 498 / 10.1 * 10)


def test_a_lot_rounds_down() -> None:
    """1000 / 16 is 62.5 units: 62 in lots of 2, 60 in lots of 12, none in lots of 64."""
    for lot, units in ((2, 62), (12, 60), (0.25, 62.5)):
        assert only(simulate(flat(16, 16), when(2, enter_long=[0]), replace(FREE, lot=lot))).quantity == units
    nothing = simulate(flat(16, 16), when(2, enter_long=[0]), replace(FREE, lot=64))
    assert (nothing.trades, nothing.statistics.unfilled) == ((), 1)


def test_a_quantity_over_the_leverage_is_cut_to_it() -> None:
    """500 units at 10 are 5000: 1000 allow 100 of them, and 300 with credit of twice as much."""
    for leverage, units in ((1, 100), (3, 300), (9, 500)):
        account = replace(ONE, size=500, leverage=leverage)
        assert only(bought_at_10((10, 10, 10, 10), account=account)).quantity == units


def test_a_risk_is_what_the_nearest_stop_would_lose() -> None:
    """2 % of 1000 is 20. A stop 5 % below 10 loses 0.5 a unit: 40 units. A distance of 0.25 is nearer: 80 units."""
    account = replace(FREE, sizing=Sizing.RISK, size=0.02, stop_percent=5)
    later: Bar = (10, 10, 10, 10)
    assert only(bought_at_10(later, account=account)).quantity == pytest.approx(40)
    near = bought_at_10(later, account=account, stop_distance=np.array([0.25, NAN]))
    assert only(near).quantity == pytest.approx(80)
    far = sold_at_10(later, account=account, stop_distance=np.array([1, NAN]))
    assert only(far).quantity == pytest.approx(40)


def test_a_risk_without_a_stop_at_that_bar_buys_nothing() -> None:
    account = replace(FREE, sizing=Sizing.RISK, size=0.02)
    result = bought_at_10((10, 10, 10, 10), account=account, stop_distance=np.array([NAN, 1]))
    assert (result.trades, result.statistics.unfilled) == ((), 1)


def test_a_size_of_the_strategy_stands_in_for_the_accounts() -> None:
    for size, units in ((0.5, 50), (NAN, 100), (7, 100)):  # 7 times the equity is cut to the leverage
        assert only(bought_at_10((10, 10, 10, 10), account=FREE, size=np.array([size, NAN]))).quantity == units
    assert bought_at_10((10, 10, 10, 10), account=FREE, size=np.array([0, NAN])).trades == ()


# Stops


def test_a_stop_fills_at_its_price_or_at_an_open_beyond_it() -> None:
    """10 % below 10 is 9."""
    account = replace(ONE, stop_percent=10)
    touched = bought_at_10((10, 10, 9.5, 9.5), (9.5, 9.5, 9, 9.5), account=account)
    assert (story(touched), only(touched).exit_price) == ([(1, 1, 2, Reason.STOP)], 9)
    gapped = bought_at_10((10, 10, 9.5, 9.5), (8, 12, 7, 12), account=account)
    assert (story(gapped), only(gapped).exit_price) == ([(1, 1, 2, Reason.STOP)], 8)
    missed = bought_at_10((10, 10, 9.5, 9.5), (9.5, 9.5, 9.01, 9.5), account=account)
    assert story(missed) == [(1, 1, 2, Reason.END)]


def test_a_shorts_stop_is_above() -> None:
    account = replace(SHORT_ONE, stop_percent=10)
    touched = sold_at_10((10, 11, 10, 10), account=account)
    assert (story(touched), only(touched).exit_price) == ([(-1, 1, 1, Reason.STOP)], 11)
    gapped = sold_at_10((10, 10, 10, 10), (12, 12, 9, 9), account=account)
    assert (story(gapped), only(gapped).exit_price) == ([(-1, 1, 2, Reason.STOP)], 12)


def test_the_bar_of_the_entry_can_stop_it_but_not_where_the_entry_is_at_the_close() -> None:
    bars = ohlc((10, 10, 5, 10), (10, 10, 10, 10))
    assert story(simulate(bars, when(2, enter_long=[0]), replace(CLOSE, stop_percent=10))) == [(1, 0, 1, Reason.END)]
    stopped = bought_at_10((10, 10, 5, 10), account=replace(ONE, stop_percent=10))
    assert story(stopped) == [(1, 1, 1, Reason.STOP)]


def test_a_distance_is_fixed_at_the_decision() -> None:
    """2 below 10 is 8, whatever the line says later."""
    distance = np.array([2, 0.5, 0.5, 0.5])
    result = bought_at_10((10, 10, 9, 9), (9, 9, 8.5, 9), (9, 9, 8, 9), stop_distance=distance)
    assert (story(result), only(result).exit_price) == ([(1, 1, 3, Reason.STOP)], 8)


@pytest.mark.parametrize("distance", [NAN, 0, -1])
def test_a_distance_that_is_not_above_zero_is_no_stop(distance: float) -> None:
    result = bought_at_10((10, 10, 1, 1), stop_distance=np.array([distance, NAN]))
    assert story(result) == [(1, 1, 1, Reason.END)]


def test_a_trailing_stop_follows_the_high_of_the_bars_before() -> None:
    """10 % below: 9 at first, and 18 after a high of 20. That bar's own low of 17 came perhaps before its high."""
    account = replace(ONE, trailing_percent=10)
    result = bought_at_10((10, 20, 17, 19), (19, 19, 18.5, 18.5), (18.5, 30, 18, 30), account=account)
    assert (story(result), only(result).exit_price) == ([(1, 1, 3, Reason.TRAILING)], 18)


def test_a_shorts_trailing_stop_follows_the_low() -> None:
    """10 % above a low of 5 is 5.5."""
    result = sold_at_10((10, 10, 5, 5), (5, 6, 5, 6), account=replace(SHORT_ONE, trailing_percent=10))
    assert (story(result), only(result).exit_price) == ([(-1, 1, 2, Reason.TRAILING)], 5.5)


def test_a_trailing_stop_begins_at_the_entry_where_it_is_at_the_close() -> None:
    """Bought at the close of 10 after a high of 20: the stop is 9, not 18."""
    bars = ohlc((10, 20, 10, 10), (10, 10, 9.5, 9.5), (9.5, 9.5, 9, 9))
    result = simulate(bars, when(3, enter_long=[0]), replace(CLOSE, trailing_percent=10))
    assert (story(result), only(result).exit_price) == ([(1, 0, 2, Reason.TRAILING)], 9)


def test_the_nearest_of_several_stops_is_hit() -> None:
    """20 % below 10 is 8; 10 % trailing is 9, a distance of 0.5 is 9.5, and after a high of 11 trailing is 9.9."""
    account = replace(ONE, stop_percent=20, trailing_percent=10)
    distance = np.array([0.5, NAN, NAN])
    first = bought_at_10((10, 10, 5, 5), account=account, stop_distance=distance[:2])
    assert (only(first).reason, only(first).exit_price) == (Reason.STOP, 9.5)
    later = bought_at_10((10, 11, 10, 11), (11, 11, 5, 5), account=account, stop_distance=distance)
    assert only(later).reason is Reason.TRAILING
    assert only(later).exit_price == pytest.approx(9.9)


def test_a_target_fills_at_its_price_or_at_an_open_beyond_it() -> None:
    """20 % above 10 is 12; below, for a short, it is 8."""
    account = replace(SHORT_ONE, target_percent=20)
    touched = bought_at_10((10, 12, 10, 11), account=account)
    assert (story(touched), only(touched).exit_price) == ([(1, 1, 1, Reason.TARGET)], 12)
    gapped = bought_at_10((10, 11, 10, 11), (13, 13, 13, 13), account=account)
    assert (story(gapped), only(gapped).exit_price) == ([(1, 1, 2, Reason.TARGET)], 13)
    short = sold_at_10((10, 10, 8, 9), account=account)
    assert (story(short), only(short).exit_price) == ([(-1, 1, 1, Reason.TARGET)], 8)


def test_where_a_bar_touches_both_the_stop_is_taken_unless_it_opens_beyond_the_target() -> None:
    account = replace(ONE, stop_percent=10, target_percent=20)
    both = bought_at_10((10, 13, 8, 10), account=account)
    assert (only(both).reason, only(both).exit_price) == (Reason.STOP, 9)
    for at in (12, 13):
        opened = bought_at_10((10, 11, 10, 11), (at, 13, 8, 10), account=account)
        assert (only(opened).reason, only(opened).exit_price) == (Reason.TARGET, at)


def test_a_time_exit_is_so_many_bars_after_the_entry() -> None:
    bars = flat(10, 10, 10, 10, 10, 10)
    signals = when(6, enter_long=[0])
    assert story(simulate(bars, signals, replace(FREE, time_exit_bars=2))) == [(1, 1, 3, Reason.TIME)]
    assert story(simulate(bars, signals, replace(CLOSE, time_exit_bars=2))) == [(1, 0, 2, Reason.TIME)]
    late = replace(FREE, time_exit_bars=5)  # decided at the last close
    assert story(simulate(bars, signals, late)) == [(1, 1, 5, Reason.END)]


def test_an_exit_rule_at_the_same_close_is_the_reason_rather_than_the_time() -> None:
    signals = when(4, enter_long=[0], exit_long=[2])
    assert story(simulate(flat(9, 9, 9, 9), signals, replace(FREE, time_exit_bars=2))) == [(1, 1, 3, Reason.SIGNAL)]


# Margin


def test_a_leveraged_long_is_liquidated_where_its_equity_is_the_maintenance_of_its_value() -> None:
    """1000 at 4 times buys 400 at 10 on a debt of 3000. At 10 % maintenance: 400 p - 3000 = 40 p at p = 3000 / 360."""
    account = replace(FREE, leverage=4, size=4, maintenance=0.1)
    result = bought_at_10((10, 10, 8.4, 9), (9, 9, 8, 8), account=account)
    assert story(result) == [(1, 1, 2, Reason.LIQUIDATION)]
    assert only(result).exit_price == pytest.approx(3000 / 360)
    assert result.equity[-1] == pytest.approx(400 * 3000 / 360 - 3000)


def test_a_short_is_liquidated_above() -> None:
    """100 sold at 10 leave 2000 of cash. At 25 % maintenance: 2000 - 100 p = 25 p at p = 16."""
    result = sold_at_10((10, 15.9, 10, 15), (15, 17, 15, 15), account=replace(FREE, maintenance=0.25))
    assert (story(result), only(result).exit_price) == ([(-1, 1, 2, Reason.LIQUIDATION)], 16)
    assert result.equity[-1] == 400


def test_a_gap_beyond_the_liquidation_can_leave_a_debt_and_then_nothing_is_bought() -> None:
    """400 at 10 on a debt of 3000, opened at 5: 2000 - 3000 is a debt of 1000."""
    account = replace(FREE, leverage=4, size=4)
    result = bought_at_10((10, 10, 10, 10), (5, 5, 5, 5), (5, 5, 5, 5), (5, 5, 5, 5), account=account)
    assert story(result) == [(1, 1, 2, Reason.LIQUIDATION)]
    assert result.equity.tolist() == [1000, 1000, -1000, -1000, -1000]
    assert np.isnan(result.exposure[-1])
    again = simulate(flat(10, 10, 5, 5, 5), when(5, enter_long=[0, 3]), account)
    assert (len(again.trades), again.statistics.unfilled) == (1, 1)
    assert (again.statistics.total_return, again.statistics.cagr) == (-2, -1)


def test_a_stop_before_the_liquidation_is_the_one_that_is_hit() -> None:
    account = replace(FREE, leverage=4, size=4, stop_percent=5)
    result = bought_at_10((10, 10, 5, 5), account=account)
    assert (only(result).reason, only(result).exit_price) == (Reason.STOP, 9.5)
    # 25 % below 10 is 7.5, and so is 3000 / 400.
    same = bought_at_10((10, 10, 5, 5), account=replace(account, stop_percent=25))
    assert (only(same).reason, only(same).exit_price) == (Reason.STOP, 7.5)


def test_costs_of_holding_bring_the_liquidation_nearer() -> None:
    """400 at 10 on a debt of 3000; 5 % of 4000 a close is 200: then the debt is 3200, so it is 8 and not 7.5."""
    account = replace(FREE, leverage=4, size=4, funding_bps_per_bar=500)
    result = bought_at_10((10, 10, 10, 10), (10, 10, 7.9, 9), account=account)
    assert (only(result).reason, only(result).exit_price) == (Reason.LIQUIDATION, 8)


def test_an_account_without_credit_is_never_liquidated_on_the_long_side() -> None:
    result = bought_at_10((10, 10, 0.01, 0.01), account=FREE)
    assert story(result) == [(1, 1, 1, Reason.END)]


# Entering again


def test_after_a_stop_the_same_decision_does_not_enter_again() -> None:
    """Stopped at bar 2. The rule is true up to bar 3, false at 4, and true again at 5."""
    bars = ohlc(*((10, 10, 10, 10),) * 2, (10, 10, 8, 10), *((10, 10, 10, 10),) * 5)
    result = simulate(bars, when(8, enter_long=[0, 1, 2, 3, 5, 6]), replace(ONE, stop_percent=10))
    assert story(result) == [(1, 1, 2, Reason.STOP), (1, 6, 7, Reason.END)]


def test_a_rule_that_was_false_before_the_stop_is_a_new_decision_after_it() -> None:
    bars = ohlc(*((10, 10, 10, 10),) * 2, (10, 10, 8, 10), *((10, 10, 10, 10),) * 2)
    result = simulate(bars, when(5, enter_long=[0, 2]), replace(ONE, stop_percent=10))
    assert story(result) == [(1, 1, 2, Reason.STOP), (1, 3, 4, Reason.END)]


def test_after_an_exit_rule_an_entry_rule_that_stayed_true_does_not_enter_again() -> None:
    signals = when(6, enter_long=[0, 1, 2, 3, 4], exit_long=[2])
    assert story(simulate(flat(9, 9, 9, 9, 9, 9), signals, FREE)) == [(1, 1, 3, Reason.SIGNAL)]
    assert story(simulate(flat(9, 9, 9, 9, 9, 9), signals, CLOSE)) == [(1, 0, 2, Reason.SIGNAL)]


def test_the_other_side_may_be_entered_at_once() -> None:
    bars = ohlc(*((10, 10, 10, 10),) * 2, (10, 10, 8, 10), *((10, 10, 10, 10),) * 2)
    result = simulate(bars, when(5, enter_long=[0, 1], enter_short=[2]), replace(ONE, stop_percent=10))
    assert story(result) == [(1, 1, 2, Reason.STOP), (-1, 3, 4, Reason.END)]


# Lines


def test_the_exposure_is_the_signed_value_over_the_equity() -> None:
    """Half of 1000 is 50 short at 10: 500 of 1000. At 11 it is 550 of 950."""
    result = sold_at_10((10, 10, 10, 10), (11, 11, 11, 11), account=replace(FREE, size=0.5))
    np.testing.assert_allclose(result.exposure, [0, -0.5, -550 / 950])


def test_a_single_bar_has_no_returns() -> None:
    result = simulate(flat(10), Signals(*[np.ones(1, bool)] * 4), FREE)
    assert (result.trades, result.equity.tolist(), result.statistics.total_return) == ((), [1000], 0)
    assert np.isnan([result.statistics.cagr, result.statistics.sharpe, result.statistics.volatility]).all()
