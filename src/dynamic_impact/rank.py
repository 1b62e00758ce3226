"""How likely each test is to fail by a change: a logistic score over a few features, each of which can be shown.

The features, and their values:

=================  =====================================================================================================
failed_last        1 where the last real run failed, else 0
failure_rate       log-odds over those of a test without history; a result of ten runs ago weighs half, a flaky one is
                   half a failure
distance           log2 of the edges from what changed: 0 for the test's own file
edited_together    of the commits that edited a file of this change (and 2 more), the share that edited the test too
failed_together    as failure_rate, over the runs in which a file of this change had changed
young_test         1 for a test added by the newest commit, falling by half in 35 commits; 0 if older than the log
young_cause        the same of the file that the shortest path starts from
exposure           of the test's direct dependencies and sources, the share that the change reaches
executed_change    1 where the test is known to have executed what changed, -1 where it is known not to, 0 unknown or
                   where it only imports it; less than 1 for what executes a user of it (`recordings.judge`)
mentions_change    1 where a definition of the test's file names what changed, 1/sqrt(n) over n definitions, else 0
=================  =====================================================================================================

PRIOR is set by hand. Its signs and rough sizes follow what is reported of large repositories [1]_ [2]_: near beats far,
a past failure beats all else, what changes often fails often. `dynamic_impact.fit` fits them to the results on record
when there are enough.

References
----------
.. [1] A. Memon et al., Taming Google-Scale Continuous Testing, ICSE-SEIP 2017, sections 4 and 5
.. [2] M. Machalica et al., Predictive Test Selection, ICSE-SEIP 2019, section 4
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from dynamic_impact.cochange import CoChange
from dynamic_impact.graph import FILE, Graph
from dynamic_impact.model import NO_USES, Affected, Likelihood, Observation, Part, Selection, Status, Uses

F64 = NDArray[np.float64]

BASE_RATE = 0.02
_BASE_WEIGHT = 2.0
_HALVED_IN = 10.0
_YOUNG = 50.0
_NOTHING: Mapping[str, tuple[int, int]] = MappingProxyType({})
_UNKNOWN: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Weights:
    """A logistic: log-odds = ``intercept`` + the sum of each feature's weight times its value."""

    intercept: float
    by_feature: Mapping[str, float]

    def vector(self) -> F64:
        """Return the weights in the features' order, float64[n_features]."""
        return np.array([self.by_feature[name] for name in FEATURES])


PRIOR = Weights(
    -2.0,
    MappingProxyType(
        {
            "failed_last": 3.0,
            "failure_rate": 0.8,
            "distance": -1.5,
            "edited_together": 2.0,
            "failed_together": 0.7,
            "young_test": 0.5,
            "young_cause": 0.5,
            "exposure": 1.0,
            "executed_change": 2.0,
            "mentions_change": 2.0,
        }
    ),
)
FEATURES = tuple(PRIOR.by_feature)


def rank(
    selection: Selection,
    graph: Graph,
    observations: Mapping[str, Sequence[Observation]],
    cochange: CoChange,
    *,
    failed_together: Mapping[str, tuple[int, int]] = _NOTHING,
    evidence: Mapping[str, float] = _UNKNOWN,
    uses: Uses = NO_USES,
    weights: Weights = PRIOR,
) -> dict[str, Likelihood]:
    """Return, by address, how likely each selected test is to fail, and what that is made of.

    Parameters
    ----------
    observations : by address, oldest first
    failed_together : by address, (failures, runs) in which a file of this change had changed
    evidence : by address, 0 to 1, how much of the change the test is known to have executed
    uses : what means the change by name

    Notes
    -----
    O(tests * (results a test + commits of the change's files)).
    """
    tests = selection.tests
    touched = cochange.touching(file.path for file in selection.change.files)
    added = {file.path for file in selection.change.files if file.status is Status.ADDED}
    reached = {item.address for item in selection.affected}
    values = np.array(
        [
            (
                *_of_results(observations.get(test.address, ())),
                math.log2(test.distance),
                _together(touched, cochange.touching(sources := _sources(graph, test.address))),
                _log_odds_over_base(*failed_together.get(test.address, (0, 0))),
                max((_youth(path, cochange, added) for path in sources), default=0.0),
                _youth(test.path[0].source.removeprefix(FILE), cochange, added),
                _exposure(test, graph, reached, selection),
                2 * evidence[test.address] - 1 if test.address in evidence else 0.0,
                uses.tests[test.address] ** -0.5 if test.address in uses.tests else 0.0,
            )
            for test in tests
        ]
    ).reshape(len(tests), len(FEATURES))
    adds = values * weights.vector()
    likely = probability(adds.sum(axis=1) + weights.intercept)
    return {
        test.address: Likelihood(p, tuple(map(Part, FEATURES, row, added_by)))
        for test, p, row, added_by in zip(tests, likely.tolist(), values.tolist(), adds.tolist(), strict=True)
    }


def probability(log_odds: F64) -> F64:
    """Return the logistic of ``log_odds``, held off 0 and 1 by what a float can still tell."""
    held: F64 = 1.0 / (1.0 + np.exp(-np.clip(log_odds, -30.0, 30.0)))
    return held


def most_likely_first(items: Sequence[Affected], likelihoods: Mapping[str, Likelihood]) -> tuple[Affected, ...]:
    """Return tests before the rest, the most likely to fail first; ties by distance, then by address."""

    def place(item: Affected) -> tuple[bool, float, int, str]:
        likelihood = likelihoods.get(item.address)
        return not item.is_test, -round(likelihood.p, 9) if likelihood else 0.0, item.distance, item.address

    return tuple(sorted(items, key=place))


def _of_results(results: Sequence[Observation]) -> tuple[float, float]:
    """Return ``failed_last`` and ``failure_rate``. A cached result is an old one told again, so it is not counted."""
    real = [result for result in results if not result.cached]
    if not real:
        return 0.0, 0.0
    weights = [0.5 ** (age / _HALVED_IN) for age in range(len(real))]
    bad = {"fail": 1.0, "flaky": 0.5}
    failures = sum(
        weight * bad.get(result.outcome, 0.0) for weight, result in zip(weights, reversed(real), strict=True)
    )
    return float(real[-1].outcome == "fail"), _log_odds_over_base(failures, sum(weights))


def _log_odds_over_base(failures: float, runs: float) -> float:
    """Return how far the smoothed rate lies over BASE_RATE, in log-odds; 0 for no runs."""
    rate = (failures + _BASE_WEIGHT * BASE_RATE) / (runs + _BASE_WEIGHT)
    return math.log(rate / (1 - rate)) - math.log(BASE_RATE / (1 - BASE_RATE))


def _together(touched: frozenset[int], own: frozenset[int]) -> float:
    return len(touched & own) / (len(touched) + _BASE_WEIGHT)


def _sources(graph: Graph, address: str) -> tuple[str, ...]:
    target = graph.nodes[address].get("target") if address in graph else None
    return target.sources if target is not None else ()


def _youth(path: str, cochange: CoChange, added: set[str]) -> float:
    if path in added:
        return 1.0
    return math.exp(-cochange.born[path] / _YOUNG) if path in cochange.born else 0.0


def _exposure(test: Affected, graph: Graph, reached: set[str], selection: Selection) -> float:
    """Return the share of what the test stands on directly that the change reaches."""
    below = list(graph.predecessors(test.address)) if test.address in graph else []
    changed = {FILE + file.path for file in selection.change.files}
    return sum(node in reached or node in changed for node in below) / len(below) if below else 1.0
