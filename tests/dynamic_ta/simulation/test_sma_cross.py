"""The general simulation of the SMA cross against the specialised oracle, which books in growth, not in cash."""

import math

import numpy as np
import pytest

from dynamic_ta.backtest import Backtest, Rules, run_backtest
from dynamic_ta.backtest.signals import exact_sums, signals
from dynamic_ta.data import Bars, read_bars
from dynamic_ta.simulation import Account, Signals, Simulation, simulate
from tests.dynamic_ta.simulation.made import walk

SAME = ("total_return", "sharpe", "max_drawdown", "win_rate", "exposure", "trades", "open_trade")


def both(bars: Bars, fast: int, slow: int, fee_bps: float) -> tuple[Simulation, Backtest]:
    """Run both, all in and without lots.

    The specialised oracle takes its fee from the account, so an entry leaves 1 - f of it in the position; here the fee
    is on the traded value, so an entry leaves 1 / (1 + f). A tax on purchases makes up for it: f + tax = f / (1 - f).
    """
    above = signals(exact_sums(bars.close), fast, slow)
    never = np.zeros(bars.n_bars, np.bool_)
    fee = fee_bps / 1e4
    account = Account(fee_bps=fee_bps, buy_tax_bps=(fee / (1 - fee) - fee) * 1e4)
    found = simulate(bars, Signals(above, ~above, never, never), account)
    return found, run_backtest(bars, fast, slow, Rules(fee_bps))


@pytest.mark.parametrize("fee_bps", [0.0, 300.0])
@pytest.mark.parametrize(("fast", "slow"), [(1, 2), (3, 17), (50, 200)])
@pytest.mark.parametrize("source", ["sp500", "nasdaq", "walk"])
def test_trades_are_the_same_and_statistics_within_a_billionth(
    source: str, fast: int, slow: int, fee_bps: float
) -> None:
    bars = walk(1000, 3) if source == "walk" else read_bars(source).between(1000, 2500)
    found, expected = both(bars, fast, slow, fee_bps)
    assert len(expected.trades) > 1
    assert [(t.entry_bar, t.exit_bar, t.entry_price, t.exit_price, t.open) for t in found.trades] == [
        (t.entry_bar, t.exit_bar, t.entry_price, t.exit_price, t.open) for t in expected.trades
    ]
    np.testing.assert_allclose(found.equity / 100_000, expected.equity, rtol=1e-9)
    for name in SAME:
        got, wanted = getattr(found.statistics, name), getattr(expected.statistics, name)
        assert got == pytest.approx(wanted, rel=1e-9, abs=1e-9), name


def test_a_flat_series_is_undefined_in_both() -> None:
    bars = walk(300, 0, volatility=0)
    found, expected = both(bars, 3, 10, 5)
    assert (found.trades, expected.trades) == ((), ())
    assert math.isnan(found.statistics.sharpe)
    assert math.isnan(expected.statistics.sharpe)
