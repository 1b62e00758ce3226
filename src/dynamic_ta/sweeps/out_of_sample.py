"""Choose the best on each train span, judge it on the test, and join the tests to one equity."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dynamic_ta.sweeps.errors import EvaluatorError
from dynamic_ta.sweeps.executors.model import Execute
from dynamic_ta.sweeps.model import F64, BarRange, Chunk, EquityOf, Evaluator, Points, Variant, Variants
from dynamic_ta.sweeps.reduce import Columns, Goal
from dynamic_ta.sweeps.splits.model import Scheme, ranges_to_test, ranges_to_train

_Test = tuple[str, int, int]  # asset, split, which of its test spans
_Choice = tuple[int | None, float]  # the point, and its statistic on train


@dataclass(frozen=True, slots=True)
class Chosen:
    """What one split came to.

    Parameters
    ----------
    point : the best on train, the first of equal ones; None if the statistic was undefined for all, and then one stays
        out of the market
    train : its statistic there; over several spans the mean by bars, of those where it is defined
    test : its statistic on each test span
    """

    split: int
    point: int | None
    train: float
    test: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class OutOfSample:
    """What the choice was worth out of sample, on one asset.

    Parameters
    ----------
    equity : float64[bars of the path] a path, at each close, 1 at the start; each test begins without a position
    """

    scheme: Scheme
    chosen: tuple[Chosen, ...]
    equity: tuple[F64, ...]

    @property
    def degradation(self) -> float:
        """Mean over splits of the statistic on train less that on test; NaN if no split has both."""
        pairs = [(one.train, _mean(one.test, [1.0] * len(one.test))) for one in self.chosen]
        gaps = [train - test for train, test in pairs if not math.isnan(train - test)]
        return sum(gaps) / len(gaps) if gaps else math.nan


def train_variants(points: Points, schemes: Mapping[str, Scheme], warm_up: int) -> Variants:
    """Return every point on every train span of every asset: what ``out_of_sample`` wants the results of."""
    return Variants(
        points,
        tuple(
            (asset, bars)
            for asset, scheme in schemes.items()
            for split in scheme.splits
            for bars in ranges_to_train(split, warm_up)
        ),
    )


def out_of_sample(
    trained: Columns,
    evaluator: Evaluator,
    equity_of: EquityOf,
    points: Points,
    schemes: Mapping[str, Scheme],
    goal: Goal,
    execute: Execute,
    warm_up: int = 0,
) -> dict[str, OutOfSample]:
    """Choose and judge on each asset alone.

    Parameters
    ----------
    trained : what a sweep of ``train_variants(points, schemes, warm_up)`` found
    equity_of : what the chosen ones' accounts were worth; called once a test span, in this process
    schemes : by asset
    goal : the best by this is chosen
    warm_up : bars before a span that may be read

    Raises
    ------
    SweepInputError : an unknown statistic
    EvaluatorError : an equity of another length than its span
    """
    column = goal.column(evaluator.statistics)
    chosen = _choices(trained.values[:, column].reshape(-1, len(points.values)), schemes, goal)
    tests: dict[_Test, Variant] = {
        (asset, n, which): Variant(asset, bars, points.names, points.row(point))
        for asset, scheme in schemes.items()
        for n, (split, (point, _)) in enumerate(zip(scheme.splits, chosen[asset], strict=True))
        for which, bars in enumerate(ranges_to_test(split, warm_up))
        if point is not None
    }
    scores = dict(zip(tests, _scores(evaluator, list(tests.values()), column, execute), strict=True))
    equity = {test: _equity(equity_of, variant) for test, variant in tests.items()}
    return {
        asset: OutOfSample(
            scheme,
            tuple(_chosen(asset, scheme, n, *choice, scores) for n, choice in enumerate(chosen[asset])),
            tuple(_stitch(asset, scheme, path, equity) for path in scheme.paths),
        )
        for asset, scheme in schemes.items()
    }


def _choices(table: F64, schemes: Mapping[str, Scheme], goal: Goal) -> dict[str, list[_Choice]]:
    """Return what each split chose; a row of ``table`` is a train span, in the order of ``train_variants``."""
    rows = iter(table)
    return {
        asset: [
            _best(np.array([next(rows) for _ in split.train]), [span.n_bars for span in split.train], goal)
            for split in scheme.splits
        ]
        for asset, scheme in schemes.items()
    }


def _best(scores: F64, weights: Sequence[int], goal: Goal) -> _Choice:
    means = scores[0] if len(scores) == 1 else np.array([_mean(each, weights) for each in scores.T.tolist()])
    ranked = goal.scores(means)
    best = int(ranked.argmax())
    return (None, math.nan) if ranked[best] == -math.inf else (best, float(means[best]))


def _mean(values: Sequence[float], weights: Sequence[float]) -> float:
    known = [(value, weight) for value, weight in zip(values, weights, strict=True) if not math.isnan(value)]
    return sum(v * w for v, w in known) / sum(w for _, w in known) if known else math.nan


def _chosen(
    asset: str, scheme: Scheme, n: int, point: int | None, train: float, scores: Mapping[_Test, float]
) -> Chosen:
    tests = range(len(scheme.splits[n].test))
    return Chosen(n, point, train, tuple(scores.get((asset, n, which), math.nan) for which in tests))


def _scores(evaluator: Evaluator, tests: Sequence[Variant], column: int, execute: Execute) -> list[float]:
    scores = [math.nan] * len(tests)
    for done in execute(evaluator, tests, [Chunk(0, len(tests))] if tests else []):
        scores[done.chunk.start : done.chunk.stop] = done.values[:, column].tolist()
    return scores


def _equity(equity_of: EquityOf, variant: Variant) -> F64:
    equity = equity_of(variant)
    if equity.shape != (variant.bars.n_bars,):
        raise EvaluatorError(
            f"an equity of shape {equity.shape} for {_told(variant.bars)}", "mend the evaluator: a value a bar"
        )
    return equity


def _told(bars: BarRange) -> str:
    return f"bars {bars.start} to {bars.stop - 1}"


def _stitch(asset: str, scheme: Scheme, path: Sequence[tuple[int, int]], parts: Mapping[_Test, F64]) -> F64:
    """Let each part begin with what the one before left; without a choice nothing is gained or lost."""
    worth = 1.0
    joined: list[F64] = []
    for split, which in path:
        part = parts.get((asset, split, which))
        joined.append(worth * (np.ones(scheme.splits[split].test[which].n_bars) if part is None else part))
        worth = float(joined[-1][-1])
    return np.concatenate(joined)
