"""Whether the engines agree, within what float32 allows them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from dynamic_ai.inference import Model, float32_bound
from dynamic_ai.validation.model import Check, Thresholds, Verdict
from dynamic_ai.validation.scores import THRESHOLD

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Agreement:
    """One engine on one kind of rows.

    Parameters
    ----------
    largest : the largest difference from float64; None where one of the two is not finite
    beyond_bound : rows that differ by more than float32 allows
    flips : rows whose decision is another than in float64, those within the bound included
    """

    engine: str
    inputs: str
    largest: float | None
    beyond_bound: int
    flips: int


def agreement_check(
    model: Model,
    outputs: Mapping[str, Mapping[str, F32]],
    inputs: Mapping[str, F32],
    missing: tuple[str, ...],
    thresholds: Thresholds,
) -> Check:
    """Hold each engine's outputs to the float64 reference, within the bound that the graph's operators derive.

    NO also where that bound is wider than ``most_error``: float32 cannot carry the model, whatever an engine gives.
    """
    exact = {kind: float32_bound(model.graph, rows) for kind, rows in inputs.items()}
    found = [
        _compare(engine, kind, values, *exact[kind])
        for engine, kinds in outputs.items()
        for kind, values in kinds.items()
    ]
    wide = max(float(bound.max()) for _, bound in exact.values())
    figures = {
        "engines": [asdict(row) for row in found],
        "bound": wide if np.isfinite(wide) else None,
        "not_present": list(missing),
    }
    if beyond := [row for row in found if row.beyond_bound]:
        words = "; ".join(
            f"{row.engine} differs beyond the bound in {row.beyond_bound} {row.inputs} rows (largest {row.largest}),"
            f" {row.flips} decisions flipped"
            for row in beyond
        )
        return Check("agreement", Verdict.NO, words, figures)
    if wide > thresholds.most_error:
        how = f"may be {wide:.1e}, more than {thresholds.most_error:g}" if np.isfinite(wide) else "has no bound"
        words = f"the error of float32 {how}: an ill-conditioned model"
        return Check("agreement", Verdict.NO, words, figures)
    if missing:
        words = f"{', '.join(outputs)} ran; {', '.join(missing)} is not present"
        return Check("agreement", Verdict.UNDECIDED, words, figures)
    flips = sum(row.flips for row in found)
    words = f"{', '.join(outputs)} within {wide:.1e} of float64; {flips} decisions flipped"
    return Check("agreement", Verdict.YES, words, figures)


def _compare(engine: str, kind: str, values: F32, exact: F64, bound: F64) -> Agreement:
    with np.errstate(invalid="ignore"):
        difference = np.abs(values.astype(np.float64) - exact)
    alike = (difference <= bound) | (np.isnan(values) & np.isnan(exact)) | np.isposinf(bound)
    flips = (values >= THRESHOLD) != (exact >= THRESHOLD)
    largest = float(difference.max())
    return Agreement(engine, kind, largest if np.isfinite(largest) else None, int((~alike).sum()), int(flips.sum()))
