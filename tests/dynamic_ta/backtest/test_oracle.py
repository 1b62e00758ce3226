"""The oracle against a hand calculation, an account kept in fractions, TA-Lib's averages, and what must always hold."""

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ta.backtest import Backtest, BacktestInputError, Rules, run_backtest
from dynamic_ta.backtest.signals import exact_sums, signals
from dynamic_ta.data import Bars, read_bars
from tests.dynamic_ta.backtest.series import bars_of, walk

FREE = Rules(fee_bps=0)

Story = list[tuple[int, int | None]]

# Few levels, so that averages often tie; the opens differ from every close.
PRICES = st.lists(st.tuples(st.sampled_from([1.0, 1.1, 2.0, 3.3, 4.7]), st.floats(0.5, 9)), min_size=4, max_size=40)


def exact_account(
    bars: Bars, fast: int, slow: int, fee_bps: int
) -> tuple[list[Fraction], list[tuple[int, int | None]]]:
    """Keep an account in fractions, one bar after the other: the equity at each close, and the trades."""
    close = [Fraction(value) for value in bars.close.tolist()]
    kept = 1 - Fraction(fee_bps, 10_000)
    cash, units = Fraction(1), Fraction(0)
    equity: list[Fraction] = []
    trades: Story = []
    for bar in range(len(close)):
        past = close[:bar]
        wanted = len(past) >= slow and sum(past[-fast:]) / fast > sum(past[-slow:]) / slow
        price = Fraction(float(bars.open[bar]))
        if wanted and not units:
            cash, units = Fraction(0), cash * kept / price
            trades.append((bar, None))
        elif units and not wanted:
            cash, units = units * price * kept, Fraction(0)
            trades[-1] = (trades[-1][0], bar)
        equity.append(cash + units * close[bar])
    return equity, trades


def story(result: Backtest) -> Story:
    return [(trade.entry_bar, None if trade.open else trade.exit_bar) for trade in result.trades]


def test_a_tiny_series_is_what_it_is_by_hand() -> None:
    """Bought at bar 2 for 10, worth 12 at its close, sold at bar 3 for 11; 1 % at each side.

    Growth at bar 2: 0.99 * 12 / 10 = 1.188. At bar 3: 0.99 * 11 / 12 = 0.9075. The four returns are 0, 0.188, -0.0925
    and 0: their mean is 0.023875, their squares add up to 0.04390025, and their variance is
    (0.04390025 - 4 * 0.023875 ** 2) / 3 = 0.0138733958.
    """
    result = run_backtest(bars_of([5, 13, 12, 12, 12], [5, 5, 10, 11, 12]), 1, 2, Rules(100, periods_per_year=4))
    assert story(result) == [(2, 3)]
    np.testing.assert_allclose(result.equity, [1, 1, 1.188, 1.07811, 1.07811], rtol=1e-15)
    got = result.statistics
    assert got.total_return == pytest.approx(0.07811, rel=1e-12)
    assert got.sharpe == pytest.approx(2 * 0.023875 / math.sqrt(0.0416201875 / 3), rel=1e-12)
    assert got.max_drawdown == pytest.approx(0.0925, rel=1e-12)
    assert (got.win_rate, got.exposure, got.trades, got.open_trade) == (1, 0.2, 1, False)
    assert result.trades[0].growth == pytest.approx(0.99**2 * 1.1, rel=1e-15)


@settings(deadline=None, max_examples=75)
@given(PRICES, st.integers(1, 5), st.integers(1, 6), st.sampled_from([0, 5, 250]))
def test_an_account_kept_in_fractions_tells_the_same_story(
    prices: list[tuple[float, float]], fast: int, more: int, fee_bps: int
) -> None:
    bars = bars_of([close for close, _ in prices], [opened for _, opened in prices])
    slow = min(fast + more, bars.n_bars)
    fast = min(fast, slow - 1)
    result = run_backtest(bars, fast, slow, Rules(fee_bps))
    equity, trades = exact_account(bars, fast, slow, fee_bps)
    assert story(result) == trades
    np.testing.assert_allclose(result.equity, [float(value) for value in equity], rtol=1e-13)
    check_statistics(result, equity, trades, fee_bps)


def check_statistics(result: Backtest, equity: list[Fraction], trades: Story, fee_bps: int) -> None:
    got, n = result.statistics, len(equity)
    assert got.total_return == pytest.approx(float(equity[-1] - 1), abs=1e-12)
    drawdown = max(1 - now / max(equity[: at + 1]) for at, now in enumerate(equity))
    assert got.max_drawdown == pytest.approx(float(drawdown), abs=1e-12)
    assert got.exposure == sum((n if last is None else last) - first for first, last in trades) / n
    closed = [(first, last) for first, last in trades if last is not None]
    assert (got.trades, got.open_trade) == (len(closed), len(closed) < len(trades))
    # With the account at 1 before the first bar, its worth just after a sale and just before a purchase:
    wins = sum(equity[last] > (equity[first - 1] if first else 1) for first, last in closed)
    assert math.isnan(got.win_rate) if not closed else got.win_rate == wins / len(closed)
    returns = [now / before - 1 for before, now in pairwise(equity)]
    mean = sum(returns) / len(returns)
    variance = sum((value - mean) ** 2 for value in returns) / (len(returns) - 1)
    if variance == 0:
        assert math.isnan(got.sharpe)
    else:
        assert got.sharpe == pytest.approx(math.sqrt(252) * float(mean) / math.sqrt(variance), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("fast", "slow"), [(20, 100), (2, 10), (50, 200)])
