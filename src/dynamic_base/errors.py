"""The root of every room's error tree, and the exit codes of every command."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What a command's exit status says."""

    YES = 0
    NO = 1
    USAGE = 2
    UNDECIDED = 3
    INTERRUPTED = 130


class DynamicError(Exception):
    """A failure that a person can act on: what went wrong, and the next step.

    Parameters
    ----------
    message : str, one line, naming the thing
    hint : str, one line, what to do next
    """

    exit_code = ExitCode.UNDECIDED

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}: {self.hint}" if self.hint else self.message


class UsageError(DynamicError):
    """The command was called with words that do not fit."""

    exit_code = ExitCode.USAGE
