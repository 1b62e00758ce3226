"""Each rule mends what it names, records the rows that it touched, and leaves every other fault refused."""

from pathlib import Path

import numpy as np
import pytest

from dynamic_base import ExitCode
from dynamic_ta.data import CorruptFileError, MendingError, Notice, Reading, mending_of, read_bars, read_source
from dynamic_ta.data.mending import RULES, Mending
from tests.dynamic_ta.data.files import csv_of, flat, reasons, refused, write_parquet

GOOD = ("2020-01-01,10,12,9,11,100", "2020-01-02,11,13,10,12,0", "2020-01-03,12,12,12,12,5")


def mended(source: str, *words: str) -> Reading:
    return read_source(source, mending_of(words))


def touched(reading: Reading) -> dict[str, tuple[int, ...]]:
    return {applied.rule: applied.rows for applied in reading.applied}


def days(reading: Reading) -> list[str]:
    return [str(time)[:10] for time in reading.bars.time]


def test_without_a_rule_nothing_is_applied_and_the_digest_is_the_files(tmp_path: Path) -> None:
    reading = mended(csv_of(tmp_path, *GOOD))
    assert reading.applied == ()
    assert reading.bars.digest == reading.origin.digest


def test_sort_puts_rows_in_order_and_names_those_that_stood_too_low(tmp_path: Path) -> None:
    source = csv_of(tmp_path, *flat("2020-01-03", "2020-01-01", "2020-01-04", "2020-01-02"))
    reading = mended(source, "sort")
    assert days(reading) == ["2020-01-01", "2020-01-02", "2020-01-03", "2020-01-04"]
    assert touched(reading) == {"sort": (3, 5)}
    error = refused(source)
    assert [row.rule for row in error.rows] == ["sort", "sort"]
    assert "ask for --mend sort, or mend" in error.hint


def test_sort_keeps_a_rows_cells_together(tmp_path: Path) -> None:
    bars = mended(csv_of(tmp_path, GOOD[2], GOOD[0], GOOD[1]), "sort").bars
    plain = mended(csv_of(tmp_path, *GOOD)).bars
    for name in ("time", "open", "high", "low", "close", "volume"):
        np.testing.assert_array_equal(getattr(bars, name), getattr(plain, name))


def test_sort_does_not_hide_a_time_that_stands_twice(tmp_path: Path) -> None:
    source = csv_of(tmp_path, GOOD[1], GOOD[0], GOOD[1])
    assert reasons(refused(source, mending_of(["sort"]))) == [
        "row 4: date 2020-01-02T00:00:00.000000 is there already, in row 2"
    ]


def test_sort_does_not_hide_a_row_without_a_time(tmp_path: Path) -> None:
    source = csv_of(tmp_path, GOOD[1], ",1,1,1,1,1", GOOD[0])
    assert reasons(refused(source, mending_of(["sort"]))) == ["row 3: no date"]


def test_an_identical_duplicate_is_dropped_wherever_it_stands(tmp_path: Path) -> None:
    source = csv_of(tmp_path, *GOOD, GOOD[0], GOOD[2])
    reading = mended(source, "drop-identical-duplicates")
    assert days(reading) == ["2020-01-01", "2020-01-02", "2020-01-03"]
    assert touched(reading) == {"drop-identical-duplicates": (5, 6)}


def test_a_duplicate_with_another_number_is_refused_whatever_is_asked_for(tmp_path: Path) -> None:
    source = csv_of(tmp_path, *GOOD, "2020-01-03,12,12,12,12,6")
    error = refused(source, mending_of(["sort", "drop-identical-duplicates"]))
    assert reasons(error) == ["row 5: date 2020-01-03T00:00:00.000000 is there already, in row 4 with other values"]
    assert "--mend" not in error.hint


