"""Settings that make no sense, or contradict each other, are refused with the next step."""

import re
from typing import Any

import numpy as np
import pytest

from dynamic_base import ExitCode
from dynamic_ta.simulation import Account, AccountError, Signals, SignalsError, Sizing, UnsupportedSeriesError, simulate
from tests.dynamic_ta.simulation.made import flat, when


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"initial_cash": 0}, "initial_cash of 0: give a number above zero"),
        ({"initial_cash": float("nan")}, "initial_cash of nan"),
        ({"periods_per_year": -1}, "periods_per_year of -1"),
        ({"fee_bps": -1}, "fee_bps of -1: give 0 <= bps < 10000"),
        ({"slippage_bps": 10_000}, "slippage_bps of 10000"),
        ({"buy_tax_bps": float("nan")}, "buy_tax_bps of nan"),
        ({"fee_per_trade": -0.01}, "fee_per_trade of -0.01: give zero or more"),
        ({"borrow_bps_per_year": float("inf")}, "borrow_bps_per_year of inf"),
        ({"funding_bps_per_bar": 10_000}, "funding_bps_per_bar of 10000"),
        ({"lot": -1}, "lot of -1"),
        ({"lot": float("nan")}, "lot of nan"),
        ({"leverage": 0}, "leverage of 0"),
        ({"maintenance": 1}, "maintenance of 1"),
        ({"leverage": 4, "maintenance": 0.25}, "maintenance of 0.25 at a leverage of 4 is reached at the entry"),
        ({"size": 1.5}, "a size of 1.5 times the equity is over the leverage of 1.0: raise the leverage"),
        ({"size": 0}, "size of 0"),
        ({"sizing": Sizing.RISK, "size": 1}, "a risk of 1 of the equity a trade"),
        ({"sizing": "half"}, "sizing 'half' is unknown: choose one of fraction, units, risk"),
        ({"execution": "later"}, "execution 'later' is unknown: choose one of next_open, close"),
        ({"stop_percent": 100}, "stop_percent of 100: give 0 < percent < 100"),
        ({"stop_percent": 0}, "stop_percent of 0"),
        ({"trailing_percent": 120}, "trailing_percent of 120"),
        ({"target_percent": -5}, "target_percent of -5: give a number above zero"),
        ({"time_exit_bars": 0}, "time_exit_bars of 0"),
        ({"time_exit_bars": 2**31}, "time_exit_bars of 2147483648: give 1 to"),
        ({"stop_percent": 0.5, "slippage_bps": 60}, "lies within the slippage of 60 bps, so it is hit at the entry"),
        ({"trailing_percent": 1e-15}, "widen the stop"),
    ],
)
def test_an_account_that_makes_no_sense_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(AccountError, match=re.escape(message)) as caught:
        Account(**fields)
    assert caught.value.exit_code == ExitCode.USAGE


def test_plain_strings_of_a_file_are_as_good_as_the_names() -> None:
    account = Account(sizing="risk", size=0.01, stop_percent=5, execution="close")  # type: ignore[arg-type]
    named = simulate(flat(10, 11, 12), when(3, enter_long=[0]), account)
    assert named.trades[0].quantity == pytest.approx(0.01 * 100_000 / 0.5)


def test_sizing_by_risk_needs_a_stop_of_the_account_or_of_the_signals() -> None:
    account = Account(sizing=Sizing.RISK, size=0.01)
    with pytest.raises(AccountError, match="sizing by risk without a stop: give stop_percent"):
        simulate(flat(10, 10), when(2, enter_long=[0]), account)
    simulate(flat(10, 10), when(2, enter_long=[0], stop_distance=np.ones(2)), account)


@pytest.mark.parametrize(
    ("signals", "message"),
    [
        (when(3), "enter_long has shape (3,): give one value for each of 2 bars"),
        (when(2, stop_distance=np.ones(3)), "stop_distance has shape (3,)"),
        (when(2, size=np.ones(2, np.int64)), "size is int64: give float64"),
        (when(2, size=np.array([1.0, np.inf])), "size is infinite at bar 1: give NaN"),
        (Signals(*[np.ones(2)] * 4), "enter_long is float64: give bool"),  # type: ignore[arg-type]
    ],
)
def test_signals_that_do_not_fit_the_bars_are_refused(signals: Signals, message: str) -> None:
    with pytest.raises(SignalsError, match=re.escape(message)) as caught:
        simulate(flat(10, 10), signals, Account())
    assert caught.value.exit_code == ExitCode.USAGE


@pytest.mark.parametrize("price", [1e-95, 1e95])
def test_prices_that_leave_float64_no_room_are_refused(price: float) -> None:
    with pytest.raises(UnsupportedSeriesError, match="give the prices in another unit"):
        simulate(flat(price, price), when(2), Account())


@pytest.mark.parametrize("price", [1e-90, 1e90])
def test_the_smallest_and_largest_prices_are_simulated(price: float) -> None:
    account = Account(lot=1e-90, size=0.5, stop_percent=5)
    result = simulate(flat(price, price, price), when(3, enter_long=[0]), account)
    assert np.isfinite(result.equity).all()
