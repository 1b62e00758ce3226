"""Good files in every form give the same bars; each kind of bad row is refused with its number."""

import gzip
import hashlib
import subprocess
import sys
from pathlib import Path

import duckdb
import numpy as np
import pytest

from dynamic_base import ExitCode
from dynamic_ta.data import BadBarsError, CorruptFileError, UnknownSourceError, read_bars

HEADER = "Date,Open,High,Low,Close,Volume"
GOOD = ("2020-01-01,10,12,9,11,100", "2020-01-02,11,13,10,12,0", "2020-01-03,12,12,12,12,5")


def csv_of(folder: Path, *rows: str, header: str = HEADER) -> str:
    path = folder / "bars.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return str(path)


def write_parquet(path: Path, query: str) -> None:
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET timezone = 'UTC'")
        connection.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")


def refusal(source: str) -> BadBarsError:
    with pytest.raises(BadBarsError) as caught:
        read_bars(source)
    assert caught.value.exit_code == ExitCode.UNDECIDED
    assert caught.value.hint
    return caught.value


def test_a_csv_is_read_as_it_stands(tmp_path: Path) -> None:
    source = csv_of(tmp_path, *GOOD)
    bars = read_bars(source)
    assert (bars.name, bars.n_bars) == ("bars", 3)
    assert bars.digest == hashlib.sha256(Path(source).read_bytes()).hexdigest()
    assert bars.time.astype("datetime64[D]").tolist() == np.arange("2020-01-01", "2020-01-04", dtype="M8[D]").tolist()
    assert [a.tolist() for a in (bars.open, bars.high, bars.low, bars.close, bars.volume)] == [
        [10, 11, 12],
        [12, 13, 12],
        [9, 10, 12],
        [11, 12, 12],
        [100, 0, 5],
    ]
    with pytest.raises(ValueError, match="read-only"):
        bars.close[0] = 1


def test_gzip_column_order_case_extra_columns_and_american_dates_change_nothing(tmp_path: Path) -> None:
    plain = read_bars(csv_of(tmp_path, *GOOD))
    rows = ["VOLUME,close,Adj Close,LOW,high,open,date"]
    for text in GOOD:
        day, first, high, low, last, volume = text.split(",")
        rows.append(f"{volume},{last},x,{low},{high},{first},1/{int(day[-2:])}/2020")
    path = tmp_path / "other.CSV.GZ"
    path.write_bytes(gzip.compress(("\ufeff" + "\r\n".join(rows) + "\r\n\r\n").encode()))
    other = read_bars(str(path))
    assert other.name == "other"
    for name in ("time", "open", "high", "low", "close", "volume"):
        np.testing.assert_array_equal(getattr(plain, name), getattr(other, name))


@pytest.mark.parametrize("kind", ["DATE", "TIMESTAMP", "TIMESTAMPTZ", "VARCHAR"])
def test_parquet_gives_the_bars_of_the_csv(tmp_path: Path, kind: str) -> None:
    source = csv_of(tmp_path, *GOOD)
    path = tmp_path / "bars.parquet"
    write_parquet(path, f"SELECT * REPLACE (Date::{kind} AS Date), 1 AS more FROM read_csv('{source}')")
    plain, other = read_bars(source), read_bars(str(path))
    for name in ("time", "open", "high", "low", "close", "volume"):
        np.testing.assert_array_equal(getattr(plain, name), getattr(other, name))


def test_an_offset_is_turned_into_utc(tmp_path: Path) -> None:
    rows = ["2020-01-01T01:00:00+02:00,1,1,1,1,1", "2020-01-01T00:00:00Z,1,1,1,1,1"]
    assert read_bars(csv_of(tmp_path, *rows)).time.astype(str).tolist() == [
        "2019-12-31T23:00:00.000000",
        "2020-01-01T00:00:00.000000",
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2020-01-02,,13,10,12,0", "no open"),
        ("2020-01-02,11,x,10,12,0", "high 'x' is no number"),
        ("2020-01-02,11,1_3,10,12,0", "high '1_3' is no number"),
        ("2020-01-02,11,13,nan,12,0", "no low"),
        ("2020-01-02,11,inf,10,12,0", "high is inf"),
        ("2020-01-02,11,13,10,1e999,0", "close is inf"),
        ("2020-01-02,11,13,0,12,0", "low 0.0 is not positive"),
        ("2020-01-02,-11,13,10,12,0", "open -11.0 is not positive"),
        ("2020-01-02,11,10,13,12,0", "high 10.0 is below low 13.0"),
        ("2020-01-02,9,13,10,12,0", "open 9.0 is outside low 10.0 to high 13.0"),
        ("2020-01-02,11,13,10,13.01,0", "close 13.01 is outside"),
        ("2020-01-02,11,13,10,12,-1", "volume -1.0 is negative"),
        ("2020-01-02,11,13,10,12,", "no volume"),
        ("2020-01-01,11,13,10,12,0", "date 2020-01-01T00:00:00.000000 is there already"),
        ("2019-12-31,11,13,10,12,0", "is before the row above"),
        ("2020-02-30,11,13,10,12,0", "date '2020-02-30' is neither"),
        ("13/1/2020,11,13,10,12,0", "date '13/1/2020' is neither"),
        ("0001-01-01T00:00+09:00,11,13,10,12,0", "is neither"),
        (",11,13,10,12,0", "no date"),
        ("2020-01-02T00:00Z,11,13,10,12,0", "has an offset from UTC, unlike the first"),
        ("2020-01-02,11,13,10,12", "5 cells where the header has 6"),
    ],
)
def test_each_kind_of_bad_row_is_refused_with_its_number(tmp_path: Path, row: str, reason: str) -> None:
    error = refusal(csv_of(tmp_path, GOOD[0], row, GOOD[2]))
    assert [bad.row for bad in error.rows] == [3]
    assert reason in error.rows[0].reason
    assert "1 bad row (row 3: " in error.message


