"""Which column of a file is which."""

from collections.abc import Sequence

from dynamic_ta.data.errors import CorruptFileError
from dynamic_ta.data.model import NUMBERS

_TIMES = ("date", "datetime", "timestamp", "time")


def find_columns(source: str, header: Sequence[str]) -> dict[str, int]:
    """Return where ``time`` and each of NUMBERS stands in ``header``; case does not matter, other columns are ignored.

    Raises
    ------
    CorruptFileError : a column is missing, or stands twice
    """
    names = [name.strip().casefold() for name in header]
    wanted = {"time": next((name for name in _TIMES if name in names), "date"), **{name: name for name in NUMBERS}}
    for name in wanted.values():
        if names.count(name) > 1:
            raise CorruptFileError(f"{source} has {names.count(name)} columns called {name}", "delete all but one")
    missing = [name for name in wanted.values() if name not in names]
    if missing:
        raise CorruptFileError(
            f"{source} has no column {', '.join(missing)}",
            "the first row must name date, open, high, low, close and volume",
        )
    return {key: names.index(name) for key, name in wanted.items()}