@pytest.mark.parametrize("missing", ["", " ", "nan", "NaN", "null", "NA", "n/a"])
def test_a_row_without_a_price_is_dropped(tmp_path: Path, missing: str) -> None:
    source = csv_of(tmp_path, GOOD[0], f"2020-01-02,11,13,{missing},12,7", GOOD[2])
    reading = mended(source, "drop-rows-without-price")
    assert days(reading) == ["2020-01-01", "2020-01-03"]
    assert touched(reading) == {"drop-rows-without-price": (3,)}
    assert "--mend drop-rows-without-price" in refused(source).hint


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2020-01-02,11,13,,x,0", "close 'x' is no number"),
        ("2020-01-32,,,,,0", "date '2020-01-32' is neither"),
        ("2020-01-02,11,13,10,12,", "no volume"),
        ("2020-01-02,11,13,10,inf,0", "close is inf"),
        ("2020-01-02,0,13,10,12,0", "open 0.0 is not positive"),
    ],
)
def test_dropping_rows_without_a_price_drops_no_row_with_another_fault(tmp_path: Path, row: str, reason: str) -> None:
    error = refused(csv_of(tmp_path, GOOD[0], row, GOOD[2]), mending_of(["drop-rows-without-price"]))
    assert [bad.row for bad in error.rows] == [3]
    assert reason in error.rows[0].reason


def test_a_null_of_parquet_is_dropped_as_an_empty_cell_is(tmp_path: Path) -> None:
    path = tmp_path / "bars.parquet"
    rows = "(DATE '2020-01-01', 1), (DATE '2020-01-02', NULL), (DATE '2020-01-03', 'nan'::DOUBLE)"
    write_parquet(
        path,
        f"SELECT d AS date, p AS open, 1 AS high, 1 AS low, 1 AS close, 0 AS volume FROM (VALUES {rows}) AS t(d, p)",
    )
    reading = mended(str(path), "drop-rows-without-price")
    assert days(reading) == ["2020-01-01"]
    assert touched(reading) == {"drop-rows-without-price": (2, 3)}


# IANA: New York went from UTC-5 to UTC-4 on 2020-03-08 at 02:00, and back on 2020-11-01 at 02:00.
@pytest.mark.parametrize(
    ("local", "utc"),
    [
        ("2020-03-06T16:00", "2020-03-06T21:00"),
        ("2020-03-08 01:59:59.5", "2020-03-08T06:59:59.500"),
        ("2020-03-08T03:00", "2020-03-08T07:00"),
        ("2020-07-01T09:30", "2020-07-01T13:30"),
        ("2020-11-01T02:00", "2020-11-01T07:00"),
    ],
)
def test_a_local_time_becomes_utc(tmp_path: Path, local: str, utc: str) -> None:
    reading = mended(csv_of(tmp_path, *flat(local)), "timezone=America/New_York")
    assert reading.bars.time[0] == np.datetime64(utc)
    assert touched(reading) == {"timezone=America/New_York": (2,)}


@pytest.mark.parametrize(
    ("local", "reason"),
    [
        ("2020-03-08T02:00", "never happens in America/New_York"),
        ("2020-03-08T02:59:59", "never happens in America/New_York"),
        ("2020-11-01T01:00", "happens twice in America/New_York"),
        ("2020-11-01T01:59:59", "happens twice in America/New_York"),
        ("2020-11-03", "is a day; timezone=America/New_York is for times of day"),
        ("11/3/2020", "is a day; timezone=America/New_York is for times of day"),
    ],
)
def test_a_local_time_that_is_not_one_moment_is_refused_with_its_row(tmp_path: Path, local: str, reason: str) -> None:
    source = csv_of(tmp_path, *flat("2020-01-01T00:00", local))
    assert reasons(refused(source, mending_of(["timezone=America/New_York"]))) == [f"row 3: date '{local}' {reason}"]


def test_a_time_with_an_offset_is_what_it_is_in_every_zone(tmp_path: Path) -> None:
    reading = mended(csv_of(tmp_path, *flat("2020-07-01T12:00+02:00")), "timezone=Asia/Tokyo")
    assert reading.bars.time[0] == np.datetime64("2020-07-01T10:00")
    assert touched(reading) == {"timezone=Asia/Tokyo": ()}


