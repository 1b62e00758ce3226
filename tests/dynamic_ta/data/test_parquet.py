"""Parquet's own types: units and zones of timestamps, decimals, and what is neither a time nor a number."""

from pathlib import Path

import numpy as np
import pytest

from dynamic_ta.data import CorruptFileError, mending_of, read_source
from tests.dynamic_ta.data.files import csv_of, reasons, refused, write_parquet


def parquet_of(folder: Path, *times: str, price: str = "1", volume: str = "0") -> str:
    """Return a file with one row a time; each argument is an SQL expression."""
    path = folder / "bars.parquet"
    rows = ", ".join(f"({time})" for time in times)
    prices = ", ".join(f"{price} AS {name}" for name in ("open", "high", "low", "close"))
    write_parquet(path, f"SELECT t AS time, {prices}, {volume} AS volume FROM (VALUES {rows}) AS rows(t)")
    return str(path)


@pytest.mark.parametrize("kind", ["TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMPTZ", "VARCHAR"])
def test_a_timestamp_of_each_unit_is_the_same_moment(tmp_path: Path, kind: str) -> None:
    source = parquet_of(tmp_path, f"'2020-07-01 12:00:01'::{kind}")
    assert read_source(source).bars.time.tolist() == [np.datetime64("2020-07-01T12:00:01", "us").item()]


def test_a_timestamp_with_a_zone_is_utc_and_one_without_is_local_where_a_zone_is_named(tmp_path: Path) -> None:
    rule = mending_of(["timezone=America/New_York"])
    aware = read_source(parquet_of(tmp_path, "TIMESTAMPTZ '2020-07-01 12:00:00+02'"), rule)
    assert (str(aware.bars.time[0]), aware.applied[0].rows) == ("2020-07-01T10:00:00.000000", ())
    naive = read_source(parquet_of(tmp_path, "TIMESTAMP '2020-07-01 12:00:00'"), rule)
    assert (str(naive.bars.time[0]), naive.applied[0].rows) == ("2020-07-01T16:00:00.000000", (1,))
    day = parquet_of(tmp_path, "DATE '2020-07-01'")
    assert "is a day; timezone=" in reasons(refused(day, rule))[0]


def test_nanoseconds_are_refused_and_never_cut_off(tmp_path: Path) -> None:
    times = ("TIMESTAMP_NS '2020-07-01 12:00:00.000001'", "TIMESTAMP_NS '2020-07-01 12:00:00.000001001'")
    assert reasons(refused(parquet_of(tmp_path, *times))) == [
        "row 2: date '2020-07-01 12:00:00.000001001' is finer than a microsecond"
    ]
    text = csv_of(tmp_path, "2020-07-01T12:00:00.1234567Z,1,1,1,1,1")
    assert "is finer than a microsecond" in reasons(refused(text))[0]
    assert str(read_source(csv_of(tmp_path, "2020-07-01T12:00:00.123456000,1,1,1,1,1")).bars.time[0])[-6:] == "123456"


def test_an_infinite_timestamp_is_no_date(tmp_path: Path) -> None:
    assert "is neither" in reasons(refused(parquet_of(tmp_path, "TIMESTAMP 'infinity'")))[0]


@pytest.mark.parametrize("digits", ["0.1", "123456789012345678901234.56789", "1.00000000000000011102230246251566"])
def test_a_decimal_is_rounded_once_as_the_same_digits_of_a_csv_are(tmp_path: Path, digits: str) -> None:
    scale = len(digits.partition(".")[2])
    source = parquet_of(tmp_path, "DATE '2020-01-01'", price=f"'{digits}'::DECIMAL(38, {scale})")
    assert read_source(source).bars.open[0] == float(digits)


def test_a_float32_is_widened_and_an_integer_is_taken(tmp_path: Path) -> None:
    bars = read_source(parquet_of(tmp_path, "DATE '2020-01-01'", price="0.1::FLOAT", volume="7::UTINYINT")).bars
    assert (bars.close[0], bars.volume[0]) == (float(np.float32(0.1)), 7)


@pytest.mark.parametrize(
    ("time", "price", "message"),
    [
        ("DATE '2020-01-01'", "true", "has a BOOLEAN as open"),
        ("DATE '2020-01-01'", "[1]", r"has a INTEGER\[\] as open"),
        ("DATE '2020-01-01'", "DATE '2020-01-01'", "has a DATE as open"),
        ("20200101", "1", "has a INTEGER as time"),
        ("TIME '10:00'", "1", "has a TIME as time"),
    ],
)
def test_a_column_of_another_type_is_corrupt(tmp_path: Path, time: str, price: str, message: str) -> None:
    with pytest.raises(CorruptFileError, match=message):
        read_source(parquet_of(tmp_path, time, price=price))
