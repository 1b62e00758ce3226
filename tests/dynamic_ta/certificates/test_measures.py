"""Each measure is what it says, and a breach is told where it is first visible."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dynamic_ta.certificates.measures import MEASURES, expected_shortfall, measure, returns_of, value_at_risk
from dynamic_ta.certificates.model import Case, Limit
from dynamic_ta.data import read_source
from dynamic_ta.simulation import Account, Signals, simulate
from dynamic_ta.validation import Finding, Interval, Validation
from tests.dynamic_ta.certificates.made import walk, write_bars

ACCOUNT = Account(fee_bps=10)


def case_of(folder: Path, close: "np.ndarray[tuple[int], np.dtype[np.float64]]", *, always: bool = False) -> Case:
    """Return a case that buys after each fall and sells after each rise, or buys at once and holds."""
    write_bars(folder / "bars.csv", close)
    reading = read_source(str(folder / "bars.csv"))
    fell = np.concatenate(([False], np.diff(close) < 0))
    never = np.zeros(close.size, np.bool_)
    enter, leave = (~never, never) if always else (fell, ~fell)
    simulation = simulate(reading.bars, Signals(enter, leave, never, never), ACCOUNT)
    return Case(reading, ACCOUNT, simulation, None, (), Validation(()), {})


def test_value_at_risk_is_the_loss_that_the_worst_twentieth_reaches() -> None:
    returns = -np.arange(1, 101) / 1000
    assert value_at_risk(returns, 0.05) == 0.096
    assert value_at_risk(returns, 0.01) == 0.1
    assert expected_shortfall(returns, 0.05) == pytest.approx(0.098, abs=1e-15)
    assert value_at_risk(-returns[:20], 0.05) == 0.0
    assert value_at_risk(returns[:20], 0.05) == 0.02


@pytest.mark.parametrize("name", ["max_drawdown", "total_return", "exposure", "sharpe", "worst_bar", "gross_exposure"])
def test_the_path_of_a_measure_ends_in_its_value_or_has_it_as_its_extreme(tmp_path: Path, name: str) -> None:
    case = case_of(tmp_path, walk())
    row = next(row for row in MEASURES if row.name == name)
    assert row.path is not None
    path = row.path(case)
    assert path.size == case.reading.bars.n_bars
    assert row.value(case) == pytest.approx(float(path.max() if row.extreme else path[-1]), rel=1e-9)


def test_the_path_of_the_drawdown_is_that_of_a_plain_loop(tmp_path: Path) -> None:
    case = case_of(tmp_path, walk(), always=True)
    row = next(row for row in MEASURES if row.name == "max_drawdown")
    assert row.path is not None
    peak, falls = ACCOUNT.initial_cash, []
    for equity in case.simulation.equity.tolist():
        peak = max(peak, equity)
        falls.append(1 - equity / peak)
    np.testing.assert_allclose(row.path(case), falls, rtol=1e-15, atol=1e-16)


def test_a_drawdown_is_told_at_the_first_bar_beyond_the_limit(tmp_path: Path) -> None:
    close = np.array([100.0, 100, 100, 90, 95, 70, 60, 110])
    found = measure(Limit("max_drawdown", most=0.25), "x", case_of(tmp_path, close, always=True))
    # Bought at the open of bar 1, at 100: 90 is a fall of 10 %, 70 one of 30 %.
    assert (found.kept, found.bar) == (False, 5)
    assert found.value == pytest.approx(0.4, abs=0.002)


def test_a_return_that_ends_too_low_is_told_from_the_bar_on_that_it_stays_there(tmp_path: Path) -> None:
    close = np.array([100.0, 100, 90, 120, 130, 90, 95])
    found = measure(Limit("total_return", least=0.0), "x", case_of(tmp_path, close, always=True))
    assert (found.kept, found.bar) == (False, 5)
    assert found.explanation == "from this bar on to the end"


def test_a_largest_value_that_is_too_small_is_seen_at_the_end(tmp_path: Path) -> None:
    case = case_of(tmp_path, walk())
    assert measure(Limit("gross_exposure", least=5), "x", case).bar == case.reading.bars.n_bars - 1


def test_the_first_trade_beyond_the_limit_is_told(tmp_path: Path) -> None:
    case = case_of(tmp_path, walk())
    losses = [-trade.net / (trade.entry_price * trade.quantity) for trade in case.closed]
    limit = sorted(losses)[-3]
    found = measure(Limit("worst_trade", most=limit), "x", case)
    first = next(number for number, loss in enumerate(losses) if loss > limit)
    assert (found.value, found.trade, found.bar) == (max(losses), first, case.closed[first].exit_bar)


def test_what_is_undefined_keeps_no_limit_and_says_why(tmp_path: Path) -> None:
    flat = case_of(tmp_path, np.full(30, 10.0))
    for name in ("worst_trade", "win_rate", "profit_factor"):
        found = measure(Limit(name, most=1e9), "x", flat)
        assert not found.kept
        assert math.isnan(found.value)
        assert found.explanation == "undefined: no trade was closed"
    undecided = replace(flat, undecided={"stress": "the returns never change"})
    assert measure(Limit("stress", most=1), "x", undecided).explanation == "undefined: the returns never change"


def test_a_finding_and_the_ends_of_its_interval_are_measures(tmp_path: Path) -> None:
    findings = (
        Finding("stress", 0.4, 0.5, True, ""),
        Finding("sharpe-interval", 1.0, 0.0, True, "", Interval(0.25, 1.75, 0.95)),
    )
    case = replace(case_of(tmp_path, walk()), validation=Validation(findings))
    assert measure(Limit("stress", most=0.5), "x", case).value == 0.4
    assert measure(Limit("sharpe-interval", least=0.5), "x", case).value == 1.0
    assert measure(Limit("sharpe_low", least=0.5), "x", case).value == 0.25


@pytest.mark.parametrize(
    ("limit", "value", "kept"),
    [
        (Limit("x", most=1), 1.0, True),
        (Limit("x", most=1), math.nextafter(1, 2), False),
        (Limit("x", least=1), 1.0, True),
        (Limit("x", least=1), math.nextafter(1, 0), False),
        (Limit("x", 1, 2), 1.5, True),
        (Limit("x", 1, 2), math.inf, False),
        (Limit("x", 1), math.nan, False),
        (Limit("x", None, 2), math.nan, False),
    ],
)
def test_a_limit_is_kept_where_it_is_reached_and_never_by_nan(limit: Limit, value: float, kept: bool) -> None:
    assert limit.keeps(value) is kept


def test_every_measure_has_a_name_of_its_own(tmp_path: Path) -> None:
    names = [row.name for row in MEASURES]
    assert len(set(names)) == len(names)
    case = case_of(tmp_path, walk())
    assert returns_of(case).size == case.reading.bars.n_bars - 1
    for row in MEASURES:
        assert isinstance(row.value(case), float)
