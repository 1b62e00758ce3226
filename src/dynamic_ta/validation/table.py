"""The table of checks. A new one is one file beside this one, its test, its section in the docs, and one row here."""

from dynamic_ta.validation.deflated_sharpe import DEFLATED_SHARPE
from dynamic_ta.validation.intervals import CAGR_INTERVAL, DRAWDOWN_INTERVAL, SHARPE_INTERVAL
from dynamic_ta.validation.model import Check
from dynamic_ta.validation.monte_carlo import MONTE_CARLO
from dynamic_ta.validation.overfitting import OVERFITTING
from dynamic_ta.validation.probabilistic_sharpe import PROBABILISTIC_SHARPE
from dynamic_ta.validation.reality_check import REALITY_CHECK
from dynamic_ta.validation.regimes import REGIMES
from dynamic_ta.validation.spa import SPA
from dynamic_ta.validation.step_m import STEP_M
from dynamic_ta.validation.stress import STRESS
from dynamic_ta.validation.track_record import TRACK_RECORD

CHECKS: tuple[Check, ...] = (
    SHARPE_INTERVAL,
    CAGR_INTERVAL,
    DRAWDOWN_INTERVAL,
    PROBABILISTIC_SHARPE,
    TRACK_RECORD,
    DEFLATED_SHARPE,
    OVERFITTING,
    REALITY_CHECK,
    SPA,
    STEP_M,
    MONTE_CARLO,
    REGIMES,
    STRESS,
)
