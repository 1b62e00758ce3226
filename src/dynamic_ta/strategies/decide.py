"""The decisions of a strategy at every close, in NumPy float64: the oracle of the fused kernel."""

from collections.abc import Mapping

import numpy as np

from dynamic_ta.data import Bars
from dynamic_ta.indicators.model import F64
from dynamic_ta.simulation.model import Decisions, Signals
from dynamic_ta.strategies.bind import bind, first_bar
from dynamic_ta.strategies.errors import StrategyBarsError
from dynamic_ta.strategies.lines import Lines
from dynamic_ta.strategies.model import Strategy, place_of
from dynamic_ta.strategies.pointwise import check_denominators, decided, value_of
from dynamic_ta.strategies.tree import Node


def signals(strategy: Strategy, bars: Bars, parameters: Mapping[str, float] | None = None) -> Signals:
    """Return what ``strategy`` decides at each close of ``bars``, from that close and those before.

    A rule is decided at the bars for which every line that it reads has a value, and says no before; ``not`` does not
    change that. So does an amount, which is NaN before. A rule that the strategy does not have says no.

    Parameters
    ----------
    parameters : values in place of the defaults, by name

    Raises
    ------
    StrategyError : parameters that do not fit, see ``bind``; what an indicator refuses
    StrategyBarsError : more warm-up than bars, or a division by zero at a bar at which the rule is decided

    Notes
    -----
    O(n_bars) time for each part of each rule. In float64 the fused kernel decides the same, bit for bit.
    """
    bound = bind(strategy, parameters)
    for key, node in bound.expressions.items():
        check_length(strategy, key, node, bars.n_bars)
    find = Lines(bars, strategy.name)
    rules: dict[str, Decisions] = {}
    amounts: dict[str, F64 | None] = {}
    for key, node in bound.expressions.items():
        find.where = f"{strategy.name}: {place_of(key)}"
        check_denominators(find.where, node, find)
        known, value = decided(node, find), value_of(node, find)
        if key in strategy.rules:
            rules[key] = np.broadcast_to(np.logical_and(value, known), bars.n_bars).copy()
        else:
            amounts[key] = np.broadcast_to(np.where(known, value, np.nan), bars.n_bars).astype(np.float64)
    never = np.zeros(bars.n_bars, np.bool_)
    never.setflags(write=False)  # it stands for several rules
    return Signals(
        enter_long=rules.get("enter_long", never),
        exit_long=rules.get("exit_long", never),
        enter_short=rules.get("enter_short", never),
        exit_short=rules.get("exit_short", never),
        stop_distance=amounts.get("stop_distance"),
        size=amounts.get("size"),
    )


def check_length(strategy: Strategy, key: str, node: Node, bars: int) -> None:
    """Return if ``node``, without parameters, is decided before the last of ``bars`` bars is over.

    Raises
    ------
    StrategyBarsError : it is not
    """
    warm_up = first_bar(node)
    if warm_up >= bars:
        raise StrategyBarsError(
            f"{strategy.name}: {place_of(key)} is not decided before bar {warm_up}, and there are {bars} bars",
            "give more bars, or choose shorter windows",
        )
