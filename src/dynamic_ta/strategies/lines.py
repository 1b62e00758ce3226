"""The whole lines that a strategy reads, in float64: prices, indicators, highest and lowest values."""

from collections.abc import Callable

import numpy as np

from dynamic_ta.data import Bars
from dynamic_ta.errors import IndicatorInputError
from dynamic_ta.indicators.model import F64, Indicator, Settings
from dynamic_ta.indicators.model import Lines as Arrays
from dynamic_ta.strategies.bind import first_bar, number_of, row_of, settings_of
from dynamic_ta.strategies.errors import StrategyError
from dynamic_ta.strategies.pointwise import check_denominators, value_of
from dynamic_ta.strategies.text import text_of
from dynamic_ta.strategies.tree import Extreme, Node, Output, Price, Read

# How an indicator's lines are found: by its oracle, or by a device that must find the same.
Compute = Callable[[Indicator, Arrays, Settings], Arrays]


class Lines:
    """Computes each line of ``bars`` once; what it is asked for holds no parameters.

    Parameters
    ----------
    where : what the messages begin with
    bars : at least one more than the warm-up of what is asked for
    compute : of the indicators; raises IndicatorInputError as the oracle does
    """

    def __init__(self, bars: Bars, where: str, compute: Compute = Indicator.oracle) -> None:
        self.bars = bars
        self.where = where
        self._indicator = compute
        self._known: dict[Read, F64] = {}

    def __call__(self, read: Read) -> F64:
        """Return float64[n_bars], NaN before its first value.

        Raises
        ------
        StrategyError : a division by zero, or an input or a setting that the indicator refuses
        """
        if read not in self._known:
            self._compute(read)
        return self._known[read]

    def _compute(self, read: Read) -> None:
        match read:
            case Price(name):
                self._known[read] = getattr(self.bars, name)
            case Extreme(function, line, bars):
                self._known[read] = _extreme(function, self._input(line), int(number_of(bars)))
            case Output():
                self._known.update(self._outputs(read))

    def _input(self, node: Node) -> F64:
        check_denominators(self.where, node, self)
        return np.asarray(value_of(node, self), np.float64)

    def _outputs(self, read: Output) -> dict[Read, F64]:
        """Leading bars without a value are left out, as TA-Lib does: an indicator of an indicator starts later."""
        row = row_of(read)
        start = max(map(first_bar, read.inputs))
        inputs = tuple(np.ascontiguousarray(self._input(node)[start:]) for node in read.inputs)
        try:
            found = self._indicator(row, inputs, settings_of(read))
        except IndicatorInputError as error:
            counted = f", its bars counted from bar {start}" if start else ""
            raise StrategyError(f"{self.where}: {text_of(read)}: {error.message}{counted}", error.hint) from error
        before = np.full(start, np.nan)
        return {
            Output(read.indicator, name, read.inputs, read.settings): np.concatenate((before, line))
            for name, line in zip(row.outputs, found, strict=True)
        }


def _extreme(function: str, line: F64, bars: int) -> F64:
    found = np.full(line.size, np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(line, bars)
    found[bars - 1 :] = windows.max(axis=1) if function == "highest" else windows.min(axis=1)
    return found
