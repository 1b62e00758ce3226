"""Gaps and jumps are found where they are, and a night, a weekend or a bad day on the market is neither."""

from pathlib import Path

import numpy as np
import pytest

from dynamic_ta.data import Notice, read_source
from tests.dynamic_ta.data.files import csv_of, flat


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
