"""A sweep as a JSON document."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dynamic_ta.backtest.document import data_document
from dynamic_ta.data import Bars
from dynamic_ta.data.model import F64
from dynamic_ta.sweeps.model import Points, Variants
from dynamic_ta.sweeps.out_of_sample import OutOfSample
from dynamic_ta.sweeps.reduce import Goal, HeatMap
from dynamic_ta.sweeps.spaces import Search

SCHEMA = "dynamic.sweep/2"


@dataclass(frozen=True, slots=True, eq=False)
class Swept:
    """All that is told of a sweep.

    Parameters
    ----------
    digest : what its journal is kept under
    evaluated : rows that were evaluated now; the others were on record
    top : (row, its statistics), the best first; empty for a split
    split : as it was asked for; "" for none
    judged : by asset; None without a split
    """

    strategy: str
    strategy_digest: str
    assets: Mapping[str, Bars]
    search: Search
    variants: Variants
    statistics: tuple[str, ...]
    goal: Goal
    executor: str
    digest: str
    evaluated: int
    top: Sequence[tuple[int, tuple[float, ...]]] = ()
    heat: HeatMap | None = None
    split: str = ""
    judged: Mapping[str, OutOfSample] | None = None


def sweep_document(swept: Swept) -> dict[str, object]:
    """Return everything; what is undefined is null."""
    return {
        "schema": SCHEMA,
        "strategy": {"name": swept.strategy, "digest": swept.strategy_digest},
        "data": [{**data_document(bars), "name": name} for name, bars in swept.assets.items()],
        "space": {**swept.search.document, "digest": swept.search.digest, "points": len(swept.variants.points.values)},
        "goal": {"statistic": swept.goal.statistic, "more": swept.goal.more},
        "executor": swept.executor,
        "digest": swept.digest,
        "variants": len(swept.variants),
        "evaluated": swept.evaluated,
        "top": [_row(swept, row, values) for row, values in swept.top],
        "map": None if swept.heat is None else _map(swept.heat),
        "split": swept.split or None,
        "out_of_sample": None
        if swept.judged is None
        else {name: split_document(found, swept.variants.points) for name, found in swept.judged.items()},
    }


def _row(swept: Swept, row: int, values: Sequence[float]) -> dict[str, object]:
    variant = swept.variants[row]
    return {
        "asset": variant.asset,
        "bars": [variant.bars.start, variant.bars.stop],
        "parameters": variant.parameters,
        "statistics": {name: _number(value) for name, value in zip(swept.statistics, values, strict=True)},
    }


def _map(heat: HeatMap) -> dict[str, object]:
    return {
        "x": heat.x.tolist(),
        "y": heat.y.tolist(),
        "best": [[_number(value) for value in row] for row in heat.best.tolist()],
        "variants": heat.rows.tolist(),
    }


def split_document(found: OutOfSample, points: Points) -> dict[str, object]:
    """Return what each split chose, and what each history of the tests was worth."""
    splits = [
        {
            "train": [[span.start, span.stop] for span in split.train],
            "test": [[span.start, span.stop] for span in split.test],
            "parameters": None if one.point is None else dict(zip(points.names, points.row(one.point), strict=True)),
            "on_train": _number(one.train),
            "on_test": [_number(value) for value in one.test],
        }
        for split, one in zip(found.scheme.splits, found.chosen, strict=True)
    ]
    return {
        "splits": splits,
        "degradation": _number(found.degradation),
        "histories": [
            {
                "total_return": _number(float(equity[-1]) - 1),
                "max_drawdown": _number(deepest_fall(equity)),
                "equity": [_number(value) for value in equity.tolist()],
            }
            for equity in found.equity
        ],
    }


def deepest_fall(equity: F64) -> float:
    """Return the largest 1 - equity / its greatest so far, the 1 at the start included."""
    return float((1 - equity / np.maximum.accumulate(np.maximum(equity, 1.0))).max())


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
