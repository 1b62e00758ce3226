"""A strategy's file, decided in NumPy and simulated by the oracle, or compiled for a device: the same bits."""

from dataclasses import astuple

import pytest

from dynamic_engines import open_device
from dynamic_ta.data import read_bars
from dynamic_ta.simulation import Account, Sizing, diverging, simulate, simulate_many
from dynamic_ta.strategies import compile_strategy, load_example, signals

ACCOUNTS = {
    "costs": Account(slippage_bps=2, borrow_bps_per_year=50, lot=1),
    "stops": Account(stop_percent=4, trailing_percent=6, target_percent=9, time_exit_bars=40),
    "risk": Account(sizing=Sizing.RISK, size=0.01, stop_percent=3, leverage=2, maintenance=0.1),
}


@pytest.mark.parametrize("name", ["macd-trend", "donchian-breakout"])
def test_an_example_trades_on_a_device_as_in_the_oracle(name: str) -> None:
    bars, strategy = read_bars("sp500"), load_example(name)
    fused, accounts = compile_strategy(strategy), list(ACCOUNTS.values())
    table = fused.table(bars, [{}] * len(accounts))
    expected = {row: simulate(bars, signals(strategy, bars), account) for row, account in enumerate(accounts)}
    assert sum(len(one.trades) for one in expected.values()) > 10
    with open_device() as device:
        found = simulate_many(device, bars, fused.source, table, accounts)
        assert [astuple(found.totals_of(row)) for row in expected] == [astuple(one.totals) for one in expected.values()]
        assert diverging(device, bars, fused.source, table, accounts, expected) == ()
