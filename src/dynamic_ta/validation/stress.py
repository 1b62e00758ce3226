"""Shocks to a return series: each a pure function with a stated effect, and a table of scenarios."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dynamic_ta.data.model import F64
from dynamic_ta.validation.errors import SampleError
from dynamic_ta.validation.model import Check, Finding, Sample, Settings
from dynamic_ta.validation.statistics import max_drawdown

_MISSED = 5  # a Philox key
_BPS = 10_000


def with_gap(returns: F64, at: int, gap: float) -> F64:
    """Return the series with a fall of ``gap``, 0 to 1, at the end of period ``at``: then wealth is 1 - gap as much."""
    shocked = returns.copy()
    shocked[at] = (1 + returns[at]) * (1 - gap) - 1
    return shocked


def with_volatility(returns: F64, factor: float) -> F64:
    """Return the series with ``factor`` times the deviation and the same mean, but nothing below -1."""
    average = returns.mean()
    return np.asarray(np.maximum(average + factor * (returns - average), -1.0))


def with_costs(returns: F64, costs: F64, factor: float) -> F64:
    """Return the series as if each period had paid ``factor`` times its ``costs``, but nothing below -1."""
    return np.asarray(np.maximum(returns - (factor - 1) * costs, -1.0))


def with_slippage(trades: F64, slippage_bps: float) -> F64:
    """Return the trades' returns with ``slippage_bps`` lost at each entry and each exit, the growth times (1 - s)^2."""
    return (1 + trades) * (1 - slippage_bps / _BPS) ** 2 - 1


def with_missed(returns: F64, share: float, seed: int) -> F64:
    """Return the series with round(share * n_periods) periods, drawn by ``seed``, out of the market: a return of 0."""
    generator = np.random.Generator(np.random.Philox(key=[seed, _MISSED]))
    missed = generator.choice(returns.size, round(share * returns.size), replace=False)
    shocked = returns.copy()
    shocked[missed] = 0.0
    return shocked


def without_best(returns: F64, count: int) -> F64:
    """Return the series with its ``count`` largest returns, the earlier of equal ones, set to 0 if above."""
    best = np.argsort(-returns, kind="stable")[:count]
    shocked = returns.copy()
    shocked[best] = np.minimum(returns[best], 0.0)
    return shocked


def with_worst_again(returns: F64, window: int) -> F64:
    """Return float64[n_periods + window]: the series, then the ``window`` periods that lost most, once more.

    Raises
    ------
    SampleError : not 1 <= window <= n_periods
    """
    start = worst_window(returns, window)
    return np.concatenate((returns, returns[start : start + window]))


def worst_window(returns: F64, window: int) -> int:
    """Return where the ``window`` periods with the least growth begin, the first of equal ones; errors as above."""
    if not 1 <= window <= returns.size:
        raise SampleError(f"a window of {window} periods of {returns.size}", "give a window within the history")
    return int(np.lib.stride_tricks.sliding_window_view(1 + returns, window).prod(axis=1).argmin())


def trough(returns: F64) -> int:
    """Return the period at whose end the largest drawdown is reached, where one more loss deepens it."""
    wealth = np.cumprod(1 + returns)
    return int((wealth / np.maximum(np.maximum.accumulate(wealth), 1.0)).argmin())


@dataclass(frozen=True, slots=True)
class Scenario:
    """One row: a name, and (sample, settings) -> the shocked series, or None where the sample lacks what it needs."""

    name: str
    apply: Callable[[Sample, Settings], F64 | None]


SCENARIOS = (
    Scenario("gap", lambda s, o: with_gap(s.returns, trough(s.returns), o.gap)),
    Scenario("volatility", lambda s, o: with_volatility(s.returns, o.volatility_factor)),
    Scenario("costs", lambda s, o: None if s.costs is None else with_costs(s.returns, s.costs, o.cost_factor)),
    Scenario("slippage", lambda s, o: None if s.trades is None else with_slippage(s.trades, o.slippage_bps)),
    Scenario("missed", lambda s, o: with_missed(s.returns, o.missed_share, o.seed)),
    Scenario("best missed", lambda s, o: without_best(s.returns, o.missed_best)),
    Scenario("worst again", lambda s, o: with_worst_again(s.returns, min(o.regime_window, s.returns.size))),
)


def _check(sample: Sample, settings: Settings) -> Finding:
    tried = ((scenario.name, scenario.apply(sample, settings)) for scenario in SCENARIOS)
    series = {name: shocked for name, shocked in tried if shocked is not None}
    fallen = {name: float(max_drawdown(shocked)) for name, shocked in series.items()}
    worst = max(fallen, key=lambda name: fallen[name])
    passed = fallen[worst] <= settings.drawdown_limit
    return Finding(
        "stress",
        fallen[worst],
        settings.drawdown_limit,
        passed,
        f"The worst of {len(fallen)} scenarios is {worst}, with a drawdown of {fallen[worst]:.1%}, "
        f"{'within' if passed else 'beyond'} the limit of {settings.drawdown_limit:.0%}.",
        details=tuple(
            figure
            for name, shocked in series.items()
            for figure in (
                (f"{name}_drawdown", fallen[name]),
                (f"{name}_return", float(np.prod(1 + shocked)) - 1),
            )
        ),
    )


STRESS = Check("stress", "Does it survive shocks?", (), _check, "SCENARIOS in dynamic_ta/validation/stress.py")
