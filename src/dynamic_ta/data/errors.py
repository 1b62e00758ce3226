"""What can be wrong with a file of prices."""

from collections.abc import Sequence

from dynamic_base import ExitCode
from dynamic_ta.data.model import BadRow
from dynamic_ta.errors import TaError

_SHOWN = 5


class DataError(TaError):
    """The root of what reading bars can raise."""


class UnknownSourceError(DataError):
    """There is no such file or sample, or its ending is none that is read."""

    exit_code = ExitCode.USAGE


class CorruptFileError(DataError):
    """The file as a whole cannot be read: torn, not what its ending says, or without a needed column."""


class BadBarsError(DataError):
    """Rows of the file are wrong; ``rows`` holds every one."""

    def __init__(self, source: str, rows: Sequence[BadRow]) -> None:
        shown = "; ".join(map(str, rows[:_SHOWN])) + ("; …" if len(rows) > _SHOWN else "")
        count = f"{len(rows)} bad row{'s' if len(rows) > 1 else ''}"
        super().__init__(f"{source} has {count} ({shown})", "mend or delete them in the file; no row is guessed")
        self.source = source
        self.rows = tuple(rows)
