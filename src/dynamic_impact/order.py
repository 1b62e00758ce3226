"""The order of every selection: the tests that are most likely to fail come first."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from dynamic_impact.cochange import CoChange, read_cochange
from dynamic_impact.engine import Engine
from dynamic_impact.fit import weights_from
from dynamic_impact.foretold import with_risk
from dynamic_impact.graph import Graph
from dynamic_impact.history import History, read_history, typical_seconds
from dynamic_impact.model import NO_LIMITS, NO_USES, Limits, Ranking, Selection, Uses
from dynamic_impact.rank import most_likely_first, rank
from dynamic_impact.uses import find_uses

_UNKNOWN: Mapping[str, float] = MappingProxyType({})


def in_order(
    selection: Selection,
    graph: Graph,
    engine: Engine,
    limits: Limits = NO_LIMITS,
    evidence: Mapping[str, float] = _UNKNOWN,
    risk: Mapping[str, float] = _UNKNOWN,
) -> Selection:
    """Return ``selection`` with its tests most likely to fail first, by what this clone and its git remember.

    Parameters
    ----------
    evidence : of a test, from 0 to 1, how much of the change it is known to execute
    risk : of a changed file, from 0 to 1, as it was told from outside (`dynamic_impact.foretold`)
    """
    start = engine.clock.monotonic_s()
    history = read_history(engine.build_root, engine.clock)
    below = engine.build_root.resolve().relative_to(engine.git.top.resolve()).as_posix()
    cochange = read_cochange(engine.git, below, selection.change.base or selection.change.head)
    uses = uses_of(selection, graph, engine)
    ordered = ordered_by(selection, graph, history, cochange, limits, evidence, uses, risk)
    seconds = {**selection.seconds, "order": round(engine.clock.monotonic_s() - start, 3)}
    return replace(ordered, seconds=seconds)


def uses_of(selection: Selection, graph: Graph, engine: Engine) -> Uses:
    """Return what means the change by name; it is looked for once."""
    known = selection.ranking.uses
    if known is not None:
        return known
    return find_uses(selection, graph, lambda path: engine.old(selection.change, path), engine.new)


def ordered_by(
    selection: Selection,
    graph: Graph,
    history: History,
    cochange: CoChange,
    limits: Limits,
    evidence: Mapping[str, float] = _UNKNOWN,
    uses: Uses = NO_USES,
    risk: Mapping[str, float] = _UNKNOWN,
) -> Selection:
    """Return ``selection`` with its tests most likely to fail first, by what is given."""
    found = history.observations
    weights, basis = weights_from(*history.training())
    likelihoods = rank(
        selection,
        graph,
        found,
        cochange,
        failed_together=history.failed_with([file.path for file in selection.change.files]),
        evidence=evidence,
        uses=uses,
        weights=weights,
    )
    likelihoods = with_risk(likelihoods, selection.tests, risk)
    if not found:
        basis = "no run is on record: ordered by distance and by what git edited together, " + basis
    seconds = typical_seconds(found)
    expected = {address: seconds(address) for address in likelihoods}
    ranking = Ranking(likelihoods, basis, limits, 1.0, expected, uses, risk)
    return replace(selection, affected=most_likely_first(selection.affected, likelihoods), ranking=ranking)
