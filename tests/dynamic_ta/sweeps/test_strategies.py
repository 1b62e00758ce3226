"""Strategies in a sweep: the device has the oracle's bits, and a range decides what the whole history would."""

import pickle
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ta.data import read_bars
from dynamic_ta.simulation import Signals
from dynamic_ta.simulation.model import STATISTICS
from dynamic_ta.strategies import (
    EXAMPLES,
    RangeLines,
    Strategy,
    StrategyError,
    load_example,
    parse_strategy,
    range_rules,
    signals,
    signals_after,
    warm_up,
)
from dynamic_ta.sweeps.errors import SweepInputError
from dynamic_ta.sweeps.executors.devices import Devices
from dynamic_ta.sweeps.executors.local import Local
from dynamic_ta.sweeps.model import BarRange, Points, Variant, Variants, sweep_digest
from dynamic_ta.sweeps.out_of_sample import out_of_sample, train_variants
from dynamic_ta.sweeps.reduce import Columns, Goal
from dynamic_ta.sweeps.run import run_sweep
from dynamic_ta.sweeps.spaces import Listed, Space, Spread, axis_of
from dynamic_ta.sweeps.splits import walk_forward
from dynamic_ta.sweeps.strategies import Engine, StrategyTrials, axis_of_setting, longest_warm_up
from tests.dynamic_ta.backtest.series import walk
from tests.dynamic_ta.sweeps.toys import points_of

BARS = {"one": walk(2000, 5, 0.03), "two": walk(400, 6, 0.02)}
RANGES = (("one", BarRange(0, 0, 2000)), ("one", BarRange(40, 300, 1500)), ("two", BarRange(10, 280, 400)))


def trials(strategy: Strategy, engine: Engine = Engine.OPENCL) -> StrategyTrials:
    return StrategyTrials(strategy, BARS, strategy.account, engine)


def some_points(strategy: Strategy, n: int = 6) -> Points:
    axes = tuple(axis for each in strategy.settings if (axis := axis_of_setting(strategy, each.name)) is not None)
    # One without parameters has a single point.
    return points_of(Space(axes), "random", n, 1) if axes else Points((), (), np.zeros((1, 0)))


def swept(made: StrategyTrials, variants: Variants, **how: object) -> Columns:
    evaluator = made.evaluator()
    columns = Columns(len(variants), evaluator.statistics)
    run_sweep(evaluator, variants, Devices() if how.get("devices") else Local(), [columns])
    return columns


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_device_has_the_oracles_bits_on_every_range(name: str) -> None:
    strategy = load_example(name)
    variants = Variants(some_points(strategy), RANGES)
    oracle = swept(trials(strategy, Engine.ORACLE), variants)
    assert oracle.values[:, STATISTICS.index("trades")].sum() > 10, "there is something to agree on"
    assert swept(trials(strategy), variants).values.tobytes() == oracle.values.tobytes()
    assert swept(trials(strategy), variants, devices=True).values.tobytes() == oracle.values.tobytes()


def test_lines_that_do_not_fit_at_once_are_taken_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    strategy = load_example("sma-cross")
    variants = Variants(some_points(strategy, 12), RANGES[:2])
    whole = swept(trials(strategy), variants).values
    monkeypatch.setattr("dynamic_ta.strategies.ranges._MOST_BYTES", 8 * 2000 * 7)
    lines = RangeLines(range_rules(strategy), BARS["one"], 0)
    parts = list(lines.tables([variants[n].parameters for n in range(12)]))
    assert len(parts) > 1
    assert max(len(part.lines) for part in parts) <= 7
    assert sum(len(part.rows) for part in parts) == 12
    assert swept(trials(strategy), variants).values.tobytes() == whole.tobytes()


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_is_decided_in_a_range_is_what_the_whole_history_decides(name: str) -> None:
    """Where all of the past is context; a shorter one may change what an average without end remembers."""
    strategy = load_example(name)
    whole = signals(strategy, BARS["one"])
    part = signals_after(strategy, BARS["one"].between(0, 420), 300, {})
    for field in fields(Signals):
        full, cut = getattr(whole, field.name), getattr(part, field.name)
        assert (full is None) == (cut is None)
        if full is not None:
            np.testing.assert_array_equal(cut, full[300:420])


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 200), st.integers(1, 60), st.integers(1, 40))
def test_a_context_of_the_warm_up_decides_the_first_bar(first: int, fast: int, more: int) -> None:
    strategy = load_example("sma-cross")
    chosen = {"fast": fast, "slow": fast + more}
    context = warm_up(strategy, chosen)
    of = BarRange(first, first + context, first + context + 50)
    whole = signals(strategy, BARS["one"], chosen)
    part = signals_after(strategy, BARS["one"].between(of.context, of.stop), context, chosen)
    np.testing.assert_array_equal(part.enter_long, whole.enter_long[of.start : of.stop])
    made = trials(strategy)
    variant = Variant("one", of, tuple(chosen), tuple(chosen.values()))
    with made.open("") as evaluate, trials(strategy, Engine.ORACLE).open("") as judge:
        assert np.array(evaluate([variant])[0].values).tobytes() == np.array(judge([variant])[0].values).tobytes()


