"""A strategy's rules on a range of bars: what they read before it counts, what they would decide there does not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from dynamic_ta.data import Bars
from dynamic_ta.data.model import F64, NUMBERS
from dynamic_ta.simulation import Signals
from dynamic_ta.simulation.model import DECISIONS
from dynamic_ta.strategies import Strategy, bind, signals
from dynamic_ta.strategies.bind import bound_read
from dynamic_ta.strategies.decide import check_length
from dynamic_ta.strategies.lines import Lines
from dynamic_ta.strategies.opencl import lines_of, opencl_text
from dynamic_ta.strategies.tree import Extreme, Lagged, Node, Output, Price, Read, reads, rebuilt
from dynamic_ta.sweeps.model import BarRange

_MOST_BYTES = 1 << 28


def cut(bars: Bars, start: int, stop: int) -> Bars:
    """Return bars ``start`` to ``stop - 1``."""
    part = slice(start, stop)
    return replace(bars, time=bars.time[part], **{name: getattr(bars, name)[part] for name in NUMBERS})


def signals_in(strategy: Strategy, bars: Bars, of: BarRange, parameters: Mapping[str, float]) -> Signals:
    """Return what the strategy decides at each close of the range, having seen the bars from ``of.context`` on."""
    whole = signals(strategy, cut(bars, of.context, of.stop), parameters)
    part = slice(of.start - of.context, None)
    distance, size = (None if line is None else line[part] for line in (whole.stop_distance, whole.size))
    enter_long, exit_long, enter_short, exit_short = (getattr(whole, name)[part] for name in DECISIONS)
    return Signals(enter_long, exit_long, enter_short, exit_short, distance, size)


@dataclass(frozen=True, slots=True)
class RangeRules:
    """A strategy as OpenCL C in which a line of some bars before is a line of its own.

    So the first bar of a range sees the bars before it, although the kernel is given the range alone.

    Parameters
    ----------
    source : takes the place of the kernel header of the rules
    lines : (line, bars before) of LINE(0, t), LINE(1, t)…, with the strategy's parameters in them
    """

    strategy: Strategy
    source: str
    lines: tuple[tuple[Read, int], ...]


def range_rules(strategy: Strategy) -> RangeRules:
    """Return the rules of ``strategy`` for ranges."""
    every = tuple(dict.fromkeys(read for node in strategy.expressions.values() for read in reads(node)))
    # A price is a line that the text takes as it is; these are named by their number.
    stand_ins = {read: Price(str(n)) for n, read in enumerate(every)}
    expressions = {key: _flat(node, 0, stand_ins) for key, node in strategy.expressions.items()}
    source = opencl_text(strategy.name, expressions, [each.name for each in strategy.settings])
    order = [int(line.name) for line in lines_of(expressions) if isinstance(line, Price)]
    return RangeRules(strategy, source, tuple(every[n] for n in order))


def _flat(node: Node, lag: int, stand_ins: Mapping[tuple[Read, int], Price]) -> Node:
    match node:
        case Price() | Output() | Extreme():
            return stand_ins[node, lag]
        case Lagged(line, bars):
            return _flat(line, lag + bars, stand_ins)
        case _:
            return rebuilt(node, lambda child: _flat(child, lag, stand_ins))


@dataclass(frozen=True, slots=True, eq=False)
class RangeTable:
    """What variants read on a range: the table that a simulation takes."""

    lines: F64
    rows: npt.NDArray[np.uint32]
    params: F64


class Window:
    """One range of one asset: its lines are computed once, and kept while they take no more than 256 MiB."""

    def __init__(self, rules: RangeRules, bars: Bars, of: BarRange) -> None:
        self._rules = rules
        self._of = of
        self._seen = cut(bars, of.context, of.stop)
        self.bars = cut(bars, of.start, of.stop)
        self._most_lines = max(len(rules.lines), _MOST_BYTES // (8 * self._seen.n_bars))
        self._known: dict[tuple[Read, int], F64] = {}

    def tables(self, variants: Sequence[Mapping[str, float]]) -> Iterable[RangeTable]:
        """Give the variants in order, as many at a time as their lines may take.

        Raises
        ------
        StrategyError, StrategyBarsError : as ``signals`` does, but not for a division by zero in a rule
        """
        found: dict[tuple[Read, int], int] = {}
        rows: list[list[int]] = []
        params: list[list[float]] = []
        for variant in variants:
            bound = bind(self._rules.strategy, variant)
            for key, node in bound.expressions.items():
                check_length(self._rules.strategy, key, node, self._seen.n_bars)
            needed = [(bound_read(line, bound.values), lag) for line, lag in self._rules.lines]
            if len(found.keys() | set(needed)) > self._most_lines:
                yield self._table(found, rows, params)
                found, rows, params = {}, [], []
            rows.append([found.setdefault(line, len(found)) for line in needed])
            params.append(list(bound.values.values()))
        yield self._table(found, rows, params)

    def _table(
        self, found: Mapping[tuple[Read, int], int], rows: Sequence[Sequence[int]], params: Sequence[Sequence[float]]
    ) -> RangeTable:
        if len(self._known.keys() | found.keys()) > self._most_lines:
            self._known.clear()
        find = Lines(self._seen, self._rules.strategy.name)
        for line in found:
            if line not in self._known:
                self._known[line] = self._line(find, *line)
        lines = np.stack([self._known[line] for line in found]) if found else np.zeros((1, self.bars.n_bars))
        # A kernel's argument is never empty: there is at least one column.
        padded = [[*row, 0][: max(1, len(row))] for row in rows]
        values = [[*row, 0.0][: max(1, len(row))] for row in params]
        return RangeTable(lines, np.array(padded, np.uint32), np.array(values, np.float64))

    def _line(self, find: Lines, read: Read, lag: int) -> F64:
        line = np.concatenate((np.full(lag, np.nan), find(read)))
        first = self._of.start - self._of.context
        return line[first : first + self.bars.n_bars].copy()