def test_talib_agrees_with_every_signal_that_is_not_a_near_tie(fast: int, slow: int) -> None:
    close = read_bars("sp500").close.copy()
    difference = talib.SMA(close, fast) - talib.SMA(close, slow)
    clear = np.abs(difference) > 1e-7
    assert clear.sum() > 4800
    np.testing.assert_array_equal(signals(exact_sums(close), fast, slow)[clear], difference[clear] > 0)


@pytest.mark.parametrize("price", [0.1, 1 / 3, 1234.56])
def test_a_flat_series_is_never_traded(price: float) -> None:
    result = run_backtest(bars_of([price] * 300), 7, 31, Rules())
    assert (result.trades, set(result.equity.tolist())) == ((), {1.0})
    assert math.isnan(result.statistics.sharpe)
    assert math.isnan(result.statistics.win_rate)


def test_without_fees_the_rise_that_is_held_to_the_end_is_the_rise_of_the_price() -> None:
    bars = bars_of(np.arange(1.0, 101.0))
    result = run_backtest(bars, 2, 5, FREE)
    assert story(result) == [(5, None)]
    assert result.statistics.total_return == pytest.approx(bars.close[-1] / bars.open[5] - 1, rel=1e-14)
    assert (result.statistics.trades, result.statistics.open_trade) == (0, True)
    assert result.statistics.exposure == 0.95


def test_the_last_equity_is_the_product_of_the_trades() -> None:
    result = run_backtest(read_bars("sp500"), 5, 20, Rules(7))
    assert len(result.trades) > 100
    assert result.equity[-1] == pytest.approx(math.prod(trade.growth for trade in result.trades), rel=1e-12)


@pytest.mark.parametrize("cut", [60, 333, 499])
def test_what_comes_later_leaves_the_past_as_it_was(cut: int) -> None:
    bars, other = walk(500, 1), walk(500, 2)
    mixed = bars_of(np.r_[bars.close[:cut], other.close[cut:]], np.r_[bars.open[:cut], other.open[cut:]])
    before, after = run_backtest(bars, 5, 30, Rules()), run_backtest(mixed, 5, 30, Rules())
    np.testing.assert_array_equal(before.equity[:cut], after.equity[:cut])
    assert [at for at in story(before) if (at[1] or cut) < cut] == [at for at in story(after) if (at[1] or cut) < cut]


def test_a_signal_is_executed_at_the_next_open_and_the_last_one_never() -> None:
    assert story(run_backtest(bars_of([1, 1, 1, 2]), 1, 3, FREE)) == []
    assert story(run_backtest(bars_of([1, 1, 1, 2, 2]), 1, 3, FREE)) == [(4, None)]


def test_a_power_of_two_as_the_unit_of_price_changes_nothing() -> None:
    bars = walk(700, 3)
    one = run_backtest(bars, 3, 17, Rules())
    other = run_backtest(bars_of(bars.close * 2.0**-9, bars.open * 2.0**-9), 3, 17, Rules())
    assert story(one) == story(other)
    np.testing.assert_array_equal(one.equity, other.equity)


def test_a_trade_that_breaks_even_without_fees_is_no_win() -> None:
    bars = bars_of([5, 6, 5, 5, 5], [5, 5, 0.3, 0.3, 5])
    result = run_backtest(bars, 1, 2, FREE)
    assert story(result) == [(2, 3)]
    assert result.statistics.win_rate == 0
    assert result.trades[0].growth == 1


@pytest.mark.parametrize(
    ("fast", "slow", "message"),
    [
        (0, 5, "fast 0"),
        (5, 5, "fast 5 and slow 5"),
        (6, 5, "fast < slow"),
        (1, 11, "slow window of 11 bars does not fit the 10 bars"),
    ],
)
def test_windows_that_do_not_fit_are_refused(fast: int, slow: int, message: str) -> None:
    with pytest.raises(BacktestInputError, match=message):
        run_backtest(walk(10, 0), fast, slow, Rules())


@pytest.mark.parametrize(("fee", "year"), [(-1, 252), (10_000, 252), (math.nan, 252), (5, 0), (5, math.inf)])
def test_rules_that_make_no_sense_are_refused(fee: float, year: float) -> None:
    with pytest.raises(BacktestInputError):
        Rules(fee, year)
