"""What can go wrong with datasets, models and their judging."""

from dynamic_base import DynamicError, UsageError


class AiError(DynamicError):
    """The root of this room's failures."""


class DatasetError(AiError):
    """The arrays make no dataset: lengths, types or values do not fit."""


class SnapshotError(AiError):
    """A folder holds no snapshot, or one that is torn, edited or incomplete."""


class SnapshotExistsError(UsageError):
    """The folder holds something else already; nothing was written."""


class TrainingError(AiError):
    """Training could not end with finite weights."""


class ModelFileError(AiError):
    """A file is no ONNX model of the kind that is judged here."""


class UnknownOperatorError(ModelFileError):
    """The graph has an operator that the reference does not define."""


class EngineMissingError(AiError):
    """The inference engine is not present on this machine."""


class EngineFailedError(AiError):
    """The inference engine refused the model or the input."""


class EngineUnsupportedError(EngineFailedError):
    """The engine has no way to do what the model asks; the message says what."""


class ValidationInputError(UsageError):
    """Candidate, baseline, data and thresholds do not fit together."""
