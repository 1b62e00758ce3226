"""Whether each indicator takes the settings that a strategy gives it, tried on bars that are made up."""

import numpy as np

from dynamic_ta.errors import IndicatorInputError
from dynamic_ta.indicators.model import F64, Lines
from dynamic_ta.strategies.bind import Bound, row_of, settings_of
from dynamic_ta.strategies.errors import StrategyError
from dynamic_ta.strategies.model import place_of
from dynamic_ta.strategies.text import text_of
from dynamic_ta.strategies.tree import Output, walk

_MOST_BARS = 100_000


def check_calls(bound: Bound) -> None:
    """Return if each indicator takes its settings: only it knows that its fast window must be below its slow one.

    Raises
    ------
    StrategyError : one does not
    """
    for key, node in bound.expressions.items():
        for part in walk(node):
            if isinstance(part, Output):
                _check(f"{bound.strategy.name}: {place_of(key)}", part)


def _check(where: str, node: Output) -> None:
    row, settings = row_of(node), settings_of(node)
    bars = max(row.warm_up(settings)) + 1
    if bars > _MOST_BARS:
        return  # not worth the wait: with real bars it will be known
    try:
        row.oracle(_made_up(row.inputs, bars), settings)
    except IndicatorInputError as error:
        raise StrategyError(f"{where}: {text_of(node)}: {error.message}", error.hint) from error


def _made_up(names: tuple[str, ...], bars: int) -> Lines:
    close: F64 = 100 + np.arange(bars, dtype=np.float64) % 7
    columns = {"open": close - 1, "high": close + 1, "low": close - 2, "close": close, "volume": close}
    return tuple(columns[name] for name in names)
