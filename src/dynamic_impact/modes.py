"""How much of what a change can break is taken: a mode is a function here and a row in MODES."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from dynamic_impact.engine import Engine
from dynamic_impact.graph import Graph
from dynamic_impact.model import Mode, Selection
from dynamic_impact.order import in_order
from dynamic_impact.predictive import take
from dynamic_impact.recordings.narrow import precise

Narrow = Callable[[Selection, Graph, Engine], Selection]


def safe(selection: Selection, graph: Graph, engine: Engine) -> Selection:
    """Return all of ``selection``: the closure never misses."""
    del graph, engine
    return selection


def predictive(selection: Selection, graph: Graph, engine: Engine) -> Selection:
    """Return the most likely failures among the tests that no recording spares, as far as the limits go.

    Those that are known to execute the change come before those that nobody recorded.
    """
    narrowed = precise(selection, graph, engine)
    executing = {test.address: test.executed for test in narrowed.tests if test.executed is not None}
    if executing or narrowed.spared:
        narrowed = in_order(narrowed, graph, engine, selection.ranking.limits, executing, selection.ranking.risk)
    return take(narrowed)


MODES: Mapping[Mode, Narrow] = MappingProxyType({Mode.SAFE: safe, Mode.PRECISE: precise, Mode.PREDICTIVE: predictive})
