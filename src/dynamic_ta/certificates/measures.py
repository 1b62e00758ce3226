"""The table of what a limit can be set on. A new measure is one row here; what the validation finds has its rows too.

Each says its value, and where a breach of a limit is first visible: a bar, a trade, or only the whole run.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dynamic_ta.certificates.model import Case, Limit, Measured
from dynamic_ta.data.model import F64
from dynamic_ta.simulation.model import STATISTICS
from dynamic_ta.validation import CHECKS

_TAIL_95, _TAIL_99 = 0.05, 0.01


@dataclass(frozen=True, slots=True)
class Measure:
    """One row.

    Parameters
    ----------
    value : from a case to a number, NaN where it is undefined
    path : float64[n_bars], the value as it was known at each close, or None: then only the whole run shows a breach
    extreme : bool, the value is the path's extreme, so the first bar beyond the limit is where it broke; otherwise it
        is the path's last value, and the breach is told from the bar on that it stays beyond
    trades : float64[n_closed], the value of each closed trade, of which the measure's is the extreme; or None
    check : the validation's row that it comes from; "" is none
    """

    name: str
    help: str
    value: Callable[[Case], float]
    path: Callable[[Case], F64] | None = None
    extreme: bool = False
    trades: Callable[[Case], F64] | None = None
    check: str = ""


def returns_of(case: Case) -> F64:
    """Return float64[n_bars - 1], equity at each close / that of the close before - 1."""
    equity = case.simulation.equity
    return equity[1:] / equity[:-1] - 1


def _loss_path(case: Case) -> F64:
    return np.concatenate(([0.0], -returns_of(case)))


def _drawdown_path(case: Case) -> F64:
    equity = case.simulation.equity
    return np.asarray(1 - equity / np.maximum.accumulate(np.maximum(equity, case.account.initial_cash)))


def _return_path(case: Case) -> F64:
    return case.simulation.equity / case.account.initial_cash - 1


def _sharpe_path(case: Case) -> F64:
    """Return the Sharpe ratio of the returns so far; NaN where there are fewer than two, or none moved."""
    returns = returns_of(case)
    count = np.arange(1, returns.size + 1)
    mean = np.cumsum(returns) / count
    spread = np.cumsum(returns * returns) - count * mean * mean
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.sqrt(case.account.periods_per_year) * mean / np.sqrt(spread / (count - 1))
    return np.concatenate(([np.nan], np.where(np.isfinite(ratio), ratio, np.nan)))


def _exposure_path(case: Case) -> F64:
    held = case.simulation.exposure != 0
    return np.cumsum(held) / np.arange(1, held.size + 1)


def _gross_path(case: Case) -> F64:
    return np.nan_to_num(np.abs(case.simulation.exposure), nan=math.inf)


def value_at_risk(returns: F64, tail: float) -> float:
    """Return the loss of one bar that the worst ``tail`` of bars reach or exceed, as a share, at least 0.

    It is the historical one, of the returns as they were: the ceil(tail * n)-th largest loss.
    """
    return max(0.0, float(np.sort(-returns)[-_tail_count(returns, tail)])) if returns.size else math.nan


def expected_shortfall(returns: F64, tail: float) -> float:
    """Return the mean loss of the ceil(tail * n) worst bars, as a share."""
    return float(np.sort(-returns)[-_tail_count(returns, tail) :].mean()) if returns.size else math.nan


def _tail_count(returns: F64, tail: float) -> int:
    # Rounding may put tail * n just above a whole number: 0.05 * 20 must be 1.
    return max(1, math.ceil(tail * returns.size - 1e-9))


def _trade_losses(case: Case) -> F64:
    """Return float64[n_closed], - net / value at entry of each closed trade."""
    return np.array([-trade.net / (trade.entry_price * trade.quantity) for trade in case.closed], np.float64)


def _statistic(name: str) -> Measure:
    paths = {
        "exposure": _exposure_path,
        "max_drawdown": _drawdown_path,
        "sharpe": _sharpe_path,
        "total_return": _return_path,
    }
    return Measure(
        name,
        "of the simulation",
        lambda case: float(getattr(case.simulation.statistics, name)),
        paths.get(name),
        extreme=name == "max_drawdown",
    )


def _finding(check: str) -> Measure:
    return Measure(check, "value of the validation's check", lambda case: _found(case, check), check=check)


def _found(case: Case, check: str) -> float:
    return next((finding.value for finding in case.validation.findings if finding.name == check), math.nan)


def _end(case: Case, check: str, end: str) -> float:
    found = next((finding.interval for finding in case.validation.findings if finding.name == check), None)
    return math.nan if found is None else float(getattr(found, end))


def _interval(name: str, check: str, end: str) -> Measure:
    return Measure(name, f"{end} end of {check}", lambda case: _end(case, check, end), check=check)


MEASURES: tuple[Measure, ...] = (
    *(_statistic(name) for name in STATISTICS if name != "open_trade"),
    Measure(
        "worst_bar",
        "largest loss from close to close, a share",
        lambda case: float(_loss_path(case).max()),
        _loss_path,
        extreme=True,
    ),
    Measure(
        "value_at_risk_95",
        "loss that 5 % of bars reach, a share",
        lambda case: value_at_risk(returns_of(case), _TAIL_95),
    ),
    Measure(
        "value_at_risk_99",
        "loss that 1 % of bars reach, a share",
        lambda case: value_at_risk(returns_of(case), _TAIL_99),
    ),
    Measure(
        "expected_shortfall_95",
        "mean loss of the worst 5 % of bars, a share",
        lambda case: expected_shortfall(returns_of(case), _TAIL_95),
    ),
    Measure(
        "gross_exposure",
        "largest value of the position / equity, either side",
        lambda case: float(_gross_path(case).max()),
        _gross_path,
        extreme=True,
    ),
    Measure(
        "worst_trade",
        "largest loss of a closed trade, a share of its value at entry",
        lambda case: float(_trade_losses(case).max()) if case.closed else math.nan,
        trades=_trade_losses,
    ),
    _interval("sharpe_low", "sharpe-interval", "low"),
    _interval("cagr_low", "cagr-interval", "low"),
    _interval("drawdown_high", "drawdown-interval", "high"),
    *(_finding(check.name) for check in CHECKS),
)


def check_of(name: str) -> str:
    """Return the validation's check that the measure ``name`` needs; "" where it needs none, or is none."""
    return next((measure.check for measure in MEASURES if measure.name == name), "")


