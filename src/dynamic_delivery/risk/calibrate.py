"""Weights fitted to past changes whose outcome is known, where those tell failures better than the ones set by hand."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dynamic_delivery.risk.logistic import F64, Flags, chance, fit, fit_rising, quality
from dynamic_delivery.risk.model import Calibration, Quality
from dynamic_delivery.risk.table import FACTS, REPLAYED

ENOUGH_CHANGES, ENOUGH_FAILURES = 50, 10
RIDGE = 1.0  # a weight of 1 costs as much as half a unit of log likelihood; the facts all lie between 0 and 1
_BLOCKS = 5


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights that add up to 1, whose they are, and, where fitted, the log-odds that go with them.

    Parameters
    ----------
    intercept, log_odds : of the fitted logistic, by replayed fact; None and empty where it is not used
    """

    by_fact: Mapping[str, float]
    calibration: Calibration
    intercept: float | None = None
    log_odds: Mapping[str, float] | None = None

    def probability(self, scaled: Mapping[str, float]) -> float | None:
        """Return how likely the change is to fail; None where the weights are not fitted."""
        if self.intercept is None or self.log_odds is None:
            return None
        total = self.intercept + sum(weight * scaled[name] for name, weight in self.log_odds.items())
        return float(chance(np.array([total]))[0])


BY_HAND = {row.name: row.weight for row in FACTS}


def weights_from(values: F64, failed: Flags) -> Weights:
    """Return the weights to score with.

    Parameters
    ----------
    values : float64[n_changes, n_replayed], the replayed facts' scaled measures, oldest change first
    failed : bool[n_changes]

    Notes
    -----
    Fitted ones share out among the replayed facts what those have by hand together, so that a score of before and one
    of after can be laid side by side, and the facts that no past change can tell keep theirs. Both are judged by
    cross-validation over blocks of time (neighbours in time are often one change tried twice): the fitted ones must win
    in AUC and in Brier score.
    """
    changes, failures = len(failed), int(failed.sum())
    if changes < ENOUGH_CHANGES or failures < ENOUGH_FAILURES:
        reason = (
            f"weights set by hand: {changes} past changes with a known outcome, {failures} of them failures; "
            f"{ENOUGH_CHANGES} and {ENOUGH_FAILURES} are needed"
        )
        return Weights(BY_HAND, Calibration(False, changes, failures, reason))
    hand = values @ np.array([BY_HAND[name] for name in REPLAYED])
    # The score by hand has nothing fitted that could look ahead; only as a probability must it be.
    brier = quality(_out_of_block(hand[:, None], failed, rising=False), failed).brier
    by_hand = Quality(quality(hand, failed).auc, brier)
    fitted = quality(_out_of_block(values, failed, rising=True), failed)
    weights = fit_rising(values, failed, RIDGE)
    better = fitted.auc > by_hand.auc and fitted.brier < by_hand.brier and bool((weights[1:] > 0).any())
    told = (
        f"AUC {fitted.auc:.3f} against {by_hand.auc:.3f}, Brier {fitted.brier:.3f} against {by_hand.brier:.3f}, "
        f"cross-validated on {changes} past changes, {failures} of them failures"
    )
    if not better:
        reason = f"weights set by hand: fitted ones are no better ({told})"
        return Weights(BY_HAND, Calibration(False, changes, failures, reason, by_hand, fitted))
    shared = sum(BY_HAND[name] for name in REPLAYED)
    parts = dict(zip(REPLAYED, (weights[1:] / weights[1:].sum() * shared).tolist(), strict=True))
    return Weights(
        {**BY_HAND, **parts},
        Calibration(True, changes, failures, f"weights fitted to history: {told}", by_hand, fitted),
        float(weights[0]),
        dict(zip(REPLAYED, weights[1:].tolist(), strict=True)),
    )


def _out_of_block(values: F64, failed: Flags, *, rising: bool) -> F64:
    """Return of each change how likely a fit to the other blocks of time has it to fail."""
    block = np.arange(len(failed)) * _BLOCKS // len(failed)
    likely = np.empty(len(failed))
    for each in range(_BLOCKS):
        inside = block == each
        weights = (fit_rising if rising else fit)(values[~inside], failed[~inside], RIDGE)
        likely[inside] = chance(weights[0] + values[inside] @ weights[1:])
    return likely
