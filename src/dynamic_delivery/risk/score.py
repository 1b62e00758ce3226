"""From measures and weights to a scorecard."""

from collections.abc import Mapping, Sequence

from dynamic_delivery.risk.calibrate import Weights
from dynamic_delivery.risk.model import Fact, Measure, Scorecard
from dynamic_delivery.risk.table import FACTS, REPLAYED
from dynamic_impact.model import Change

_DIGITS = 6  # sums of floats in the table's order; the rest is noise


def scorecard(measures: Sequence[Measure], weights: Weights, change: Change, files: Mapping[str, float]) -> Scorecard:
    """Return the scorecard of ``change``: 100 times the sum of weight times scaled measure.

    What cannot be told adds nothing, and ``most`` says how far that could be wrong: a guess in its place would be
    neither safe nor explained.
    """
    by_name = {measure.name: measure for measure in measures}
    facts = []
    for row in FACTS:
        measure, weight = by_name[row.name], weights.by_fact[row.name]
        facts.append(
            Fact(
                name=row.name,
                group=row.group,
                unit=row.unit,
                value=None if measure.value is None else round(measure.value, _DIGITS),
                scale=measure.scale,
                scaled=round(measure.scaled, _DIGITS),
                weight=round(weight, _DIGITS),
                contribution=round(100 * weight * measure.scaled, _DIGITS),
                sentence=measure.sentence,
            )
        )
    score = sum(fact.contribution for fact in facts)
    unknown = sum(100 * fact.weight for fact in facts if fact.value is None)
    likely = weights.probability({name: by_name[name].scaled for name in REPLAYED})
    return Scorecard(
        score=round(score, 2),
        most=round(min(score + unknown, 100.0), 2),
        facts=tuple(facts),
        calibration=weights.calibration,
        base=change.base,
        head=change.head,
        reason=change.reason,
        probability=None if likely is None else round(likely, _DIGITS),
        files=dict(sorted(files.items())),
    )
