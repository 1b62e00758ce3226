"""SQL over event files: an in-memory DuckDB that sees the given files and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from dynamic_events.errors import QueryError

_COLUMNS = {
    "schema": "INTEGER",
    "id": "UUID",
    "time": "TIMESTAMP",
    "kind": "VARCHAR",
    "run": "VARCHAR",
    "subject": "VARCHAR",
    "attributes": "JSON",
}
_LOCK = (
    "SET timezone = 'UTC'",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)
_ALLOWED = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)


@dataclass(frozen=True, slots=True)
class Rows:
    """The answer to a query. ``skipped`` names the torn files that it does not know of."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    skipped: tuple[Path, ...] = ()


def run_query(files: Sequence[Path], sql: str, parameters: Sequence[object], skipped: Sequence[Path] = ()) -> Rows:
    """Return the rows of one SELECT over ``files``.

    Raises
    ------
    QueryError : not one SELECT, or DuckDB refused it
    """
    with duckdb.connect(":memory:") as connection:
        _load(connection, files)
        try:
            statements = connection.extract_statements(sql)
            if len(statements) != 1 or statements[0].type not in _ALLOWED:
                raise QueryError(
                    "the query is not one SELECT",
                    "ask one read-only question, e.g. SELECT kind, count(*) FROM events GROUP BY kind",
                )
            answer = connection.execute(statements[0], parameters)
            rows = answer.fetchall()
        except duckdb.Error as error:
            raise _refused(str(error)) from error
        return Rows(tuple(column[0] for column in answer.description or ()), tuple(map(tuple, rows)), tuple(skipped))


def _load(connection: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> None:
    """Copy the files into memory, each event once and oldest first, and then shut every door to the outside."""
    fields = ", ".join(f'"{name}" {kind}' for name, kind in _COLUMNS.items())
    connection.execute(f"CREATE TABLE recorded ({fields})")
    if files:
        connection.execute(
            "INSERT INTO recorded"
            " SELECT DISTINCT ON (id) * FROM read_json(?, format = 'newline_delimited', columns = ?) ORDER BY time, id",
            [[str(path) for path in files], _COLUMNS],
        )
    connection.execute("CREATE VIEW events AS FROM recorded")
    for setting in _LOCK:
        connection.execute(setting)


def _refused(said: str) -> QueryError:
    if "pytz" in said:
        return QueryError("a column has a time zone", "cast it to a UTC timestamp: now()::TIMESTAMP")
    return QueryError(
        f"DuckDB refused the query ({said.strip().splitlines()[0]})", "the columns are: " + ", ".join(_COLUMNS)
    )
