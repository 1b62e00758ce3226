"""From two models and a snapshot to a report."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from dynamic_ai.datasets import Snapshot
from dynamic_ai.errors import ValidationInputError
from dynamic_ai.inference import Engine, Model, hard_inputs
from dynamic_ai.validation.agreement import agreement_check
from dynamic_ai.validation.latency import Timer, compare_latency, latency_check
from dynamic_ai.validation.model import Report, Thresholds
from dynamic_ai.validation.quality import quality_checks
from dynamic_ai.validation.safety import safety_check

F32 = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Present:
    """Engines that run here, the best last, and the names of those that do not."""

    engines: tuple[Engine, ...]
    missing: tuple[str, ...]


def validate(
    candidate: Model,
    baseline: Model,
    data: Snapshot,
    thresholds: Thresholds,
    *,
    engines: Sequence[Engine],
    timer: Timer,
) -> Report:
    """Judge ``candidate`` beside ``baseline`` on the test rows of ``data``.

    Parameters
    ----------
    engines : rows of the table, the reference first; the last one that is present gives the scores and the latency
    timer : () -> ns, for the latency

    Raises
    ------
    ValidationInputError : a model takes other features than the data has, or the baseline answers with NaN
    EngineFailedError : an engine refuses a model
    """
    for name, model in (("candidate", candidate), ("baseline", baseline)):
        _check_fits(name, model, data)
    present = _present(engines)
    features, label = data.part("test")
    inputs = {"test": features.astype(np.float32), "hard": hard_inputs(candidate.graph.width)}
    sessions = {engine.name: engine.open(candidate) for engine in present.engines}
    chosen = present.engines[-1]
    theirs = chosen.open(baseline)
    other = theirs(inputs["test"])
    if np.isnan(other).any():
        raise ValidationInputError("the baseline answers with NaN", "compare with a model that works")
    outputs = {name: {kind: run(rows) for kind, rows in inputs.items()} for name, run in sessions.items()}
    batch = inputs["test"][: thresholds.latency_rows]
    latency = compare_latency(partial(sessions[chosen.name], batch), partial(theirs, batch), timer, thresholds)
    checks = (
        *quality_checks(outputs[chosen.name]["test"], other, label.astype(np.float64), thresholds),
        safety_check(outputs, inputs),
        agreement_check(candidate, outputs, inputs, present.missing, thresholds),
        latency_check(latency, thresholds),
    )
    return Report(
        candidate.digest, baseline.digest, data.digest, chosen.name, checks, _notes(candidate, baseline, data)
    )


def _present(engines: Sequence[Engine]) -> _Present:
    versions: Mapping[str, str] = {engine.name: engine.version() for engine in engines}
    return _Present(
        tuple(engine for engine in engines if versions[engine.name]),
        tuple(name for name, version in versions.items() if not version),
    )


def _check_fits(name: str, model: Model, data: Snapshot) -> None:
    named = model.metadata.get("features", "")
    if named and named != json.dumps(data.names):
        raise ValidationInputError(f"the {name} takes the features {named}", f"the data has {json.dumps(data.names)}")
    if model.graph.width != len(data.names):
        raise ValidationInputError(
            f"the {name} takes {model.graph.width} features, the data has {len(data.names)}", "use the model's own data"
        )


def _notes(candidate: Model, baseline: Model, data: Snapshot) -> tuple[str, ...]:
    notes = []
    for name, model in (("candidate", candidate), ("baseline", baseline)):
        trained = model.metadata.get("snapshot", "")
        if trained != data.digest:
            what = f"was trained on snapshot {trained[:12]}" if trained else "does not say what it was trained on"
            notes.append(f"the {name} {what}, not on {data.digest[:12]}: it may have seen the test rows")
    if candidate.digest == baseline.digest:
        notes.append("candidate and baseline are the same file")
    return tuple(notes)
