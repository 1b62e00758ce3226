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


class MendingError(DataError):
    """A rule for mending is unknown, contradicts another, or does not fit what the bars are for."""

    exit_code = ExitCode.USAGE


class CorruptFileError(DataError):
    """The file as a whole cannot be read: torn, not what its ending says, or without a needed column."""


class BarsSnapshotError(DataError):
    """A folder holds no snapshot of bars, or one that is torn, edited or incomplete."""


class BadBarsError(DataError):
    """Rows of the file are wrong; ``rows`` holds every one."""

    def __init__(self, source: str, rows: Sequence[BadRow]) -> None:
        shown = "; ".join(map(str, rows[:_SHOWN])) + ("; …" if len(rows) > _SHOWN else "")
        count = f"{len(rows)} bad row{'s' if len(rows) > 1 else ''}"
        rules = sorted({row.rule for row in rows if row.rule})
        asked = f"ask for {' '.join(f'--mend {rule}' for rule in rules)}, or " if rules else ""
        super().__init__(
            f"{source} has {count} ({shown})", f"{asked}mend or delete them in the file; no row is guessed"
        )
        self.source = source
        self.rows = tuple(rows)
