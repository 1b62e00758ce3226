"""Returns from a CSV or a Parquet file: a column a strategy, a row a period."""

import csv
import gzip
import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from dynamic_ta.data.model import F64
from dynamic_ta.validation.errors import SampleError, SettingError

_DATES = ("date", "datetime", "timestamp", "time")
_ENDINGS = (".csv", ".csv.gz", ".parquet")


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """``columns``: the names as the file gives them, without the date; ``values``: float64[n_rows, n_columns]."""

    source: str
    columns: tuple[str, ...]
    values: F64

    def column(self, name: str) -> F64:
        """Return one column, or raise SettingError."""
        if name not in self.columns:
            shown = ", ".join(self.columns[:10]) + (", …" if len(self.columns) > 10 else "")  # noqa: PLR2004
            raise SettingError(f"{self.source} has no column {name!r}", f"choose of {shown}")
        return self.values[:, self.columns.index(name)]


def read_returns(path: Path) -> Table:
    """Read the numbers of ``path``.

    Parameters
    ----------
    path : ends in .csv, .csv.gz or .parquet; the first row names the columns; a first column called date (or datetime,
        timestamp, time) holds ISO 8601 dates, which must rise

    Raises
    ------
    SettingError : no such file, or another ending
    SampleError : not what its ending says, a cell without a number, a name twice, or dates that do not rise

    Notes
    -----
    Rows are numbered as a spreadsheet does, the names being row 1.
    """
    if not path.name.casefold().endswith(_ENDINGS):
        raise SettingError(f"{path} is no file of returns", f"name a {', '.join(_ENDINGS)} file")
    if not path.is_file():
        raise SettingError(f"there is no file {path}", "check the path")
    try:
        header, rows = _parquet(path) if path.suffix.casefold() == ".parquet" else _csv(path)
    except OSError as error:
        raise SampleError(f"cannot read {path} ({error.strerror})", "check that it is a readable file") from error
    return _table(str(path), header, rows)


def _csv(path: Path) -> tuple[list[str], list[Sequence[object]]]:
    content = path.read_bytes()
    try:
        text = (gzip.decompress(content) if path.suffix.casefold() == ".gz" else content).decode("utf-8-sig")
        rows: list[Sequence[object]] = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except (gzip.BadGzipFile, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise SampleError(f"{path} is no whole CSV in UTF-8 ({error})", "export it again") from error
    return [str(name).strip() for name in rows[0]] if rows else [], rows[1:]


def _parquet(path: Path) -> tuple[list[str], list[Sequence[object]]]:
    import duckdb  # a fifth of a second, and only a file of this kind needs it

    if any(mark in str(path) for mark in "*?[{"):
        raise SettingError(f"{path} would be read as a pattern", "rename it without * ? [ or {")
    try:
        with duckdb.connect(":memory:") as connection:
            connection.execute("SET autoinstall_known_extensions = false")
            connection.execute("SET preserve_insertion_order = true")
            found = connection.execute("SELECT * FROM read_parquet(?)", [str(path)])
            return [str(column[0]) for column in found.description or ()], list(found.fetchall())
    except duckdb.Error as error:
        raise SampleError(
            f"{path} is no readable Parquet file ({str(error).splitlines()[0]})", "write it again"
        ) from error


def _table(source: str, header: list[str], rows: list[Sequence[object]]) -> Table:
    if not header or not rows:
        raise SampleError(f"{source} has no rows", "export it again")
    for name in header:
        if header.count(name) > 1:
            raise SampleError(f"{source} has {header.count(name)} columns called {name!r}", "delete all but one")
    for number, row in enumerate(rows, 2):
        if len(row) != len(header):
            raise SampleError(f"{source} has {len(row)} cells in row {number}, {len(header)} names", "mend that row")
    dated = header[0].casefold() in _DATES
    if dated:
        _check_dates(source, [row[0] for row in rows])
    names = header[dated:]
    if not names:
        raise SampleError(f"{source} has no column but the date", "give a column a strategy")
    values = [
        [_number(source, cell, number, name) for name, cell in zip(names, row[dated:], strict=True)]
        for number, row in enumerate(rows, 2)
    ]
    return Table(source, tuple(names), np.array(values, np.float64))


def _number(source: str, cell: object, row: int, name: str) -> float:
    try:
        return float(str(cell).replace("_", "?"))  # Python reads 1_000, which no vendor writes
    except ValueError as error:
        raise SampleError(
            f"{source} has no number but {cell!r} in row {row}, column {name!r}", "fill it or drop the row"
        ) from error


def _check_dates(source: str, cells: Sequence[object]) -> None:
    before: datetime | None = None
    for row, cell in enumerate(cells, 2):
        try:
            moment = datetime.fromisoformat(str(cell).strip())
            late = before is None or moment > before
        except (ValueError, TypeError) as error:  # a TypeError where only one of them has an offset
            raise SampleError(f"{source} has the date {str(cell)!r} in row {row}", "write dates as ISO 8601") from error
        if not late:
            raise SampleError(f"{source} has the date {cell} in row {row}, not after the row above", "sort it by date")
        before = moment
