"""The table of scores: each gives one number a row, higher is better, so that two models can be paired row by row."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dynamic_ai.validation.model import Thresholds

F64 = npt.NDArray[np.float64]

THRESHOLD = 0.5
_LEAST = 1e-7  # a probability of 0 would cost infinitely much; about what float32 can tell from 1


@dataclass(frozen=True, slots=True)
class Score:
    """One row.

    Parameters
    ----------
    of_rows : (probability in [0, 1], label) -> float64[n_rows], higher is better
    sign : +1 where the score is shown as it is, -1 where it is shown as a loss
    margin : what may be lost, or None where the score is only shown
    """

    name: str
    of_rows: Callable[[F64, F64], F64]
    sign: int
    margin: Callable[[Thresholds], float] | None


def _accuracy(probability: F64, label: F64) -> F64:
    right: F64 = ((probability >= THRESHOLD) == (label > THRESHOLD)).astype(np.float64)
    return right


def _brier(probability: F64, label: F64) -> F64:
    gain: F64 = -((probability - label) ** 2)
    return gain


def _log_likelihood(probability: F64, label: F64) -> F64:
    right = np.where(label > THRESHOLD, probability, 1 - probability)
    likelihood: F64 = np.log(np.maximum(right, _LEAST))
    return likelihood


SCORES = (
    Score("accuracy", _accuracy, 1, lambda thresholds: thresholds.accuracy_margin),
    Score("brier", _brier, -1, lambda thresholds: thresholds.brier_margin),
    Score("log_loss", _log_likelihood, -1, None),
)


def usable(output: npt.NDArray[np.float32], label: F64) -> F64:
    """Return ``output`` as probabilities: held to [0, 1], and NaN as the most wrong answer."""
    held = np.clip(output.astype(np.float64), 0.0, 1.0)
    return np.where(np.isnan(held), 1.0 - label, held)
