"""A sweep for a person."""

import math
from collections.abc import Sequence

from rich.table import Table

from dynamic_ta.sweeps.document import Swept, deepest_fall
from dynamic_ta.sweeps.model import Points
from dynamic_ta.sweeps.out_of_sample import OutOfSample
from dynamic_ta.sweeps.reduce import Goal

_BESIDE = ("total_return", "sharpe", "max_drawdown", "trades")


def headline(swept: Swept) -> str:
    """Return what was swept, and how much of it now."""
    points, rows = len(swept.variants.points.values), len(swept.variants)
    what = f"{swept.strategy}: {points} points of {swept.search.sampler.name} on {_assets(swept)}, {rows} variants"
    return f"{what} ({rows - swept.evaluated} were on record), best by {_goal(swept.goal)}"


def top_table(swept: Swept) -> Table:
    """Return the best variants, a row each."""
    shown = list(dict.fromkeys((swept.goal.statistic, *(name for name in _BESIDE if name in swept.statistics))))
    table = Table("asset", *swept.variants.points.names, *shown, box=None, pad_edge=False)
    for row, values in swept.top:
        variant = swept.variants[row]
        told = dict(zip(swept.statistics, values, strict=True))
        table.add_row(variant.asset, *map(number, variant.values), *(number(told[name]) for name in shown))
    return table


def split_table(found: OutOfSample, points: Points, goal: Goal) -> Table:
    """Return what each split chose, a row each."""
    table = Table("train", "test", *points.names, f"{goal.statistic} on train", "on test", box=None, pad_edge=False)
    for split, one in zip(found.scheme.splits, found.chosen, strict=True):
        chosen = ["-"] * len(points.names) if one.point is None else [number(v) for v in points.row(one.point)]
        spans = [", ".join(f"{span.start}-{span.stop - 1}" for span in side) for side in (split.train, split.test)]
        table.add_row(*spans, *chosen, number(one.train), ", ".join(map(number, one.test)))
    return table


def split_summary(name: str, found: OutOfSample, goal: Goal) -> str:
    """Return what the tests came to, on one line; of many histories, from the least to the most."""
    gains = sorted(float(equity[-1]) - 1 for equity in found.equity)
    earned = f"{100 * gains[0]:.2f}%"
    if len(gains) > 1:
        earned = f"{earned} to {100 * gains[-1]:.2f}% over {len(gains)} histories"
    fall = max(map(deepest_fall, found.equity))
    return (
        f"{name}: out of sample {earned}, deepest fall {100 * fall:.2f}%,"
        f" {goal.statistic} {number(found.degradation)} better on train than on test"
    )


def number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.6g}"


def _assets(swept: Swept) -> str:
    names: Sequence[str] = list(swept.assets)
    return names[0] if len(names) == 1 else f"{len(names)} assets"


def _goal(goal: Goal) -> str:
    return goal.statistic if goal.more else f"least {goal.statistic}"
