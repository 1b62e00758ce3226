"""What goes into a validation, and what comes out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from dynamic_ta.data.model import F64
from dynamic_ta.validation.errors import SampleError, SettingError

I64 = npt.NDArray[np.int64]

# Is told how many checks are done, of how many, and the name of the next one.
Progress = Callable[[int, int, str], None]


def silent(_done: int, _of: int, _next: str) -> None:
    """Tell nobody."""


_BOUNDS: tuple[tuple[str, float, float], ...] = (
    ("seed", 0, 2**63 - 1),
    ("resamples", 100, 1_000_000),
    ("block_length", 0, 1_000_000),
    ("confidence", 0.5001, 0.9999),
    ("significance", 0.0001, 0.4999),
    ("periods_per_year", 0.01, 1e9),
    ("benchmark_sharpe", -100, 100),
    ("blocks", 4, 20),
    ("drawdown_limit", 0.0001, 1),
    ("regime_window", 2, 1_000_000),
    ("gap", 0, 1),
    ("volatility_factor", 0, 100),
    ("cost_factor", 0, 100),
    ("missed_share", 0, 1),
    ("missed_best", 0, 1_000_000),
    ("slippage_bps", 0, 10_000),
)
_CHOICES = (("bootstrap", ("stationary", "circular")), ("interval", ("bca", "percentile")))


@dataclass(frozen=True, slots=True)
class Settings:
    """How to validate, and what is good enough.

    Parameters
    ----------
    seed : of every draw; the same seed gives the same findings
    resamples : bootstrap samples and paths, 100 or more; a p-value is a multiple of 1 / resamples
    bootstrap : blocks of random length (Politis and Romano 1994), or of one length on a circle
    block_length : periods; 0 takes that of Politis and White for each series
    interval : bias corrected and accelerated (Efron 1987), or plain percentiles
    confidence : of intervals, and what a probabilistic or deflated Sharpe ratio must reach
    significance : what a p-value, or a probability of overfitting, may be at most
    periods_per_year : of the returns, for Sharpe ratio and CAGR; 252 for days
    benchmark_sharpe : annualised, what the Sharpe ratio must exceed
    blocks : an even number of blocks for CSCV, 4 to 20
    drawdown_limit : the largest drawdown that is borne, a share of the peak
    regime_window : periods that decide a regime
    gap, volatility_factor, cost_factor, missed_share, missed_best, slippage_bps : the shocks of the stress scenarios
    """

    seed: int = 1
    resamples: int = 1000
    bootstrap: Literal["stationary", "circular"] = "stationary"
    block_length: float = 0.0
    interval: Literal["bca", "percentile"] = "bca"
    confidence: float = 0.95
    significance: float = 0.05
    periods_per_year: float = 252.0
    benchmark_sharpe: float = 0.0
    blocks: int = 16
    drawdown_limit: float = 0.5
    regime_window: int = 63
    gap: float = 0.2
    volatility_factor: float = 1.5
    cost_factor: float = 2.0
    missed_share: float = 0.05
    missed_best: int = 10
    slippage_bps: float = 10.0

    def __post_init__(self) -> None:
        for name, least, most in _BOUNDS:
            if not least <= getattr(self, name) <= most:  # also where it is NaN
                raise SettingError(f"{name} is {getattr(self, name)}", f"give {least:g} to {most:g}")
        for name, choices in _CHOICES:
            if getattr(self, name) not in choices:
                raise SettingError(f"{name} is {getattr(self, name)!r}", f"give {' or '.join(choices)}")
        if 0 < self.block_length < 1:
            raise SettingError(f"block_length is {self.block_length}", "give 1 or more, or 0 for automatic")
        if self.blocks % 2:
            raise SettingError(f"{self.blocks} blocks", "give an even number, so that both halves are as long")


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Checked returns; the arrays are read-only.

    Parameters
    ----------
    returns : float64[n_periods], of the strategy that was chosen, net, a share of the account, at least -1
    trials : float64[n_periods, n_strategies] of everything that was tried, the chosen one among them; or None
    trades : float64[n_trades], the return of each closed trade, at least -1; or None
    benchmark : float64[n_periods], what the strategies should beat, and whose regimes count; or None
    costs : float64[n_periods], what each period paid in costs, a share of the account, at least 0; or None
    names : of the columns of ``trials``
    chosen : the column of ``trials`` that holds ``returns``; 0 without trials
    """

    returns: F64
    trials: F64 | None = None
    trades: F64 | None = None
    benchmark: F64 | None = None
    costs: F64 | None = None
    names: tuple[str, ...] = ()
    chosen: int = 0

    def all_trials(self) -> F64:
        """Return ``trials``, or raise SampleError."""
        return _given("trials", self.trials)

    def all_trades(self) -> F64:
        """Return ``trades``, or raise SampleError."""
        return _given("trades", self.trades)

    def excess(self) -> F64:
        """Return ``trials`` less the benchmark, float64[n_periods, n_strategies]; raises as ``all_trials``."""
        return self.all_trials() if self.benchmark is None else self.all_trials() - self.benchmark[:, None]


def _given(what: str, values: F64 | None) -> F64:
    if values is None:
        raise SampleError(f"no {what} were given", f"give {what}, or leave this check out")
    return values


def p_value_text(value: float, resamples: int) -> str:
    """Return a share of resamples in words; none of them is not never."""
    return f"{value:.1%}" if value else f"less than {1 / resamples:.2%}"


@dataclass(frozen=True, slots=True)
class Interval:
    """``low`` and ``high`` of a value, at a confidence of 0 to 1."""

    low: float
    high: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Parameters
    ----------
    name : of the row
    value : the statistic; NaN where it is undefined
    threshold : what the value, or the interval's end, was held to
    passed : bool, the verdict
    explanation : one plain sentence
    interval : of the value, where the check gives one
    details : other figures by name, in order
    """

    name: str
    value: float
    threshold: float
    passed: bool
    explanation: str
    interval: Interval | None = None
    details: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One row of the table.

    Parameters
    ----------
    name : as ``--test`` takes it
    question : what it answers, in words
    needs : fields of ``Sample`` that may be None and without which it is skipped
    run : (sample, settings) -> finding
    source : author, title, year
    """

    name: str
    question: str
    needs: tuple[Literal["trials", "trades", "benchmark", "costs"], ...]
    run: Callable[[Sample, Settings], Finding]
    source: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A check that was not run, and what it lacked."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Validation:
    """All findings, in the order of the table."""

    findings: tuple[Finding, ...]
    skipped: tuple[Skipped, ...] = field(default=())

    @property
    def passed(self) -> bool:
        return all(finding.passed for finding in self.findings)
