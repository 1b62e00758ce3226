"""Parquet, through an in-memory DuckDB."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from dynamic_ta.data.columns import find_columns
from dynamic_ta.data.errors import CorruptFileError, UnknownSourceError
from dynamic_ta.data.model import F64, NUMBERS, Table

_SETTINGS = (
    "SET timezone = 'UTC'",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET preserve_insertion_order = true",
)
_TIMES = ("DATE", "TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMP_S", "TIMESTAMP WITH TIME ZONE", "VARCHAR")
_NUMBERS = (
    *("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"),
    *("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"),
    *("FLOAT", "DOUBLE"),
)


def read_parquet(path: Path) -> Table:
    """Return the columns of ``path``. Rows are numbered from 1.

    Raises
    ------
    CorruptFileError : not Parquet, torn, or a needed column is missing or of another type
    UnknownSourceError : a name that DuckDB would take for a pattern
    """
    import duckdb  # a fifth of a second, and only a file of this kind needs it

    if any(mark in str(path) for mark in "*?[{"):
        raise UnknownSourceError(f"{path} would be read as a pattern", "rename it without * ? [ or {")
    try:
        with duckdb.connect(":memory:") as connection:
            for setting in _SETTINGS:
                connection.execute(setting)
            header = connection.execute("DESCRIBE FROM read_parquet(?)", [str(path)]).fetchall()
            columns = find_columns(str(path), [str(row[0]) for row in header])
            wanted = [_sql(str(path), key, str(header[at][0]), str(header[at][1])) for key, at in columns.items()]
            named = ", ".join(f"{sql} AS c{n}" for n, sql in enumerate(wanted))
            found = connection.execute(f"SELECT {named} FROM read_parquet(?)", [str(path)]).fetchnumpy()  # nosec B608
    except duckdb.Error as error:
        raise CorruptFileError(
            f"{path} is no readable Parquet file ({str(error).splitlines()[0]})", "write it again"
        ) from error
    times = [str(text) for text in found["c0"]]
    numbers = {name: _cells(found[f"c{n}"]) for n, name in enumerate(NUMBERS, 1)}
    return Table(list(range(1, len(times) + 1)), times, numbers)


def _sql(source: str, key: str, name: str, kind: str) -> str:
    """Return the expression that reads one column: as text where DOUBLE could lose something, else as DOUBLE.

    Times go through text, so that both kinds of file have one reader of times; a DECIMAL of 38 digits does, so that it
    is rounded once, as the same digits in a CSV are.
    """
    quoted = '"' + name.replace('"', '""') + '"'
    if key == "time":
        if kind not in _TIMES:
            raise CorruptFileError(f"{source} has a {kind} as {name}", "write it as a timestamp, a date or text")
        return f"COALESCE(CAST({quoted} AS VARCHAR), '')"
    if kind == "VARCHAR" or kind.startswith("DECIMAL"):
        return f"COALESCE(CAST({quoted} AS VARCHAR), '')"
    if kind not in _NUMBERS:
        raise CorruptFileError(f"{source} has a {kind} as {name}", "write it as a number")
    return f"COALESCE(CAST({quoted} AS DOUBLE), 'nan'::DOUBLE)"


def _cells(column: "npt.NDArray[np.generic]") -> list[str] | F64:
    if column.dtype.kind == "f":
        return np.ascontiguousarray(column, np.float64)
    return [str(text) for text in column]
