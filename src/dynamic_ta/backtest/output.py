"""A sweep as a file, and its best rows."""

import csv
import io
import math
import tempfile
from pathlib import Path

import numpy as np

from dynamic_base import write_atomic
from dynamic_ta.backtest.document import row_document
from dynamic_ta.backtest.errors import BacktestInputError
from dynamic_ta.backtest.model import Sweep

_TYPES = {
    "fast": "INTEGER",
    "slow": "INTEGER",
    "total_return": "DOUBLE",
    "sharpe": "DOUBLE",
    "max_drawdown": "DOUBLE",
    "win_rate": "DOUBLE",
    "exposure": "DOUBLE",
    "trades": "INTEGER",
    "open_trade": "BOOLEAN",
    "checksum": "VARCHAR",
}
# What to sort by, and whether more is better.
ORDERS = {
    "sharpe": ("sharpe", True),
    "return": ("total_return", True),
    "drawdown": ("max_drawdown", False),
    "win-rate": ("win_rate", True),
    "exposure": ("exposure", False),
    "trades": ("trades", False),
}


def best(sweep: Sweep, order: str, count: int) -> list[int]:
    """Return the rows of the ``count`` best pairs; undefined values come last, equal ones by slow, then fast window."""
    name, more = ORDERS[order]
    values = getattr(sweep, name).astype(np.float64)
    key = np.where(np.isnan(values), math.inf, -values if more else values)
    return [int(row) for row in np.lexsort((sweep.fast, sweep.slow, key))[:count]]


def check_output(path: Path) -> None:
    """Return if a sweep can be written to a file of that name.

    Raises
    ------
    BacktestInputError : another ending than .csv or .parquet
    """
    if path.suffix.casefold() not in {".csv", ".parquet"}:
        raise BacktestInputError(f"{path} is neither .csv nor .parquet", "give the file one of these endings")


def write_sweep(sweep: Sweep, path: Path) -> None:
    """Write every row to ``path``, whole or not at all; what is undefined is empty."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(_TYPES))
    writer.writeheader()
    writer.writerows(row_document(sweep, row) for row in range(sweep.n_pairs))
    content = text.getvalue().encode()
    write_atomic(path, _parquet(content) if path.suffix.casefold() == ".parquet" else content)


def _parquet(content: bytes) -> bytes:
    import duckdb  # a fifth of a second, and only a file of this kind needs it

    with tempfile.TemporaryDirectory() as folder, duckdb.connect(":memory:") as connection:
        plain, packed = Path(folder, "sweep.csv"), Path(folder, "sweep.parquet")
        plain.write_bytes(content)
        connection.read_csv(str(plain), header=True, columns=_TYPES).write_parquet(str(packed))
        return packed.read_bytes()
