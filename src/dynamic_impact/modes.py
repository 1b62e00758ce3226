"""How much of what a change can break is taken: a mode is a function here and a row in MODES."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from dynamic_impact.engine import Engine
from dynamic_impact.graph import Graph
from dynamic_impact.model import Mode, Selection
from dynamic_impact.predictive import take
from dynamic_impact.recordings.narrow import precise

Narrow = Callable[[Selection, Graph, Engine], Selection]


def safe(selection: Selection, graph: Graph, engine: Engine) -> Selection:
    """Return all of ``selection``: the closure never misses."""
    del graph, engine
    return selection


def predictive(selection: Selection, graph: Graph, engine: Engine) -> Selection:
    """Return the most likely failures of ``selection``, as far as its limits go."""
    del graph, engine
    return take(selection)


MODES: Mapping[Mode, Narrow] = MappingProxyType({Mode.SAFE: safe, Mode.PRECISE: precise, Mode.PREDICTIVE: predictive})
