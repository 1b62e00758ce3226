"""The statistics against their definitions: a hand calculation, and the whole lists where the oracle has sums."""

import math
import statistics as reference
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ta.simulation import Account, Sizing, simulate
from dynamic_ta.simulation.drawdowns import drawdowns_of
from tests.dynamic_ta.simulation.drawn import rough_account
from tests.dynamic_ta.simulation.made import flat, random_signals, walk, when

FREE = Account(initial_cash=1000, fee_bps=0)


def test_a_small_story_is_what_it_is_by_hand() -> None:
    """Ten units are bought at 10 and sold at 15, then bought at 20 and sold at 18: 1000 + 50 - 20.

    At the closes: 1000, 1000, 1050 (sold at the open), 1050, 1030, 1030. Five returns: 0, 1/20, 0, -2/105, 0, with a
    mean of 13/2100, and of squares 1/400 and 4/11025. The year has 5 bars, so the whole is one year.
    """
    account = replace(FREE, sizing=Sizing.UNITS, size=10, periods_per_year=5)
    bars = flat(10, 10, 15, 20, 18, 18)
    got = simulate(bars, when(6, enter_long=[0, 2], exit_long=[1, 3]), account).statistics
    squares = 1 / 400 + 4 / 11025
    deviation = math.sqrt((squares - 5 * (13 / 2100) ** 2) / 4)
    assert got.total_return == pytest.approx(0.03)
    assert got.cagr == pytest.approx(0.03)
    assert got.volatility == pytest.approx(math.sqrt(5) * deviation)
    assert got.sharpe == pytest.approx(math.sqrt(5) * (13 / 2100) / deviation)
    assert got.sortino == pytest.approx(math.sqrt(5) * (13 / 2100) / math.sqrt(4 / 11025 / 5))
    assert got.max_drawdown == pytest.approx(20 / 1050)
    assert got.calmar == pytest.approx(0.03 / (20 / 1050))
    assert got.max_drawdown_bars == 2
    assert (got.win_rate, got.profit_factor, got.expectancy) == pytest.approx((0.5, 2.5, 15))
    assert got.average_trade == pytest.approx((0.5 - 0.1) / 2)
    assert got.exposure == pytest.approx(2 / 6)
    # 100 + 150 + 200 + 180 traded in a year, over the mean of the six equities.
    assert got.turnover == pytest.approx(630 / (6160 / 6))
    assert (got.trades, got.open_trade, got.unfilled) == (2, False, 0)


def test_without_a_trade_what_needs_one_is_undefined() -> None:
    got = simulate(flat(10, 11, 12), when(3), FREE).statistics
    assert (got.total_return, got.volatility, got.max_drawdown, got.exposure, got.turnover) == (0, 0, 0, 0, 0)
    undefined = (
        got.sharpe,
        got.sortino,
        got.calmar,
        got.win_rate,
        got.profit_factor,
        got.expectancy,
        got.average_trade,
    )
    assert np.isnan(undefined).all()


def test_returns_that_are_all_alike_have_no_sharpe_ratio() -> None:
    """All in from the first close, each close 10 % higher: no spread but that of rounding."""
    bars = flat(*(100 * 1.1**t for t in range(50)))
    got = simulate(bars, when(50, enter_long=[0]), replace(FREE, execution="close")).statistics  # type: ignore[arg-type]
    assert got.total_return == pytest.approx(1.1**49 - 1)
    assert math.isnan(got.sharpe)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_every_statistic_follows_from_the_equity_and_the_trades(seed: int) -> None:
    bars, account = walk(250, seed), rough_account(seed)
    result = simulate(bars, random_signals(250, seed, rate=0.2), account)
    got, equity = result.statistics, result.equity.tolist()
    year = account.periods_per_year
    returns = [after / before - 1 if before > 0 else 0.0 for before, after in pairwise(equity)]
    closed = [trade for trade in result.trades if not trade.open]
    won = [trade.net for trade in closed if trade.net > 0]
    lost = [trade.net for trade in closed if trade.net <= 0]
    downside = math.sqrt(sum(min(value, 0) ** 2 for value in returns) / len(returns))
    growth = equity[-1] / account.initial_cash
    expected = {
        "total_return": growth - 1,
        "cagr": growth ** (year / 249) - 1 if growth > 0 else -1,
        "volatility": math.sqrt(year) * reference.stdev(returns),
        "sharpe": math.sqrt(year) * reference.fmean(returns) / reference.stdev(returns) if any(returns) else math.nan,
        "sortino": math.sqrt(year) * reference.fmean(returns) / downside if downside else math.nan,
        "max_drawdown": max([0.0, *(fall.depth for fall in result.drawdowns)]),
        "win_rate": len(won) / len(closed) if closed else math.nan,
        "profit_factor": sum(won) / -sum(lost) if sum(lost) < 0 else math.nan,
        "expectancy": reference.fmean(trade.net for trade in closed) if closed else math.nan,
        "average_trade": reference.fmean(t.net / t.quantity / t.entry_price for t in closed) if closed else math.nan,
        "exposure": sum(t.exit_bar - t.entry_bar + t.open for t in result.trades) / 250,
        "trades": len(closed),
        "open_trade": len(closed) < len(result.trades),
    }
    expected["calmar"] = expected["cagr"] / expected["max_drawdown"] if result.drawdowns else math.nan
    for name, wanted in expected.items():
        assert getattr(got, name) == pytest.approx(wanted, rel=1e-7, abs=1e-9, nan_ok=True), name
    sides = [(trade.entry_price, trade.quantity) for trade in result.trades]
    sides += [(trade.exit_price, trade.quantity) for trade in closed]
    traded = math.fsum(price * quantity for price, quantity in sides)
    assert result.totals.traded == pytest.approx(traded, rel=1e-9)
    if got.max_drawdown > 0:
        deepest = max(result.drawdowns, key=lambda fall: fall.depth)
        assert got.max_drawdown_bars == (250 if deepest.end is None else deepest.end) - deepest.start - 1


def test_of_two_falls_that_are_as_deep_the_first_is_the_deepest() -> None:
    """All in at 10: the equity falls to a half at bar 2 for one close, and again at bar 4 to the end."""
    got = simulate(flat(10, 10, 5, 10, 5, 5), when(6, enter_long=[0]), FREE).statistics
    assert (got.max_drawdown, got.max_drawdown_bars) == (0.5, 1)


def test_drawdowns_have_a_start_a_trough_an_end_and_a_depth() -> None:
    falls = drawdowns_of(np.array([90.0, 100, 110, 99, 88, 99, 110, 120, 60, 60, 90]), 100)
    assert [(fall.start, fall.trough, fall.end) for fall in falls] == [(-1, 0, 1), (2, 4, 6), (7, 8, None)]
    assert [fall.depth for fall in falls] == pytest.approx([0.1, 0.2, 0.5])
    assert drawdowns_of(np.array([100.0, 100, 101]), 100) == ()
