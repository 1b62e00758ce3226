"""The table of features. A new one is one row here, and a higher version of the recipe.

Only +, -, *, / and square roots of IEEE 754 may be used, by the formulas and the indicators alike: NumPy's exp and log
differ in the last digit between processors, and a snapshot would have another digest there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dynamic_ai import DatasetError
from dynamic_ta import INDICATORS, Indicator
from dynamic_ta.data import Bars

F64 = npt.NDArray[np.float64]

# The line that needs no indicator: the close, so many bars ago.
LAG = "lag"


@dataclass(frozen=True, slots=True)
class Formula:
    """From an indicator's line to a number without a unit: ``text`` for the manifest, ``compute`` for the machine."""

    text: str
    compute: Callable[[Bars, F64], F64]


CLOSE_OVER_LINE = Formula("close / line - 1", lambda bars, line: bars.close / line - 1.0)
LINE_OVER_CLOSE = Formula("line / close", lambda bars, line: line / bars.close)
PERCENT = Formula("line / 100", lambda _, line: line / 100.0)


@dataclass(frozen=True, slots=True)
class FeatureRow:
    """One row. ``output`` is one of the indicator's lines; "" is its first."""

    name: str
    indicator: str
    settings: tuple[int | float, ...]
    formula: Formula
    output: str = ""

    def definition(self) -> Mapping[str, object]:
        """Return what the manifest says of it."""
        return {
            "indicator": self.indicator,
            "settings": list(self.settings),
            "output": self.output,
            "formula": self.formula.text,
        }


FEATURES = (
    FeatureRow("return_1", LAG, (1,), CLOSE_OVER_LINE),
    FeatureRow("return_5", LAG, (5,), CLOSE_OVER_LINE),
    FeatureRow("return_20", LAG, (20,), CLOSE_OVER_LINE),
    FeatureRow("close_to_sma_20", "sma", (20,), CLOSE_OVER_LINE),
    FeatureRow("close_to_sma_100", "sma", (100,), CLOSE_OVER_LINE),
    FeatureRow("close_to_ema_50", "ema", (50,), CLOSE_OVER_LINE),
    FeatureRow("macd_to_close", "macd", (12, 26, 9), LINE_OVER_CLOSE, "macd"),
    FeatureRow("atr_14_to_close", "atr", (14,), LINE_OVER_CLOSE),
    FeatureRow("rsi_14", "rsi", (14,), PERCENT),
)


def compute(row: FeatureRow, bars: Bars) -> F64:
    """Return float64[n_bars], NaN in the warm-up; bar t is computed from bars 0 to t.

    Raises
    ------
    DatasetError : fewer bars than the warm-up, or an indicator that is not in the table
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return row.formula.compute(bars, _line(row, bars))


def warm_up(row: FeatureRow) -> int:
    """Return how many bars have no value."""
    if row.indicator == LAG:
        return int(row.settings[0])
    indicator = _indicator(row)
    return indicator.warm_up(row.settings)[_output(row, indicator)]


def _line(row: FeatureRow, bars: Bars) -> F64:
    if row.indicator == LAG:
        line = np.full(bars.n_bars, np.nan)
        line[int(row.settings[0]) :] = bars.close[: -int(row.settings[0])]
        return line
    indicator = _indicator(row)
    lines = indicator.oracle(tuple(getattr(bars, name) for name in indicator.inputs), row.settings)
    return lines[_output(row, indicator)]


def _indicator(row: FeatureRow) -> Indicator:
    found = next((known for known in INDICATORS if known.name == row.indicator), None)
    if found is None:
        raise DatasetError(f"{row.name} needs the indicator {row.indicator!r}", "add its row to INDICATORS")
    return found


def _output(row: FeatureRow, indicator: Indicator) -> int:
    return indicator.outputs.index(row.output) if row.output else 0