def test_two_local_times_around_a_clock_set_back_are_put_in_the_order_of_utc(tmp_path: Path) -> None:
    source = csv_of(tmp_path, *flat("2020-11-01T00:59:59", "2020-11-01T02:00"))
    assert np.diff(mended(source, "timezone=America/New_York").bars.time)[0] == np.timedelta64(7201, "s")


def test_a_split_divides_the_prices_before_its_day_and_multiplies_the_volumes(tmp_path: Path) -> None:
    # Apple's 4 for 1 of 2020-08-31: a close of 499.23 on the Friday before is 124.8075 in new shares.
    source = csv_of(
        tmp_path, "2020-08-28,504.05,505.77,498.31,499.23,46907479", "2020-08-31,127.58,131,126,129.04,225702700"
    )
    assert [notice.kind for notice in mended(source).notices] == ["jump"]
    assert "looks like split=2020-08-31:4:1" in mended(source).notices[0].text
    reading = mended(source, "split=2020-08-31:4")
    assert reading.bars.close.tolist() == [124.8075, 129.04]
    assert reading.bars.volume.tolist() == [187629916, 225702700]
    assert touched(reading) == {"split=2020-08-31:4:1": (2,)}
    assert reading.notices == ()


def test_splits_are_multiplied_and_read_from_a_file_too(tmp_path: Path) -> None:
    source = csv_of(tmp_path, *flat("2020-01-01", "2020-01-02", "2020-01-03", price="12"))
    listed = tmp_path / "splits.csv"
    listed.write_text("date,ratio\n2020-01-03,1:10\n2020-01-02, 3:2\n")
    one, other = mended(source, "split=2020-01-02:3:2", "split=2020-01-03:1:10"), mended(source, f"splits={listed}")
    assert one.bars.close.tolist() == [80, 120, 12]
    assert one.bars.volume.tolist() == [15, 10, 100]
    assert one.bars.digest == other.bars.digest
    assert touched(other) == {"split=2020-01-02:3:2": (2,), "split=2020-01-03:1:10": (2, 3)}


def test_the_day_of_a_split_begins_in_the_zone_of_the_bars(tmp_path: Path) -> None:
    source = csv_of(tmp_path, *flat("2020-08-30T23:59", "2020-08-31T00:00", price="8"))
    bars = mended(source, "timezone=America/New_York", "split=2020-08-31:4").bars
    assert bars.close.tolist() == [2, 8]


@pytest.mark.parametrize("price", ["0", "-3"])
def test_a_price_that_is_not_positive_is_taken_only_where_it_was_asked_for(tmp_path: Path, price: str) -> None:
    source = csv_of(tmp_path, *flat("2020-01-01"), *flat("2020-01-02", price=price))
    reading = mended(source, "allow-negative-prices")
    assert reading.bars.close.tolist() == [10, float(price)]
    assert touched(reading) == {"allow-negative-prices": (3,)}
    assert reasons(refused(source))[0].endswith("is not positive")


def test_negative_prices_keep_low_below_high(tmp_path: Path) -> None:
    source = csv_of(tmp_path, "2020-01-01,-2,-1,-3,-2,1", "2020-01-02,-2,-3,-1,-2,1", "2020-01-03,-4,-1,-3,-2,1")
    assert reasons(refused(source, mending_of(["allow-negative-prices"]))) == [
        "row 3: high -3.0 is below low -1.0",
        "row 4: open -4.0 is outside low -3.0 to high -1.0",
    ]


def test_bars_for_a_backtest_take_no_negative_prices(tmp_path: Path) -> None:
    source = csv_of(tmp_path, *GOOD)
    with pytest.raises(MendingError, match="prices are divided by") as caught:
        read_bars(source, mending_of(["allow-negative-prices"]))
    assert caught.value.exit_code == ExitCode.USAGE


