"""What must hold for every file: mending twice is mending once, order and repetition change nothing, splits undo."""

import csv
import random
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ta.data import BadBarsError, Bars, Mending, Split, mending_of, read_snapshot, read_source, snapshot
from dynamic_ta.data.snapshots import write_snapshot
from tests.dynamic_ta.data.files import HEADER, NUMBERS

EXAMPLES = settings(deadline=None, max_examples=25)
TIDY = mending_of(["sort", "drop-identical-duplicates", "drop-rows-without-price"])
Row = tuple[str, str, str, str, str, str]

_prices = st.floats(1e-6, 1e9, allow_subnormal=False)


@st.composite
def tables(draw: st.DrawFn) -> list[Row]:
    """Return rows of good bars, oldest first, their times minutes or years apart."""
    start = datetime(1990, 1, 1, tzinfo=UTC) + timedelta(seconds=draw(st.integers(0, 10**9)))
    steps = draw(st.lists(st.integers(1, 10**7), min_size=1, max_size=12))
    rows = []
    for step in steps:
        start += timedelta(seconds=step)
        low, first, last, high = sorted(draw(st.lists(_prices, min_size=4, max_size=4)))
        volume = draw(st.just(0.0) | st.floats(1e-6, 1e12))
        rows.append((start.isoformat(), repr(first), repr(high), repr(low), repr(last), repr(volume)))
    return rows


def read(rows: Sequence[Row], mending: Mending) -> Bars:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bars.csv"
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([HEADER.split(","), *rows])
        return read_source(str(path), mending).bars


def rows_of(bars: Bars) -> list[Row]:
    """Return bars as a file would have them; repr of a float reads back as that float."""
    times = [f"{time}Z" for time in bars.time.astype(str)]
    columns = [[repr(float(value)) for value in getattr(bars, name)] for name in NUMBERS]
    return list(zip(times, *columns, strict=True))


def same(one: Bars, other: Bars) -> bool:
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in ("time", *NUMBERS))


@EXAMPLES
@given(tables(), st.randoms(use_true_random=False), st.data())
def test_shuffled_repeated_and_hollow_rows_are_mended_into_the_original(
    rows: list[Row], order: random.Random, data: st.DataObject
) -> None:
    repeated = data.draw(st.lists(st.sampled_from(rows), max_size=4))
    hollow = [(row[0], row[1], "", row[3], row[4], row[5]) for row in data.draw(st.lists(st.sampled_from(rows)))]
    messy = [*rows, *repeated, *hollow]
    order.shuffle(messy)
    assert same(read(messy, TIDY), read(rows, Mending()))


@EXAMPLES
@given(tables(), st.randoms(use_true_random=False))
def test_mending_what_was_mended_changes_nothing(rows: list[Row], order: random.Random) -> None:
    order.shuffle(rows)
    zoned = replace(TIDY, timezone="America/New_York")
    once = read(rows, zoned)
    assert same(read(rows_of(once), zoned), once)
    assert same(read(rows_of(once), Mending()), once)


@EXAMPLES
@given(tables(), st.integers(1, 100), st.integers(1, 100), st.integers(0, 12_000))
def test_a_split_and_its_reverse_give_the_bars_back(rows: list[Row], new: int, old: int, days: int) -> None:
    if new == old:
        return
    day = date(1990, 1, 1) + timedelta(days=days)
    plain = read(rows, Mending())
    there = read(rows, Mending(splits=(Split(day, new, old),)))
    back = read(rows_of(there), Mending(splits=(Split(day, old, new),)))
    for name in NUMBERS:
        np.testing.assert_allclose(getattr(back, name), getattr(plain, name), rtol=1e-15)
    before = plain.time < np.datetime64(day)
    assert np.array_equal(there.close[~before], plain.close[~before])
    # What was traded is worth what it was.
    np.testing.assert_allclose(there.close * there.volume, plain.close * plain.volume, rtol=1e-15)


@EXAMPLES
@given(tables(), st.randoms(use_true_random=False))
def test_without_a_rule_a_file_is_taken_as_it_is_or_refused(rows: list[Row], order: random.Random) -> None:
    shuffled = rows.copy()
    order.shuffle(shuffled)
    if shuffled == rows:
        assert [time[:19] for time in read(shuffled, Mending()).time.astype(str)] == [row[0][:19] for row in rows]
        return
    with pytest.raises(BadBarsError) as caught:
        read(shuffled, Mending())
    assert {row.rule for row in caught.value.rows} == {"sort"}


@EXAMPLES
@given(st.integers(-(2**50), 2**51), st.sampled_from(["Europe/Paris", "Asia/Kolkata"]))
def test_a_moment_written_in_local_time_comes_back_or_is_refused_as_happening_twice(at_us: int, zone: str) -> None:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at_us)
    local = moment.astimezone(ZoneInfo(zone))
    row = (local.replace(tzinfo=None).isoformat("T", "microseconds"), "1", "1", "1", "1", "1")
    mending = Mending(timezone=zone)
    # A moment's local time always happens; the clock set back makes two moments share one.
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    if twice:
        with pytest.raises(BadBarsError, match="happens twice"):
            read([row], mending)
    else:
        assert read([row], mending).time[0] == np.datetime64(at_us, "us")


@EXAMPLES
@given(st.integers(0, 5000), st.lists(st.integers(1, 8), min_size=20, max_size=60))
def test_a_gap_in_days_is_more_than_three_business_days_as_numpy_counts_them(start: int, steps: list[int]) -> None:
    # Most steps are one day, so that a day is the usual step.
    jumps = np.array([step if step > 1 and n % 4 == 0 else 1 for n, step in enumerate(steps)])
    first = np.busday_offset("2000-01-03", start, roll="forward")
    days = np.busday_offset(first, np.concatenate(([0], np.cumsum(jumps))))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bars.csv"
        path.write_text("\n".join([HEADER, *(f"{day},1,1,1,1,1" for day in days.astype(str))]))
        found = [notice.row for notice in read_source(str(path)).notices]
    # The header is row 1, so day n is row n + 2.
    assert found == [at + 3 for at in np.flatnonzero(np.busday_count(days[:-1], days[1:]) > 3).tolist()]


@settings(EXAMPLES, max_examples=10)
@given(tables(), st.randoms(use_true_random=False))
def test_a_snapshot_of_any_bars_reads_back_with_its_digest(rows: list[Row], order: random.Random) -> None:
    order.shuffle(rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bars.csv"
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([HEADER.split(","), *rows])
        reading = read_source(str(path), TIDY)
        digest = write_snapshot(Path(folder) / "kept", reading)
        back = read_snapshot(Path(folder) / "kept", digest)
    assert same(back.bars, reading.bars)
    assert back.applied == reading.applied
    assert snapshot(back).digest == digest