def test_every_bad_row_is_counted_and_the_first_five_are_shown(tmp_path: Path) -> None:
    rows = [f"2020-01-{day:02},0,1,1,1,1" for day in range(1, 8)]
    error = refusal(csv_of(tmp_path, *rows))
    assert [bad.row for bad in error.rows] == [2, 3, 4, 5, 6, 7, 8]
    assert "has 7 bad rows (row 2: open 0.0 is not positive; row 3: " in error.message
    assert "row 6" in error.message
    assert "row 7" not in error.message


def test_a_blank_line_is_no_row_but_is_counted(tmp_path: Path) -> None:
    assert [bad.row for bad in refusal(csv_of(tmp_path, GOOD[0], "", "2020-01-02,0,1,1,1,1")).rows] == [4]


def test_prices_that_a_vendor_rounded_on_their_own_are_taken(tmp_path: Path) -> None:
    assert read_bars(csv_of(tmp_path, "2020-01-01,10,12.0000001,9,12.0000002,1")).n_bars == 1


def test_a_bad_row_of_a_parquet_file_is_counted_from_one(tmp_path: Path) -> None:
    path = tmp_path / "bars.parquet"
    rows = "('2020-01-01', '1'), ('2020-01-02', NULL), ('2020-01-03', 'x'), (NULL, '1')"
    write_parquet(
        path,
        f"SELECT d AS date, p AS open, 1 AS high, 1 AS low, 1 AS close, 0 AS volume FROM (VALUES {rows}) AS t(d, p)",
    )
    assert [str(bad) for bad in refusal(str(path)).rows] == [
        "row 2: no open",
        "row 3: open 'x' is no number",
        "row 4: no date",
    ]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"Date,Open,High,Low,Close,Volume\n", "has a header and no rows"),
        ("a.csv", b"Date,Open,High,Low,Close\n", "has no column volume"),
        ("a.csv", b"Open,Low\n", "has no column date, high, close, volume"),
        ("a.csv", b"Date,Open,High,Low,Close,close,Volume\n", "has 2 columns called close"),
        ("a.csv", b"Date\xff\n", "is not UTF-8"),
        ("a.csv", b'"Date', "is no CSV"),
        ("a.csv.gz", b"Date", "is no whole gzip file"),
        ("a.csv.gz", gzip.compress(b"Date" * 9)[:-9], "is no whole gzip file"),
        ("a.parquet", b"PAR1", "is no readable Parquet file"),
    ],
)
def test_a_file_that_is_no_table_of_bars_is_corrupt(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(CorruptFileError) as caught:
        read_bars(str(path))
    assert message in caught.value.message
    assert caught.value.exit_code == ExitCode.UNDECIDED
    assert caught.value.hint


@pytest.mark.parametrize("source", ["none.csv", "bars.txt", "sp600", ""])
def test_a_source_that_is_not_there_is_wrong_usage(source: str) -> None:
    with pytest.raises(UnknownSourceError) as caught:
        read_bars(source)
    assert caught.value.exit_code == ExitCode.USAGE
    assert "sp500" in caught.value.hint


@pytest.mark.parametrize(("name", "last"), [("sp500", 2506.850098), ("nasdaq", 6635.279785)])
def test_the_samples_hold_twenty_years_of_daily_bars(name: str, last: float) -> None:
    bars = read_bars(name)
    assert (bars.n_bars, str(bars.time[0])[:10], str(bars.time[-1])[:10]) == (5031, "1999-01-04", "2018-12-31")
    assert bars.close[-1] == last


def test_reading_a_sample_imports_neither_arch_nor_pandas() -> None:
    code = (
        "import sys; sys.path[:0] = sys.argv[1:]; from dynamic_ta.data import read_bars; read_bars('sp500');"
        " sys.exit(bool({'arch', 'pandas'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code, *sys.path], check=False).returncode == 0
