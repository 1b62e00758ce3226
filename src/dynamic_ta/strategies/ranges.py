"""A strategy's rules on a range of bars: what they read before it counts, what they would decide there does not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dynamic_ta.data import Bars
from dynamic_ta.indicators.model import F64
from dynamic_ta.simulation.model import DECISIONS, Signals
from dynamic_ta.strategies.decide import signals
from dynamic_ta.strategies.lines import Lines
from dynamic_ta.strategies.model import Strategy
from dynamic_ta.strategies.opencl import lines_of, opencl_text
from dynamic_ta.strategies.table import choose
from dynamic_ta.strategies.tree import Extreme, Lagged, Node, Output, Price, Read, reads, rebuilt

_MOST_BYTES = 1 << 28
_Codes = npt.NDArray[np.int64]


def signals_after(strategy: Strategy, bars: Bars, context: int, parameters: Mapping[str, float]) -> Signals:
    """Return what the strategy decides at each close from bar ``context`` on, having seen the bars before."""
    whole = signals(strategy, bars, parameters)
    distance, size = (None if line is None else line[context:] for line in (whole.stop_distance, whole.size))
    enter_long, exit_long, enter_short, exit_short = (getattr(whole, name)[context:] for name in DECISIONS)
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


class RangeLines:
    """The lines of one range: computed once, and kept while they take no more than 256 MiB.

    Parameters
    ----------
    bars : those of the range, and before them the bars that may be read
    context : how many those are
    """

    def __init__(self, rules: RangeRules, bars: Bars, context: int) -> None:
        self._rules = rules
        self._seen = bars
        self._context = context
        self.bars = bars.between(context, bars.n_bars)
        self._most_lines = max(len(rules.lines), _MOST_BYTES // (8 * bars.n_bars))
        self._known: dict[tuple[Read, int], F64] = {}

    def tables(self, variants: Sequence[Mapping[str, float]]) -> Iterator[RangeTable]:
        """Give the variants in order, as many at a time as their lines may take.

        Raises
        ------
        StrategyError, StrategyBarsError : as ``choose`` does
        """
        chosen = choose(self._rules.strategy, [read for read, _ in self._rules.lines], self._seen.n_bars, variants)
        # A line is what is read and how long before: one number for both.
        lags = np.array([lag for _, lag in self._rules.lines] or [0])
        most = int(lags.max()) + 1
        codes = chosen.rows.astype(np.int64) * most + lags
        for part in self._parts(codes):
            found, rows = np.unique(codes[part], return_inverse=True)
            # Without any line there is one column all the same: a kernel's argument is never empty.
            wanted = [(chosen.reads[code // most], code % most) for code in found.tolist() if chosen.reads]
            yield RangeTable(
                self._lines(wanted), rows.reshape(codes[part].shape).astype(np.uint32), chosen.params[part]
            )

    def _parts(self, codes: _Codes) -> Iterator[slice]:
        """Give runs of variants that together read no more lines than are kept."""
        start = 0
        if np.unique(codes).size > self._most_lines:
            found: set[int] = set()
            for n, own in enumerate(codes.tolist()):
                if len(found.union(own)) > self._most_lines:
                    yield slice(start, n)
                    start, found = n, set()
                found.update(own)
        yield slice(start, len(codes))

    def _lines(self, wanted: Sequence[tuple[Read, int]]) -> F64:
        if len(self._known.keys() | set(wanted)) > self._most_lines:
            self._known.clear()
        find = Lines(self._seen, self._rules.strategy.name)
        for read, lag in wanted:
            if (read, lag) not in self._known:
                line = np.concatenate((np.full(lag, np.nan), find(read)))
                self._known[read, lag] = line[self._context : self._seen.n_bars].copy()
        return np.stack([self._known[line] for line in wanted]) if wanted else np.zeros((1, self.bars.n_bars))
