"""The device has the oracle's bits: every trade, and every total that the statistics follow from."""

from collections.abc import Iterator, Sequence
from dataclasses import astuple, replace
from struct import pack

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_base import ExitCode
from dynamic_engines import Device, DeviceMemoryError, Precision, open_device
from dynamic_ta.data import Bars, read_bars
from dynamic_ta.simulation import (
    PLAIN_RULES,
    Account,
    Reason,
    Signals,
    Simulations,
    Sizing,
    Totals,
    Trade,
    UnsupportedDeviceError,
    UnsupportedSeriesError,
    VariantsError,
    diverging,
    first_divergence,
    list_trades,
    plain_table,
    simulate,
    simulate_batches,
    simulate_many,
)
from dynamic_ta.simulation import device as device_module
from dynamic_ta.strategies import compile_strategy, load_example
from dynamic_ta.strategies import signals as signals_of
from tests.dynamic_ta.simulation.drawn import cases, rough_account
from tests.dynamic_ta.simulation.made import flat, random_signals, walk, when

FREE = Account(initial_cash=1000, fee_bps=0)


@pytest.fixture(scope="module")
def device() -> Iterator[Device]:
    with open_device() as opened:
        yield opened


def bits(values: Totals | Trade) -> list[int | bytes]:
    """Return whole numbers as they are, and the bytes of floats: 0.0 is not -0.0 then."""
    return [pack("<d", value) if isinstance(value, float) else int(value) for value in astuple(values)]


def agreed(device: Device, bars: Bars, variants: Sequence[Signals], accounts: Sequence[Account]) -> Simulations:
    """Return the device's results after holding each total and the trades of each variant to the oracle's bits."""
    table = plain_table(variants)
    found = simulate_many(device, bars, PLAIN_RULES, table, accounts)
    for row, (signals, account) in enumerate(zip(variants, accounts, strict=True)):
        expected = simulate(bars, signals, account)
        assert bits(found.totals_of(row)) == bits(expected.totals)
        np.testing.assert_equal(astuple(found.statistics(row)), astuple(expected.statistics))
        trades = list_trades(device, bars, PLAIN_RULES, table, accounts, row)
        assert list(map(bits, trades)) == list(map(bits, expected.trades))
    return found


@settings(deadline=None, max_examples=25)
@given(case=cases(longest=140))
def test_few_levels_and_many_ties_give_the_oracles_bits(device: Device, case: tuple[Bars, Signals, Account]) -> None:
    bars, signals, account = case
    agreed(device, bars, [signals], [account])


@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 2**32 - 1))
def test_walks_under_several_accounts_give_the_oracles_bits(device: Device, seed: int) -> None:
    variants = [random_signals(200, seed + n, rate=0.05 * (n + 1)) for n in range(4)]
    agreed(device, walk(200, seed), variants, [rough_account(seed + n) for n in range(4)])


def test_thousands_of_bars_with_many_trades_give_the_oracles_bits(device: Device) -> None:
    account = Account(stop_percent=3, trailing_percent=4, target_percent=6, borrow_bps_per_year=300, slippage_bps=2)
    found = agreed(device, walk(3001, 9), [random_signals(3001, 4)], [account])
    assert found.totals["trades"][0] > 300


