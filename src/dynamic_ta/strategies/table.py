"""What the variants of a strategy read: each distinct line once, and for each variant which of them are its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dynamic_ta.data import Bars
from dynamic_ta.indicators.model import F64, Indicator
from dynamic_ta.strategies.bind import bound_node, bound_read, check_part, first_bar, needs_check, values_of
from dynamic_ta.strategies.decide import check_length
from dynamic_ta.strategies.errors import StrategyError
from dynamic_ta.strategies.lines import Compute, Lines
from dynamic_ta.strategies.model import Strategy, place_of
from dynamic_ta.strategies.text import text_of
from dynamic_ta.strategies.tree import Lagged, Node, Read, parameters_of, parts_first, reads

_Index = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """What the variants of a strategy read, on one instrument.

    Parameters
    ----------
    lines : float64[max(1, n_rows), n_bars], each distinct line once; NaN before its first value
    rows : uint32[n_variants, max(1, n_lines)], for each line of the text, its row
    params : float64[n_variants, max(1, n_parameters)]
    names : the text of each row
    """

    lines: F64
    rows: npt.NDArray[np.uint32]
    params: F64
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """Which lines some variants read; none is computed yet.

    Parameters
    ----------
    reads : each distinct one, without parameters
    rows, params : as in ``Table``
    """

    reads: tuple[Read, ...]
    rows: npt.NDArray[np.uint32]
    params: F64


def table_of(
    strategy: Strategy,
    lines: Sequence[Read],
    bars: Bars,
    variants: Sequence[Mapping[str, float]],
    compute: Compute = Indicator.oracle,
) -> Table:
    """Return the table of ``variants``, whose text reads ``lines``. Raises as ``choose``, and what ``Lines`` raises."""
    choice = choose(strategy, lines, bars.n_bars, variants)
    find = Lines(bars, strategy.name, compute)
    computed = np.zeros((max(1, len(choice.reads)), bars.n_bars))
    for n, read in enumerate(choice.reads):
        computed[n] = find(read)
    return Table(computed, choice.rows, choice.params, tuple(map(text_of, choice.reads)))


def choose(strategy: Strategy, lines: Sequence[Read], n_bars: int, variants: Sequence[Mapping[str, float]]) -> Choice:
    """Return which lines ``variants`` read, in the order of ``lines``, once each variant is known to fit.

    Raises
    ------
    StrategyError : no variants, or one that ``bind`` refuses
    StrategyBarsError : one that is not decided within ``n_bars`` bars

    Notes
    -----
    A part of a rule is checked, and a line looked up, once for each choice of the parameters that it names, so that
    the time of many variants is that of a few array operations for each part.
    """
    chosen = _Chosen(strategy, variants)
    for key, node in strategy.expressions.items():
        _check(strategy, key, node, chosen)
        for read, lag in reads(node):
            for values in chosen.distinct(read)[0]:
                check_length(strategy, key, Lagged(bound_read(read, values), lag), n_bars)
    found: dict[Read, int] = {}
    rows = np.zeros((len(variants), max(1, len(lines))), np.uint32)
    for k, line in enumerate(lines):
        values_of_line, which = chosen.distinct(line)
        own = [found.setdefault(bound_read(line, values), len(found)) for values in values_of_line]
        rows[:, k] = np.array(own, np.uint32)[which]
    return Choice(tuple(found), rows, chosen.params)


def longest_warm_up(strategy: Strategy, variants: Sequence[Mapping[str, float]]) -> int:
    """Return the largest ``warm_up`` of ``variants``. Raises StrategyError as ``choose``; as fast as that, too."""
    chosen = _Chosen(strategy, variants)
    longest = 0
    for key, node in strategy.expressions.items():
        _check(strategy, key, node, chosen)
        for read, lag in reads(node):
            found = (first_bar(bound_read(read, values)) + lag for values in chosen.distinct(read)[0])
            longest = max(longest, *found)
    return longest


class _Chosen:
    """The parameters of every variant.

    Parameters
    ----------
    params : float64[n_variants, max(1, n_parameters)]
    """

    def __init__(self, strategy: Strategy, variants: Sequence[Mapping[str, float]]) -> None:
        if not variants:
            raise StrategyError(f"{strategy.name} is given no variants", "give at least one, {} for the defaults")
        self._values = [values_of(strategy, variant) for variant in variants]
        self._columns = {each.name: n for n, each in enumerate(strategy.settings)}
        self.params = np.zeros((len(variants), max(1, len(self._columns))))
        if self._columns:
            self.params[:] = [list(values.values()) for values in self._values]

    def distinct(self, node: Node) -> tuple[list[dict[str, float]], _Index]:
        """Return values for each different choice of what ``node`` names, and for each variant, which it has."""
        columns = [self._columns[name] for name in parameters_of(node)]
        if not columns:
            return self._values[:1], np.zeros(len(self._values), np.intp)
        _, first, which = np.unique(self.params[:, columns], axis=0, return_index=True, return_inverse=True)
        return [self._values[n] for n in first.tolist()], which.reshape(-1)


def _check(strategy: Strategy, key: str, node: Node, chosen: _Chosen) -> None:
    for part in filter(needs_check, parts_first(node)):
        for values in chosen.distinct(part)[0]:
            check_part(f"{strategy.name}: {place_of(key)}", bound_node(part, values))