def measure(limit: Limit, data: str, case: Case) -> Measured:
    """Hold ``limit`` to ``case``."""
    row = next(row for row in MEASURES if row.name == limit.measure)
    value = row.value(case)
    if limit.keeps(value):
        return Measured(data, limit, value, kept=True)
    if math.isnan(value):
        return Measured(data, limit, value, kept=False, explanation=_undefined(row, case))
    return Measured(data, limit, value, False, *_place(row, limit, value, case))


def _place(row: Measure, limit: Limit, value: float, case: Case) -> tuple[int | None, int | None, str]:
    """Return the bar and the trade at which a breach is first visible, and how they were found."""
    if row.trades is not None:
        trade = int(_beyond(limit, row.trades(case)).argmax())
        return case.closed[trade].exit_bar, trade, "the first trade beyond the limit"
    if row.path is None:
        return None, None, "seen in the whole run only"
    beyond = _beyond(limit, row.path(case))
    if row.extreme and limit.most is not None and value > limit.most:
        return int(beyond.argmax()), None, "the first bar beyond the limit"
    if row.extreme:
        return beyond.size - 1, None, "not reached by the last bar"
    within = np.flatnonzero(~beyond)
    bar = int(within[-1]) + 1 if within.size else 0
    return min(bar, beyond.size - 1), None, "from this bar on to the end"


def _undefined(row: Measure, case: Case) -> str:
    if row.check in case.undecided:
        return f"undefined: {case.undecided[row.check]}"
    return "undefined: no trade was closed" if not case.closed else "undefined on these bars"


def _beyond(limit: Limit, path: F64) -> npt.NDArray[np.bool_]:
    """Return bool[n_bars], the path is not within the limit; NaN is not."""
    return np.array([not limit.keeps(value) for value in path.tolist()], np.bool_)
