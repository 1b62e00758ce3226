"""What a sweep can be refused for, and how it can fail."""

from dynamic_base import ExitCode
from dynamic_ta.errors import TaError


class SweepError(TaError):
    """The root of what a sweep can raise."""


class SweepInputError(SweepError):
    """A space, a split or an option that makes no sense."""

    exit_code = ExitCode.USAGE


class EvaluatorError(SweepError):
    """The evaluator did not keep to its port: other statistics, or another number of them."""


class JournalError(SweepError):
    """The journal cannot be read or written; what it holds is untouched."""


class JournalBusyError(JournalError):
    """Another process writes this journal."""


class ClusterError(SweepError):
    """The Dask cluster cannot be reached, or lost what it needs."""