def test_batches_hold_what_the_whole_holds(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    bars, variants = walk(90, 2), [random_signals(90, seed) for seed in range(7)]
    table, accounts = plain_table(variants), [rough_account(seed) for seed in range(7)]
    whole = simulate_many(device, bars, PLAIN_RULES, table, accounts)
    monkeypatch.setattr(device_module, "_AT_ONCE", 3)
    parts = list(simulate_batches(device, bars, PLAIN_RULES, table, accounts))
    assert [part.n_variants for part in parts] == [3, 3, 1]
    np.testing.assert_array_equal(np.concatenate([part.totals for part in parts]), whole.totals)
    np.testing.assert_array_equal(
        simulate_many(device, bars, PLAIN_RULES, table, accounts).columns["sharpe"], whole.columns["sharpe"]
    )


def test_memory_on_the_device_does_not_grow_with_the_variants(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    """A device with room for one batch of 2 and its lines takes 50 variants, and refuses a batch of 50."""
    bars, signals = walk(40, 2), random_signals(40, 3)
    one = plain_table([signals])
    table = replace(one, rows=np.repeat(one.rows, 50, axis=0), params=np.zeros((50, 1)))
    small = device.like()
    small.info = replace(small.info, global_memory_bytes=8 * 40 * (4 + 6) + 2 * 400)
    monkeypatch.setattr(device_module, "_AT_ONCE", 2)
    assert simulate_many(small, bars, PLAIN_RULES, table, FREE).n_variants == 50
    monkeypatch.setattr(device_module, "_AT_ONCE", 50)
    with pytest.raises(DeviceMemoryError):
        simulate_many(small, bars, PLAIN_RULES, table, FREE)


def test_a_variant_without_trades_lists_none(device: Device) -> None:
    bars = flat(10, 11, 12)
    assert list_trades(device, bars, PLAIN_RULES, plain_table([when(3)]), FREE, 0) == ()
    assert agreed(device, bars, [when(3)], [FREE]).totals["trades"].tolist() == [0]


def test_divisions_by_zero_are_counted(device: Device) -> None:
    """PLAIN_RULES calls a line below zero a division by zero."""
    table = plain_table([when(4, enter_long=[0])])
    table.lines[0, 1:3] = -1
    found = simulate_many(device, flat(1, 2, 3, 4), PLAIN_RULES, table, FREE)
    assert found.totals["divided"].tolist() == [2]


def test_float32_diverges_first_where_a_low_misses_the_stop_by_less_than_it_can_hold(device: Device) -> None:
    """The stop is 10 % below 100. Numbers near 90 are 7.6e-6 apart in float32, so a low of 90.000001 is 90 there."""
    bars = flat(100, 100, 95, 95)
    bars.low[2] = 90.000001
    variants = [when(4, enter_long=[0]), when(4, enter_long=[1])]
    account, table = replace(FREE, stop_percent=10), plain_table(variants)
    expected = {row: simulate(bars, signals, account) for row, signals in enumerate(variants)}
    assert diverging(device, bars, PLAIN_RULES, table, account, expected) == ()
    (found,) = diverging(device, bars, PLAIN_RULES, table, account, expected, Precision.FLOAT32)
    assert str(found) == (
        "variant 0, trade 0, bar 2: the oracle holds long to the end, the device leaves long at bar 2 by stop"
    )


def test_float32_trades_alike_where_nothing_is_near(device: Device) -> None:
    bars, variants = walk(300, 5), [random_signals(300, seed, rate=0.05) for seed in range(4)]
    account = replace(FREE, stop_percent=5, trailing_percent=8, slippage_bps=3)
    expected = {row: simulate(bars, signals, account) for row, signals in enumerate(variants)}
    assert sum(len(one.trades) for one in expected.values()) > 40
    assert diverging(device, bars, PLAIN_RULES, plain_table(variants), account, expected, Precision.FLOAT32) == ()
    found = simulate_many(device, bars, PLAIN_RULES, plain_table(variants), account, Precision.FLOAT32)
    for row, one in expected.items():
        assert found.statistics(row).total_return == pytest.approx(one.statistics.total_return, abs=1e-4)
        assert found.totals_of(row).checksum == one.totals.checksum


def test_a_device_without_float64_is_refused_unless_float32_is_asked_for(device: Device) -> None:
    single = device.like()
    single.info = replace(single.info, fp64=False)
    table = plain_table([when(3, enter_long=[0])])
    with pytest.raises(UnsupportedDeviceError, match="does not compute in float64") as caught:
        simulate_many(single, flat(1, 2, 3), PLAIN_RULES, table, FREE)
    assert caught.value.exit_code == ExitCode.UNDECIDED
    found = simulate_many(single, flat(1, 2, 3), PLAIN_RULES, table, FREE, Precision.FLOAT32)
    assert found.totals["held"].tolist() == [2]


def test_variants_that_do_not_fit_are_refused(device: Device) -> None:
    bars, table = flat(1, 2, 3), plain_table([when(3), when(3)])
    wrong = {
        "0 variants": replace(table, rows=table.rows[:0], params=table.params[:0]),
        "2 rows of lines and 1 of parameters": replace(table, params=table.params[:1]),
        "lines of 2 bars": replace(table, lines=table.lines[:, :2]),
        "row 11 of a table of 5 lines": replace(table, lines=table.lines[:5]),
    }
    for message, broken in wrong.items():
        with pytest.raises(VariantsError, match=message) as caught:
            simulate_many(device, bars, PLAIN_RULES, broken, FREE)
        assert caught.value.exit_code == ExitCode.USAGE
    with pytest.raises(VariantsError, match="3 accounts for 2 variants"):
        simulate_many(device, bars, PLAIN_RULES, table, [FREE] * 3)
    with pytest.raises(VariantsError, match="no variant 2"):
        list_trades(device, bars, PLAIN_RULES, table, FREE, 2)
    with pytest.raises(UnsupportedSeriesError):
        simulate_many(device, flat(1, 1e99, 1), PLAIN_RULES, table, FREE)


# A strategy's file, decided in NumPy, or compiled for a device.


ACCOUNTS = {
    "costs": Account(slippage_bps=2, borrow_bps_per_year=50, lot=1),
    "stops": Account(stop_percent=4, trailing_percent=6, target_percent=9, time_exit_bars=40),
    "risk": Account(sizing=Sizing.RISK, size=0.01, stop_percent=3, leverage=2, maintenance=0.1),
}


@pytest.mark.parametrize("name", ["macd-trend", "donchian-breakout"])
def test_an_example_trades_on_a_device_as_in_the_oracle(device: Device, name: str) -> None:
    bars, strategy = read_bars("sp500").between(0, 2000), load_example(name)
    fused, accounts = compile_strategy(strategy), list(ACCOUNTS.values())
    table = fused.table(bars, [{}] * len(accounts))
    expected = {row: simulate(bars, signals_of(strategy, bars), account) for row, account in enumerate(accounts)}
    assert sum(len(one.trades) for one in expected.values()) > 10
    found = simulate_many(device, bars, fused.source, table, accounts)
    assert [astuple(found.totals_of(row)) for row in expected] == [astuple(one.totals) for one in expected.values()]
    assert diverging(device, bars, fused.source, table, accounts, expected) == ()


# How the first divergence is told.


def trade(entry: int, exit_: int, side: int = 1, reason: Reason = Reason.SIGNAL, quantity: float = 8) -> Trade:
    return Trade(entry, exit_, 10, 11, side, quantity, 0, 0, 0, reason)


FIRST = trade(1, 3)


@pytest.mark.parametrize(
    ("oracle", "device", "words"),
    [
        ([trade(5, 9)], [trade(6, 9)], "bar 5: the oracle enters long at bar 5, the device enters long at bar 6"),
        ([trade(5, 9)], [trade(5, 9, -1)], "bar 5: the oracle enters long at bar 5, the device enters short at bar 5"),
        ([trade(5, 9)], [], "bar 5: the oracle enters long at bar 5, the device trades no more"),
        ([], [trade(7, 9, -1)], "bar 7: the oracle trades no more, the device enters short at bar 7"),
        (
            [trade(5, 9)],
            [trade(5, 8, reason=Reason.STOP)],
            "bar 8: the oracle leaves long at bar 9 by signal, the device leaves long at bar 8 by stop",
        ),
        (
            [trade(5, 9, -1, Reason.TARGET)],
            [trade(5, 12, -1, Reason.END)],
            "bar 9: the oracle leaves short at bar 9 by target, the device holds short to the end",
        ),
        (
            [trade(5, 9, quantity=100)],
            [trade(5, 9, quantity=101)],
            "bar 5: the oracle takes 100 units, the device takes",
        ),
    ],
)
def test_the_first_difference_is_named(oracle: list[Trade], device: list[Trade], words: str) -> None:
    found = first_divergence(4, [FIRST, *oracle, trade(20, 30)], [FIRST, *device, trade(21, 30)])
    if not oracle or not device:
        found = first_divergence(4, [FIRST, *oracle], [FIRST, *device])
    assert str(found).startswith(f"variant 4, trade 1, {words}")


def test_the_same_trades_do_not_diverge_and_a_little_of_a_quantity_is_none() -> None:
    assert first_divergence(0, [], []) is None
    assert first_divergence(0, [FIRST], [FIRST]) is None
    assert first_divergence(0, [FIRST], [trade(1, 3, quantity=8.0001)]) is None
    assert first_divergence(0, [FIRST], [trade(1, 3, quantity=8.0001)], tolerance=1e-6) is not None
