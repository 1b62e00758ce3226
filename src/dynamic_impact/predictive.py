"""The mode that leaves out the least likely failures: down the order as far as a time budget or a recall allows.

Whatever the limit, it takes what failed last time, tests whose own file or definition changed, and, where some change
was not understood, everything.
"""

from collections.abc import Mapping
from dataclasses import replace
from math import fsum

from dynamic_impact.model import NO_LIMITS, Affected, Likelihood, Limits, Mode, Ranking, Selection, Spared

DEFAULT = Limits(recall=0.99)


def take(selection: Selection) -> Selection:
    """Return ``selection``, whose tests are in order, without those outside its limits.

    A test that would overrun the time budget is passed over, and the next one tried; the most likely one is taken
    whatever it takes, and whatever must be taken beside it. The recall is the expected share of the failing tests: the
    sum of the likelihoods taken over the sum of all; it is as good as the likelihoods are.
    """
    ranking = selection.ranking
    limits = ranking.limits if ranking.limits != NO_LIMITS else DEFAULT
    if any(fallback.covers_tests for fallback in selection.fallbacks):
        return replace(selection, mode=Mode.PREDICTIVE, ranking=replace(ranking, limits=limits))
    tests = selection.tests
    kept, spared = _divide(tests, ranking, limits)
    return replace(
        selection,
        affected=tuple(item for item in selection.affected if not item.is_test or item.address in kept),
        spared=(*selection.spared, *spared),
        mode=Mode.PREDICTIVE,
        ranking=replace(ranking, limits=limits, recall=_recall(kept, ranking.likelihoods)),
    )


def _divide(tests: tuple[Affected, ...], ranking: Ranking, limits: Limits) -> tuple[set[str], list[Spared]]:
    likelihoods, seconds = ranking.likelihoods, ranking.seconds
    kept = {test.address for test in tests if _is_kept(test, likelihoods[test.address])}
    spent = fsum(seconds[address] for address in kept)
    hoped = fsum(likelihoods[address].p for address in kept)
    wanted = (1.0 if limits.recall is None else limits.recall) * fsum(likelihoods[test.address].p for test in tests)
    spared: list[Spared] = []
    for place, test in enumerate(tests, 1):
        address = test.address
        if address in kept:
            continue
        fits = limits.time_budget_s is None or place == 1 or spent + seconds[address] <= limits.time_budget_s
        reached = limits.recall is not None and hoped >= wanted
        if fits and not reached:
            kept.add(address)
            spent += seconds[address]
            hoped += likelihoods[address].p
            continue
        outside = (
            f"the recall of {limits.recall:.2%} is reached without it"
            if reached
            else f"its {seconds[address]:.1f} s do not fit into what is left of the {limits.time_budget_s:g} s"
        )
        chance = f"estimated {likelihoods[address].p:.2%} chance to fail"
        spared.append(Spared(address, f"rank {place} of {len(tests)}, {chance}; {outside}"))
    return kept, spared


def _is_kept(test: Affected, likelihood: Likelihood) -> bool:
    """Say whether ``test`` is taken whatever the limit: it failed last time, or was itself edited."""
    failed_last = any(part.name == "failed_last" and part.value > 0 for part in likelihood.parts)
    return failed_last or (test.distance == 1 and test.path[0].source != "everything")


def _recall(kept: set[str], likelihoods: Mapping[str, Likelihood]) -> float:
    whole = fsum(likelihood.p for likelihood in likelihoods.values())
    return min(fsum(likelihoods[address].p for address in kept) / whole, 1.0) if whole else 1.0
