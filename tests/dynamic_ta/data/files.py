"""Files of bars for tests."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest

from dynamic_base import ExitCode
from dynamic_ta.data import BadBarsError, read_source
from dynamic_ta.data.mending import NO_MENDING, Mending

HEADER = "Date,Open,High,Low,Close,Volume"
NUMBERS = ("open", "high", "low", "close", "volume")


def csv_of(folder: Path, *rows: str, header: str = HEADER, name: str = "bars.csv") -> str:
    path = folder / name
    path.write_text("\n".join([header, *rows]) + "\n")
    return str(path)


def flat(*times: str, price: str = "10") -> list[str]:
    """Return one row a time, all its prices alike."""
    return [f"{time},{price},{price},{price},{price},100" for time in times]


def write_parquet(path: Path, query: str) -> None:
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET timezone = 'UTC'")
        connection.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")


def refused(source: str, mending: Mending = NO_MENDING) -> BadBarsError:
    with pytest.raises(BadBarsError) as caught:
        read_source(source, mending)
    assert caught.value.exit_code == ExitCode.UNDECIDED
    assert caught.value.hint
    return caught.value


def reasons(error: BadBarsError) -> Sequence[str]:
    return [str(row) for row in error.rows]
