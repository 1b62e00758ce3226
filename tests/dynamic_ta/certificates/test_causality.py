"""What looks ahead is found by the bar at which it does, and refuses the certificate."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dynamic_base import TickingClock
from dynamic_ta.certificates import certify, read_spec
from dynamic_ta.certificates import run as suite
from dynamic_ta.certificates.causality import first_look_ahead
from dynamic_ta.data import Bars, read_source
from dynamic_ta.simulation import Signals
from dynamic_ta.strategies import EXAMPLES, load_example, signals, warm_up
from tests.dynamic_ta.certificates.made import walk, write_bars, write_spec


@pytest.fixture
def bars(tmp_path: Path) -> Bars:
    write_bars(tmp_path / "bars.csv", walk(5, 1000))
    return read_source(str(tmp_path / "bars.csv")).bars


def entering(line: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> Signals:
    never = np.zeros(line.size, np.bool_)
    return Signals(line, never, never, never)


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_example_looks_ahead(bars: Bars, name: str) -> None:
    strategy = load_example(name)
    assert first_look_ahead(lambda some: signals(strategy, some), bars, warm_up(strategy)) is None


def test_one_bar_ahead_is_found_at_a_cut(bars: Bars) -> None:
    def decide(some: Bars) -> Signals:
        return entering(np.append(some.close[1:] > 0, False))

    assert first_look_ahead(decide, bars, 1) == 499


def test_a_threshold_of_the_whole_series_is_found_where_it_first_matters(bars: Bars) -> None:
    def decide(some: Bars) -> Signals:
        return entering(some.close > some.close.mean())

    wanted = [
        np.flatnonzero((bars.close[:cut] > bars.close.mean()) != (bars.close[:cut] > bars.close[:cut].mean()))
        for cut in (500, 800)
    ]
    assert first_look_ahead(decide, bars, 1) == min(at[0] for at in wanted if at.size)


def test_an_amount_that_looks_ahead_is_found_and_nan_is_not(bars: Bars) -> None:
    def sized(some: Bars) -> Signals:
        size = np.full(some.n_bars, np.nan)
        size[10] = some.n_bars
        return replace(entering(some.close > 0), size=size)

    assert first_look_ahead(sized, bars, 1) == 10
    assert first_look_ahead(lambda some: entering(some.close > 0), bars, 1) is None


def test_a_rest_that_is_shorter_than_the_warm_up_is_not_tried(bars: Bars) -> None:
    assert first_look_ahead(lambda some: entering(some.close > some.close.mean()), bars, 900) is None


def test_a_strategy_that_looks_ahead_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = read_spec(write_spec(tmp_path))

    def peeking(_strategy: object, some: Bars, _parameters: object) -> Signals:
        return entering(np.append(some.close[1:] > some.close[:-1], False))

    monkeypatch.setattr(suite, "signals", peeking)
    kinds = {reason["kind"]: reason["text"] for reason in certify(spec, TickingClock()).payload["reasons"]}
    # The device decides by the strategy's own rules, so parity is refused too.
    assert set(kinds) == {"look-ahead", "parity"}
    close = walk()
    bar = next(cut - 1 for cut in (150, 240) if close[cut] > close[cut - 1])
    assert f"what is decided at bar {bar} (2020-" in kinds["look-ahead"]
