"""What can go wrong in tuning beside what goes wrong with devices."""

from dynamic_base import DynamicError


class TuningError(DynamicError):
    """A search cannot go on: nothing can be kept, or nothing measured. What stood in the file is untouched."""


class ChoiceDiedError(DynamicError):
    """The process that tried a choice crashed, or gave no answer in time and was killed."""


class TuningWarning(UserWarning):
    """A tuned size, or the file of them, could not be used, and the defaults were. Results are the same either way."""
