"""The first decision that is another is found from checksums alone."""

from dataclasses import replace

import numpy as np
import pytest

from dynamic_delivery.matrix.divergence import Swept, first_divergence
from dynamic_delivery.matrix.sweep_row import SweepRow
from dynamic_engines import Device, Precision, open_device
from dynamic_ta.backtest import Rules, Sweep, checksum_of, run_backtest, sweep_opencl
from dynamic_ta.data import Bars

# Windows 1/2: the fast average is above where the price rose, so it is bought at the open after a rise.
CLOSES = (10.0, 9.0, 8.0, 9.0, 10.0, 11.0, 10.0, 9.0, 8.0, 9.0, 10.0)
BOUGHT, SOLD, AGAIN = 4, 7, 10  # by hand: the bars after the first rise, the first fall, and the next rise
RULES = Rules()


def bars_of(closes: tuple[float, ...]) -> Bars:
    line = np.array(closes)
    days = np.datetime64("2000-01-01", "us") + np.arange(line.size) * np.timedelta64(1, "D")
    return Bars("a", "", days, line, line, line, line, np.ones(line.size))


def without(bar: int) -> Swept:
    """Return a device that forgets the decision at ``bar``, and with it the trade."""

    def swept(bars: Bars, fast: int, slow: int) -> int:
        trades = run_backtest(bars, fast, slow, RULES).trades
        kept = [replace(t, open=True) if not t.open and t.exit_bar == bar else t for t in trades if t.entry_bar != bar]
        return checksum_of(kept)

    return swept


def test_the_hand_made_series_trades_where_it_should() -> None:
    trades = run_backtest(bars_of(CLOSES), 1, 2, RULES).trades
    assert [(t.entry_bar, t.exit_bar, t.open) for t in trades] == [(BOUGHT, SOLD, False), (AGAIN, AGAIN, True)]


def test_a_device_that_agrees_has_no_divergence() -> None:
    assert first_divergence(without(99), bars_of(CLOSES), 1, 2, RULES) is None


@pytest.mark.parametrize(("bar", "does"), [(BOUGHT, "buys"), (SOLD, "sells"), (AGAIN, "buys")])
def test_a_forgotten_decision_is_named_with_its_bar(bar: int, does: str) -> None:
    found = first_divergence(without(bar), bars_of(CLOSES), 1, 2, RULES)
    assert str(found) == f"windows 1/2, bar {bar}: the oracle {does}, the device does nothing"


def test_a_decision_too_many_is_named_with_its_bar() -> None:
    def eager(bars: Bars, fast: int, slow: int) -> int:
        trades = run_backtest(bars, fast, slow, RULES).trades
        return checksum_of(trades if bars.n_bars <= 2 else (replace(TRADE, entry_bar=2, open=True), *trades))

    found = first_divergence(eager, bars_of(CLOSES), 1, 2, RULES)
    assert str(found) == "windows 1/2, bar 2: the oracle does nothing, the device buys"


TRADE = run_backtest(bars_of(CLOSES), 1, 2, RULES).trades[0]


def test_a_device_that_errs_only_on_the_whole_series_is_named_at_its_last_bar() -> None:
    def late(bars: Bars, fast: int, slow: int) -> int:
        good = checksum_of(run_backtest(bars, fast, slow, RULES).trades)
        return good + (bars.n_bars == len(CLOSES))

    found = first_divergence(late, bars_of(CLOSES), 1, 2, RULES)
    assert str(found) == f"windows 1/2, bar {AGAIN}: the oracle buys, the device has other trades"


def test_the_row_names_the_pair_and_the_bar() -> None:
    def one_bar_late(device: Device, bars: Bars, pairs: np.ndarray, rules: Rules) -> Sweep:
        sweep = sweep_opencl(device, bars, pairs, rules)
        for row in range(sweep.n_pairs):
            trades = run_backtest(bars, int(sweep.fast[row]), int(sweep.slow[row]), rules).trades
            sweep.checksum[row] = checksum_of(replace(t, entry_bar=t.entry_bar + 1) for t in trades)
        return sweep

    row = SweepRow(sweep=one_bar_late)
    case = next(case for case in row.cases(np.random.default_rng(1), Precision.FLOAT64) if "61" in case.name)
    with open_device() as device:
        said = row.first_divergence(device, case, Precision.FLOAT64)
    assert said.startswith("windows 2/5, bar ")
    assert said.endswith(": the oracle buys, the device has other trades")
