"""Parquet, through an in-memory DuckDB."""

from pathlib import Path

import duckdb
import numpy as np

from dynamic_ta.data.columns import find_columns
from dynamic_ta.data.errors import CorruptFileError, UnknownSourceError
from dynamic_ta.data.model import NUMBERS, Table

_SETTINGS = (
    "SET timezone = 'UTC'",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET preserve_insertion_order = true",
)


def read_parquet(path: Path) -> Table:
    """Return the columns of ``path``. Rows are numbered from 1.

    Raises
    ------
    CorruptFileError : not Parquet, torn, or a needed column is missing
    UnknownSourceError : a name that DuckDB would take for a pattern
    """
    if any(mark in str(path) for mark in "*?[{"):
        raise UnknownSourceError(f"{path} would be read as a pattern", "rename it without * ? [ or {")
    try:
        with duckdb.connect(":memory:") as connection:
            for setting in _SETTINGS:
                connection.execute(setting)
            names = [row[0] for row in connection.execute("DESCRIBE FROM read_parquet(?)", [str(path)]).fetchall()]
            columns = {key: _quoted(names[at]) for key, at in find_columns(str(path), names).items()}
            # A date goes through text, so that both kinds of file have one reader of dates.
            wanted = [f"COALESCE(CAST({columns['time']} AS VARCHAR), '')"]
            wanted += [f"COALESCE(TRY_CAST({columns[name]} AS DOUBLE), 'nan'::DOUBLE)" for name in NUMBERS]
            named = ", ".join(f"{sql} AS c{n}" for n, sql in enumerate(wanted))
            found = connection.execute(f"SELECT {named} FROM read_parquet(?)", [str(path)]).fetchnumpy()  # nosec B608
    except duckdb.Error as error:
        raise CorruptFileError(
            f"{path} is no readable Parquet file ({str(error).splitlines()[0]})", "write it again"
        ) from error
    times = [str(text) for text in found["c0"]]
    numbers = {name: np.ascontiguousarray(found[f"c{n}"], np.float64) for n, name in enumerate(NUMBERS, 1)}
    return Table(list(range(1, len(times) + 1)), times, dict(numbers))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