def test_missing_bars_are_reported_or_refused(tmp_path: Path) -> None:
    times = [f"2020-01-{day:02}" for day in (1, 2, 3, 6, 7, 8, 15, 16)]
    source = csv_of(tmp_path, *flat(*times))
    text = "row 8: 5 days without weekends after 2020-01-08T00:00:00, where 1 day is usual"
    assert [str(notice) for notice in mended(source, "gaps=report").notices] == [text]
    assert reasons(refused(source, mending_of(["gaps=refuse"]))) == [text]
    whole = csv_of(tmp_path, *flat(*times[:6]))
    assert touched(mended(whole, "gaps=refuse")) == {"gaps=refuse": ()}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["guess"], "there is no rule 'guess'"),
        (["sort=yes"], "is not how sort is asked for"),
        (["timezone"], "is not how timezone is asked for"),
        (["timezone="], "is not how timezone is asked for"),
        (["timezone=Mars/Olympus"], "there is no time zone 'Mars/Olympus'"),
        (["timezone=../../etc/passwd"], "there is no time zone"),
        (["timezone=UTC", "timezone=Asia/Tokyo"], "timezone=UTC and timezone=Asia/Tokyo"),
        (["gaps=fill"], "gaps=fill"),
        (["split=yesterday:4"], "names no date"),
        (["split=2020-01-01"], "names no ratio"),
        (["split=2020-01-01:0"], "names no ratio"),
        (["split=2020-01-01:-2"], "names no ratio"),
        (["split=2020-01-01:1.5"], "names no ratio"),
        (["split=2020-01-01:1"], "has a ratio of 1:1"),
        (["split=2020-01-01:10001"], "has a ratio of 10001:1"),
        (["split=2020-01-01:2", "split=2020-01-01:3"], "splits on 2020-01-01, 2020-01-01"),
        (["splits=none.csv"], "cannot read splits=none.csv"),
    ],
)
def test_a_rule_that_cannot_be_followed_is_wrong_usage(words: list[str], message: str) -> None:
    with pytest.raises(MendingError) as caught:
        mending_of(words)
    assert message in caught.value.message
    assert caught.value.hint
    assert caught.value.exit_code == ExitCode.USAGE


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("day,ratio\n2020-01-01,2\n", "row 2 lacks date or ratio"),
        ("date,ratio\n2020-01-01,2\n2020-01-02,two\n", "row 3: split=2020-01-02:two names no ratio"),
        ('date,ratio\n"2020', "cannot read"),
    ],
)
def test_a_file_of_splits_is_refused_with_its_row(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "splits.csv"
    path.write_text(content)
    with pytest.raises(MendingError) as caught:
        mending_of([f"splits={path}"])
    assert message in caught.value.message


def test_rules_are_told_in_the_words_that_ask_for_them() -> None:
    words = (
        "timezone=Europe/Paris",
        "drop-rows-without-price",
        "sort",
        "drop-identical-duplicates",
        "allow-negative-prices",
        "split=2020-01-02:3:2",
        "split=2021-01-02:4:1",
        "gaps=refuse",
    )
    assert mending_of(words[::-1]).words() == words
    assert {word.partition("=")[0] for word in words} | {"splits"} == {row.name for row in RULES}
    assert Mending().words() == mending_of(["gaps=report"]).words() == ()


def test_a_file_of_which_no_row_is_left_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorruptFileError, match="has no row with a price"):
        mended(csv_of(tmp_path, "2020-01-01,,,,,1"), "drop-rows-without-price")


def test_every_rule_asked_for_changes_the_digest(tmp_path: Path) -> None:
    source = csv_of(tmp_path, *flat("2020-01-01T10:00", "2020-01-02T10:00", "2020-01-03T10:00"))
    words = ["sort", "drop-identical-duplicates", "drop-rows-without-price", "allow-negative-prices", "gaps=refuse"]
    words += ["timezone=Asia/Tokyo", "split=2020-01-02:2"]
    digests = {mended(source, *asked).bars.digest for asked in ([], *([word] for word in words))}
    assert len(digests) == len(words) + 1


# What is noticed and left as it is.


