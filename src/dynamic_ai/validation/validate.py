"""From two models and a snapshot to a report."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from dynamic_ai.datasets import Snapshot
from dynamic_ai.errors import EngineMissingError, EngineUnsupportedError, ValidationInputError
from dynamic_ai.inference import Engine, Model, Session, hard_inputs
from dynamic_ai.validation.agreement import agreement_check
from dynamic_ai.validation.latency import Timer, compare_latency, latency_check
from dynamic_ai.validation.model import Report, Thresholds
from dynamic_ai.validation.quality import quality_checks
from dynamic_ai.validation.safety import safety_check

F32 = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Present:
    """Engines that run here, in the table's order, and the names of those that do not.

    Parameters
    ----------
    serving : the last one that is no extra; it gives the scores and the latency
    missing : those that every installation should have
    extras : the others, with the way to get them
    """

    engines: tuple[Engine, ...]
    serving: Engine
    missing: tuple[str, ...]
    extras: tuple[str, ...]


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
    engines : rows of the table, the reference first; the last one that is present and not optional gives the scores and
        the latency; an optional one that is absent, or has no way to do what the model asks, is a note
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
    sessions, unable = _sessions(present.engines, candidate)
    chosen = present.serving
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
    notes = (*_notes(candidate, baseline, data), *present.extras, *unable)
    return Report(candidate.digest, baseline.digest, data.digest, chosen.name, checks, notes)


def _present(engines: Sequence[Engine]) -> _Present:
    versions: Mapping[str, str] = {engine.name: engine.version() for engine in engines}
    here = tuple(engine for engine in engines if versions[engine.name])
    absent = [engine for engine in engines if not versions[engine.name]]
    return _Present(
        here,
        [engine for engine in here if not engine.optional][-1],
        tuple(engine.name for engine in absent if not engine.optional),
        tuple(f"{engine.name} is not present: {engine.remedy}" for engine in absent if engine.optional),
    )


def _sessions(engines: Sequence[Engine], model: Model) -> tuple[dict[str, Session], list[str]]:
    sessions, unable = {}, []
    for engine in engines:
        try:
            sessions[engine.name] = engine.open(model)
        except EngineUnsupportedError as error:
            unable.append(f"{engine.name} cannot run the candidate: {error.message}")
        except EngineMissingError as error:  # it is installed, and broken
            if not engine.optional:
                raise
            unable.append(f"{engine.name} is not present: {error.message}")
    return sessions, unable


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
