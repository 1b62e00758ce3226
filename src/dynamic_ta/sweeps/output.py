"""Every variant as a file."""

import os
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dynamic_base.files import WriteError
from dynamic_ta.sweeps.errors import SweepInputError
from dynamic_ta.sweeps.model import Variants
from dynamic_ta.sweeps.reduce import Columns

_OWN = ("asset", "first_bar", "last_bar")


def check_output(path: Path, names: tuple[str, ...], statistics: tuple[str, ...]) -> None:
    """Return if a sweep over the parameters ``names`` can be written to a file of that name.

    Raises
    ------
    SweepInputError : another ending than .csv or .parquet, or a parameter with the name of another column
    """
    if path.suffix.casefold() not in {".csv", ".parquet"}:
        raise SweepInputError(f"{path} is neither .csv nor .parquet", "give the file one of these endings")
    clash = next((name for name in names if name.casefold() in {*_OWN, *statistics}), None)
    if clash is not None:
        raise SweepInputError(f"the parameter {clash} has the name of another column", "rename it in the strategy")


def write_columns(variants: Variants, columns: Columns, path: Path) -> None:
    """Write a row a variant to ``path``, whole or not at all; what is undefined is empty.

    Raises
    ------
    WriteError : the folder or the disk refused; what stood there before is untouched
    """
    import duckdb  # a fifth of a second, and only a file needs it

    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        os.close(handle)
    except OSError as error:
        raise WriteError(f"cannot write {path} ({error.strerror})", "name a file in an existing folder") from error
    temporary = Path(name)
    try:
        _copy(_table(variants, columns), columns.statistics, temporary, path.suffix.casefold()[1:])
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except (duckdb.Error, OSError) as error:
        raise WriteError(f"cannot write {path} ({error})", "free the disk or choose another folder") from error
    finally:
        temporary.unlink(missing_ok=True)


def _table(variants: Variants, columns: Columns) -> dict[str, npt.NDArray[np.generic]]:
    points = variants.points
    target, point = np.divmod(np.arange(len(variants)), len(points.values))
    own = {
        "asset": np.array([asset for asset, _ in variants.targets], object)[target],
        "first_bar": np.array([bars.start for _, bars in variants.targets])[target],
        "last_bar": np.array([bars.stop - 1 for _, bars in variants.targets])[target],
    }
    parameters = {
        name: column[point].astype(np.int64 if whole else np.float64)
        for name, whole, column in zip(points.names, points.whole, points.values.T, strict=True)
    }
    # DuckDB reads a column of a table with gaps between its values slowly.
    statistics = {name: column.copy() for name, column in zip(columns.statistics, columns.values.T, strict=True)}
    return {**own, **parameters, **statistics}


def _copy(table: dict[str, npt.NDArray[np.generic]], statistics: tuple[str, ...], path: Path, form: str) -> None:
    chosen = ", ".join(
        f'CASE WHEN isnan("{name}") THEN NULL ELSE "{name}" END AS "{name}"' if name in statistics else f'"{name}"'
        for name in table
    )
    import duckdb

    with duckdb.connect(":memory:") as connection:
        connection.register("variants", table)
        # The names are checked words, the path is quoted: COPY takes no parameters.
        target = str(path).replace("'", "''")
        connection.execute(f"COPY (SELECT {chosen} FROM variants) TO '{target}' (FORMAT {form})")  # nosec B608