def notices(folder: Path, times: "np.ndarray[tuple[int], np.dtype[np.datetime64]]", price: float = 10) -> list[Notice]:
    return list(read_source(csv_of(folder, *flat(*times.astype("M8[m]").astype(str), price=str(price)))).notices)


def minutes(day: str, first: str = "14:30", count: int = 390) -> "np.ndarray[tuple[int], np.dtype[np.datetime64]]":
    return np.datetime64(f"{day}T{first}") + np.arange(count)


@pytest.mark.parametrize("name", ["sp500", "nasdaq"])
def test_the_only_gap_of_twenty_years_is_that_of_september_2001(name: str) -> None:
    # The exchange was closed from the 11th to the 14th; no other closure was longer than two trading days.
    (notice,) = read_source(name).notices
    assert notice.kind == "gap"
    assert "5 days without weekends after 2001-09-10" in notice.text


def test_nights_and_weekends_are_no_gaps_in_minute_bars(tmp_path: Path) -> None:
    sessions = ("2020-06-04", "2020-06-05", "2020-06-08", "2020-06-09")
    assert notices(tmp_path, np.concatenate([minutes(day) for day in sessions])) == []


def test_missing_minutes_and_missing_sessions_are_gaps(tmp_path: Path) -> None:
    sessions = [minutes(day) for day in ("2020-06-01", "2020-06-02", "2020-06-03", "2020-06-04", "2020-06-10")]
    sessions[1] = np.delete(sessions[1], np.arange(100, 110))
    found = notices(tmp_path, np.concatenate(sessions))
    # Row 2 is the first bar: 390 of the first session and 100 of the second stand above the hole.
    assert [notice.row for notice in found] == [2 + 390 + 100, 2 + 4 * 390 - 10]
    assert found[0].text == "11 minutes without weekends after 2020-06-02T16:09:00, where 1 minute is usual"
    assert "after 2020-06-04T20:59:00, where 17.52 hours is usual" in found[1].text


def test_a_market_that_never_closes_has_no_weekend_to_leave_out(tmp_path: Path) -> None:
    hours = np.datetime64("2020-06-05T00") + np.arange(24 * 5)
    assert notices(tmp_path, hours) == []
    (notice,) = notices(tmp_path, np.delete(hours, np.arange(26, 46)))
    assert notice.text == "21 hours after 2020-06-06T01:00:00, where 1 hour is usual"


@pytest.mark.parametrize("unit", ["D", "W", "M", "Y"])
def test_bars_that_are_evenly_spaced_have_no_gap(tmp_path: Path, unit: str) -> None:
    assert notices(tmp_path, np.arange(20, 60).astype(f"M8[{unit}]")) == []


def test_one_bar_and_two_have_no_gap(tmp_path: Path) -> None:
    assert notices(tmp_path, np.array(["2020-01-01"], "M8[D]")) == []
    assert notices(tmp_path, np.array(["2020-01-01", "2029-01-01"], "M8[D]")) == []


@pytest.mark.parametrize(
    ("close", "opened", "ratio"),
    [(100, 25.5, "4:1"), (100, 49, "2:1"), (30, 20, "3:2"), (1, 10.2, "1:10"), (10, 15, "2:3"), (700, 100, "7:1")],
)
def test_a_jump_near_a_common_ratio_is_told_and_not_applied(
    tmp_path: Path, close: float, opened: float, ratio: str
) -> None:
    source = csv_of(tmp_path, *flat("2020-01-01", price=str(close)), *flat("2020-01-02", price=str(opened)))
    reading = read_source(source)
    (notice,) = reading.notices
    assert (notice.kind, notice.row) == ("jump", 3)
    assert notice.text.endswith(f"looks like split=2020-01-02:{ratio}")
    assert reading.bars.close.tolist() == [close, opened]


@pytest.mark.parametrize("opened", [80, 75, 70, 57, 44, 130, 175])
def test_a_jump_between_the_ratios_is_none(tmp_path: Path, opened: float) -> None:
    source = csv_of(tmp_path, *flat("2020-01-01", price="100"), *flat("2020-01-02", price=str(opened)))
    assert read_source(source).notices == ()
