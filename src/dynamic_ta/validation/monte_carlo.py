"""What other orders, and other draws, of the same trades would have done to the account."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, permutations

import numpy as np

from dynamic_ta.data.model import F64
from dynamic_ta.validation.draws import CHUNK
from dynamic_ta.validation.inputs import series_of
from dynamic_ta.validation.intervals import percentile_interval
from dynamic_ta.validation.model import Check, Finding, Sample, Settings
from dynamic_ta.validation.statistics import max_drawdown

_SHUFFLE, _RESAMPLE = 3, 4  # Philox keys


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """Accounts that start at 1, each trade with all of it.

    Parameters
    ----------
    wealth : float64[n_paths], at the end
    drawdown : float64[n_paths], the largest, from trade to trade
    exact : bool, every order there is; else a sample
    """

    wealth: F64
    drawdown: F64
    exact: bool


def reshuffled(trades: F64, paths: int, seed: int) -> Paths:
    """Return the accounts of the same trades in other orders.

    Parameters
    ----------
    trades : float64[n_trades], returns, at least -1, n_trades >= 2
    paths : how many orders to draw; where there are at most as many, each is taken once

    Notes
    -----
    The wealth is that of the trades in any order, but for rounding; only drawdowns differ. Trades that follow each
    other in runs are torn apart, so a strategy whose losses cluster looks safer than it is. O(paths * n_trades).
    """
    deals = series_of("the trades", trades, 2)
    count = math.factorial(deals.size) if deals.size < 20 else math.inf  # noqa: PLR2004  # beyond any number of paths
    if count <= paths:
        return _paths(_every_order(deals), exact=True)
    return _paths(_orders(deals, paths, seed), exact=False)


def redrawn(trades: F64, paths: int, seed: int) -> Paths:
    """Return the accounts of as many trades drawn with replacement; parameters as in ``reshuffled``."""
    deals = series_of("the trades", trades, 2)
    return _paths(_draws(deals, paths, seed), exact=False)


def _every_order(deals: F64) -> Iterator[F64]:
    orders = permutations(deals.tolist())
    while some := list(islice(orders, max(1, CHUNK // deals.size))):
        yield np.array(some)


def _orders(deals: F64, paths: int, seed: int) -> Iterator[F64]:
    generator = np.random.Generator(np.random.Philox(key=[seed, _SHUFFLE]))
    for count in _counts(deals.size, paths):
        yield generator.permuted(np.tile(deals, (count, 1)), axis=1)


def _draws(deals: F64, paths: int, seed: int) -> Iterator[F64]:
    generator = np.random.Generator(np.random.Philox(key=[seed, _RESAMPLE]))
    for count in _counts(deals.size, paths):
        yield deals[generator.integers(0, deals.size, (count, deals.size))]


def _counts(size: int, paths: int) -> Iterator[int]:
    at_a_time = max(1, CHUNK // size)
    for first in range(0, paths, at_a_time):
        yield min(at_a_time, paths - first)


def _paths(chunks: Iterator[F64], *, exact: bool) -> Paths:
    found = [(np.prod(1 + chunk, axis=1), max_drawdown(chunk)) for chunk in chunks]
    wealth, drawdown = (np.concatenate(column) for column in zip(*found, strict=True))
    return Paths(wealth, drawdown, exact)


def _check(sample: Sample, settings: Settings) -> Finding:
    trades = sample.all_trades()
    orders = reshuffled(trades, settings.resamples, settings.seed)
    draws = redrawn(trades, settings.resamples, settings.seed)
    tail = 1 - settings.confidence
    deepest = float(np.quantile(orders.drawdown, settings.confidence))
    poorest, middle, richest = np.quantile(draws.wealth, (tail / 2, 0.5, 1 - tail / 2)).tolist()
    passed = deepest <= settings.drawdown_limit
    return Finding(
        "monte-carlo",
        deepest,
        settings.drawdown_limit,
        passed,
        f"In {settings.confidence:.0%} of {'all' if orders.exact else 'the drawn'} orders of these trades the drawdown "
        f"is at most {deepest:.1%}, {'within' if passed else 'beyond'} the limit of {settings.drawdown_limit:.0%}.",
        percentile_interval(orders.drawdown, settings.confidence),
        (
            ("wealth_low", poorest),
            ("wealth_median", middle),
            ("wealth_high", richest),
            ("loss_probability", float((draws.wealth < 1).mean())),
        ),
    )


MONTE_CARLO = Check(
    "monte-carlo",
    "How deep could the same trades have fallen in another order?",
    ("trades",),
    _check,
    "every order where they are few, else a sample of them; Efron 1979",
)
