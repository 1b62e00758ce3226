"""How far a change spreads over the graph of targets."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from dynamic_delivery.risk.model import Measure
from dynamic_delivery.risk.scales import share
from dynamic_impact.compact import search
from dynamic_impact.graph import FILE, Graph, owners_of

_MOST_JUDGED = 50  # changed targets; of more, those that most depend on directly
_SAMPLED = 200  # targets that a changed one is held beside


def closeness(graph: Graph, address: str) -> float:
    """Return how near ``address`` is to what it can break: 0 for what nothing depends on, 1 for what all stands on.

    The closeness centrality of the graph of targets with its edges reversed, scaled by the share that is reached, as
    `networkx.closeness_centrality` has it [1]_.

    Notes
    -----
    One breadth-first search: O(nodes + edges).

    References
    ----------
    .. [1] S. Wasserman and K. Faust, Social Network Analysis, 1994, page 201
    """
    place = graph.arcs.names.find(address)
    count = int((~graph.arcs.files).sum())
    if place < 0:
        return 0.0
    distances = search(graph.arcs.dependents, [place]).distances.astype(np.int64) - 1
    reached = distances[(distances > 0) & ~graph.arcs.files]
    return float(len(reached) / reached.sum() * len(reached) / (count - 1)) if len(reached) else 0.0


def affected_by(graph: Graph, files: Collection[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the targets that hold ``files``, and all that an edit of those can break, over ``graph`` as it is."""
    changed = tuple(sorted({owner for path in files for owner in owners_of(graph, path)}))
    names = graph.arcs.names
    seeds = [place for path in files if (place := names.find(FILE + path)) >= 0]
    if not seeds:
        return changed, ()
    reached = search(graph.arcs.dependents, seeds).distances > 0
    return changed, tuple(names[place] for place in graph.targets.nodes[reached[graph.targets.nodes]].tolist())


@dataclass(frozen=True)
class Spread:
    """How far changes spread over one graph; what was once found of a target is kept."""

    graph: Graph
    _known: dict[str, float] = field(default_factory=dict, repr=False)

    def measures(self, changed: Sequence[str], affected: Collection[str]) -> tuple[Measure, ...]:
        """Return the share of targets that is affected, and how central the most central changed one is.

        Parameters
        ----------
        changed : addresses that the change touches itself
        affected : addresses of all that it can break
        """
        total = len(self.graph.targets)
        part = share(len(affected) / total if total else 0.0)
        sentence = f"{len(affected)} of {total} targets can be broken by it"
        return (
            Measure("affected_share", part.scaled, part.scaled, part.scale, sentence),
            self._centrality(changed),
        )

    def _centrality(self, changed: Sequence[str]) -> Measure:
        names, dependents = self.graph.arcs.names, self.graph.arcs.dependents
        known = [address for address in changed if address in names]
        if not known:
            return Measure("centrality", 0.0, 0.0, "share of targets", "no target holds what was edited")
        widest = sorted(known, key=lambda name: (-len(dependents.row(names.find(name))), name))[:_MOST_JUDGED]
        value, name = max((self._closeness(address), address) for address in widest)
        less = sum(other < value for other in self._sample) / len(self._sample) if self._sample else 0.0
        return Measure(
            "centrality",
            value,
            less,
            f"share of {len(self._sample)} targets that are less central",
            f"{name} is nearer to what it can break than {less:.0%} of the targets",
        )

    @cached_property
    def _sample(self) -> list[float]:
        targets = list(self.graph.targets)
        return [self._closeness(address) for address in targets[:: max(len(targets) // _SAMPLED, 1)]]

    def _closeness(self, address: str) -> float:
        if address not in self._known:
            self._known[address] = closeness(self.graph, address)
        return self._known[address]
