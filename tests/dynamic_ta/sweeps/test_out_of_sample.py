"""The choice on train and the joined equity are those of a slow and obvious loop."""

import math
from functools import partial

import numpy as np
import pytest

from dynamic_ta.backtest import run_backtest
from dynamic_ta.data import Bars
from dynamic_ta.data.model import F64
from dynamic_ta.sweeps.errors import EvaluatorError, SweepInputError
from dynamic_ta.sweeps.executors.local import Local
from dynamic_ta.sweeps.model import BarRange, EquityOf, Evaluator, Outcome, Points, Variant
from dynamic_ta.sweeps.out_of_sample import OutOfSample, out_of_sample, train_variants
from dynamic_ta.sweeps.reduce import Columns, Goal
from dynamic_ta.sweeps.run import run_sweep
from dynamic_ta.sweeps.spaces import Space, axis_of, constraint_of
from dynamic_ta.sweeps.splits import Scheme, combinatorial, purged_k_fold, walk_forward
from tests.dynamic_ta.backtest.series import bars_of, walk
from tests.dynamic_ta.sweeps.crosses import RULES, Oracle, equity_of, traded
from tests.dynamic_ta.sweeps.toys import STATISTICS, Seen, points_of

POINTS = points_of(
    Space((axis_of("fast", "2:10:4"), axis_of("slow", "5:25:10")), (constraint_of("fast < slow"),)),
)
BARS = walk(400, 3)


def worked(
    evaluator: Evaluator,
    equity: EquityOf,
    points: Points,
    schemes: dict[str, Scheme],
    goal: Goal,
    warm_up: int = 0,
) -> dict[str, OutOfSample]:
    variants = train_variants(points, schemes, warm_up)
    trained = Columns(len(variants), evaluator.statistics)
    run_sweep(evaluator, variants, Local(), [trained])
    return out_of_sample(trained, evaluator, equity, points, schemes, goal, Local(), warm_up)


def judged(bars: Bars, scheme: Scheme, statistic: str = "sharpe", more: bool = True) -> OutOfSample:
    evaluator = Oracle(bars).evaluator()
    found = worked(evaluator, partial(equity_of, bars), POINTS, {"walk": scheme}, Goal(statistic, more))
    return found["walk"]


def _run(point: int, start: int, stop: int) -> tuple[float, F64]:
    fast, slow = POINTS.values[point].astype(int).tolist()
    result = run_backtest(traded(BARS, BarRange(start, start, stop)), fast, slow, RULES)
    return result.statistics.total_return, result.equity


def test_a_walk_forward_is_the_plain_loop() -> None:
    scheme = walk_forward(400, 120, 70, 10)
    found = judged(BARS, scheme, "total_return")
    worth = 1.0
    joined: list[float] = []
    gaps: list[float] = []
    for start in range(130, 400, 70):
        train = [_run(n, start - 130, start - 10)[0] for n in range(len(POINTS.values))]
        best = max(range(len(train)), key=train.__getitem__)
        test, equity = _run(best, start, min(start + 70, 400))
        joined += [worth * value for value in equity]
        worth = joined[-1]
        gaps.append(train[best] - test)
    np.testing.assert_array_equal(found.equity[0], joined)
    assert found.degradation == pytest.approx(np.mean(gaps), rel=1e-12)
    assert found.equity[0].size == 400 - 130


def test_the_least_is_chosen_where_less_is_better() -> None:
    scheme = walk_forward(400, 200, 100)
    falls = [one.train for one in judged(BARS, scheme, "max_drawdown", more=False).chosen]
    worst = [one.train for one in judged(BARS, scheme, "max_drawdown").chosen]
    assert all(least < most for least, most in zip(falls, worst, strict=True))


def test_a_choice_over_two_train_spans_weighs_them_by_their_bars() -> None:
    scheme = purged_k_fold(400, 4)
    chosen = judged(BARS, scheme, "total_return").chosen[1]
    before, after = scheme.splits[1].train
    means = [
        (100 * _run(n, before.start, before.stop)[0] + 200 * _run(n, after.start, 400)[0]) / 300
        for n in range(len(POINTS.values))
    ]
    assert chosen.train == pytest.approx(max(means), rel=1e-12)
    assert chosen.point == means.index(max(means))


def test_each_history_of_combinatorial_folds_has_every_bar() -> None:
    found = judged(BARS, combinatorial(400, 4, 2))
    assert [equity.size for equity in found.equity] == [400, 400, 400]
    assert all(len(one.test) == 2 for one in found.chosen)


def test_without_a_defined_statistic_one_stays_out_of_the_market() -> None:
    flat = bars_of(np.ones(400))
    found = judged(flat, walk_forward(400, 100, 100))
    assert [one.point for one in found.chosen] == [None, None, None]
    assert found.equity[0].tolist() == [1.0] * 300
    assert math.isnan(found.degradation)


def test_warm_up_bars_are_handed_on_as_context() -> None:
    seen = Seen()
    points = points_of(Space((axis_of("a", "1,2"), axis_of("b", "1"))))
    evaluator = seen.evaluator()
    asked: list[Variant] = []

    def equity(variant: Variant) -> F64:
        asked.append(variant)
        return np.ones(variant.bars.n_bars)

    scheme = walk_forward(30, 10, 10, 2)
    worked(evaluator, equity, points, {"x": scheme}, Goal("sum"), warm_up=5)
    assert {variant.bars for variant in seen.variants[:4]} == {BarRange(0, 0, 10), BarRange(5, 10, 20)}
    assert [variant.bars for variant in asked] == [BarRange(7, 12, 22), BarRange(17, 22, 30)]
    assert [variant["a"] for variant in asked] == [2, 2]


def test_each_asset_chooses_for_itself() -> None:
    def best_by_asset(variants: object) -> list[Outcome]:
        assert isinstance(variants, list)
        return [Outcome(STATISTICS, ((1 if v.asset == "up" else -1) * v["a"], 0.0)) for v in variants]

    points = points_of(Space((axis_of("a", "1:4"),)))
    schemes = {"up": walk_forward(20, 5, 5), "down": walk_forward(40, 10, 10)}
    found = worked(
        Seen(best_by_asset).evaluator(),
        lambda v: np.ones(v.bars.n_bars),
        points,
        schemes,
        Goal("sum"),
    )
    assert [one.point for one in found["up"].chosen] == [3, 3, 3]
    assert [one.point for one in found["down"].chosen] == [0, 0, 0]


def test_an_equity_of_another_length_is_refused() -> None:
    points: Points = points_of(Space((axis_of("a", "1"), axis_of("b", "1"))))
    with pytest.raises(EvaluatorError, match=r"an equity of shape \(3,\) for bars 10 to 19"):
        worked(Seen().evaluator(), lambda _: np.ones(3), points, {"x": walk_forward(20, 10, 10)}, Goal("sum"))


def test_an_unknown_statistic_is_refused_before_anything_runs() -> None:
    with pytest.raises(SweepInputError, match="there is no statistic luck"):
        judged(BARS, walk_forward(400, 100, 100), "luck")