def test_what_is_sent_to_another_machine_computes_the_same() -> None:
    variants = Variants(some_points(load_example("bollinger"), 4), RANGES)
    evaluator = trials(load_example("bollinger")).evaluator()
    sent_evaluator, sent_variants = pickle.loads(pickle.dumps((evaluator, variants)))
    assert sweep_digest(sent_evaluator, sent_variants) == sweep_digest(evaluator, variants)
    with evaluator.open("") as here, sent_evaluator.open("") as there:
        values = [np.array([one.values for one in each(variants[:])]) for each in (here, there)]
    assert sent_variants[:] == variants[:]
    assert values[0].tobytes() == values[1].tobytes()


def test_both_engines_share_a_journal_and_another_account_does_not() -> None:
    strategy = load_example("sma-cross")
    variants = Variants(some_points(strategy, 3), RANGES)
    one, other = (sweep_digest(trials(strategy, engine).evaluator(), variants) for engine in Engine)
    assert one == other
    dearer = parse_strategy(_SMALL.replace(b"[rules]", b"[account]\nfee_bps = 9.0\n[rules]"), "small.toml")
    small = parse_strategy(_SMALL, "small.toml")
    assert len({one, *(sweep_digest(trials(each).evaluator(), variants) for each in (dearer, small))}) == 3


def test_one_other_price_is_another_sweep() -> None:
    strategy = load_example("sma-cross")
    variants = Variants(some_points(strategy, 3), RANGES)
    high = BARS["one"].high.copy()
    high[7] = np.nextafter(high[7], np.inf)
    others = {**BARS, "one": replace(BARS["one"], high=high)}
    found = (StrategyTrials(strategy, assets, strategy.account).evaluator() for assets in (BARS, dict(BARS), others))
    one, same, other = (sweep_digest(evaluator, variants) for evaluator in found)
    assert one == same != other


_SMALL = b"""
name = "small"
[parameters]
k = { default = 1.5, least = 0.5, most = 2.5, step = 0.5 }
n = { default = 3, least = 2, most = 4 }
free = { default = 0.5, least = 0.0, most = 1.0 }
still = 2.0
[rules]
enter_long = "close > k * sma(n) / (1 + 0 * free * still)"
"""


def test_a_strategys_own_ranges_become_axes() -> None:
    small = parse_strategy(_SMALL, "small.toml")
    assert axis_of_setting(small, "k") == Listed("k", (0.5, 1.0, 1.5, 2.0, 2.5))
    assert axis_of_setting(small, "n") == Listed("n", (2.0, 3.0, 4.0), whole=True)
    assert axis_of_setting(small, "free") == Spread("free", 0.0, 1.0)
    assert axis_of_setting(small, "still") is None
    with pytest.raises(SweepInputError, match="small has no parameter m: it has k, n, free, still"):
        axis_of_setting(small, "m")


def test_a_point_that_the_strategy_refuses_is_found_before_anything_runs() -> None:
    small = parse_strategy(_SMALL, "small.toml")
    assert longest_warm_up(small, points_of(Space((axis_of("n", "2:4"),)))) == 3
    with pytest.raises(StrategyError):
        longest_warm_up(small, points_of(Space((axis_of("n", "0:4"),))))


def test_a_division_by_zero_on_the_device_names_the_parameters() -> None:
    text = _SMALL.replace(b"(1 + 0 * free * still)", b"(close - close + n - n + 0 * free * still)")
    variants = Variants(points_of(Space((axis_of("n", "2,3"),))), RANGES[:1])
    with pytest.raises(StrategyError, match="a rule divides by zero with n 2 on one"):
        swept(trials(parse_strategy(text, "small.toml")), variants)


def test_a_walk_forward_of_a_strategy_on_market_prices() -> None:
    strategy = load_example("sma-cross")
    bars = read_bars("sp500")
    made = StrategyTrials(strategy, {"sp500": bars}, strategy.account)
    points = points_of(Space((axis_of("fast", "10,30"), axis_of("slow", "60,120"))))
    warm = longest_warm_up(strategy, points)
    scheme = walk_forward(bars.n_bars, 1500, 1000)
    schemes = {"sp500": scheme}
    trained = swept(made, train_variants(points, schemes, warm))
    goal = Goal("sharpe")
    found = out_of_sample(trained, made.evaluator(), made.equity_of, points, schemes, goal, Local(), warm)["sp500"]
    assert found.equity[0].size == bars.n_bars - 1500
    # By hand: the second test, of the points that its train chose.
    chosen = found.chosen[1].point
    assert chosen is not None
    variant = Variant("sp500", BarRange(2500 - warm, 2500, 3500), points.names, points.row(chosen))
    grown = made.simulation(variant).statistics.total_return
    assert found.equity[0][1999] / found.equity[0][999] - 1 == pytest.approx(grown, rel=1e-12)
