"""Every row's stream against its oracle, bit for bit, and its saved state against the whole."""

import json
import math

import numpy as np
import pytest

from dynamic_ta import INDICATORS, Feed, Indicator, IndicatorInputError, Lines, Settings
from dynamic_ta.indicators.model import F64
from tests.dynamic_ta.indicators.markets import COLUMNS, inputs, random, real

_ROWS = [pytest.param(row, id=row.name) for row in INDICATORS]
_BARS = 400
_DRAWS = 120


def streamed(feed: Feed, lines: Lines, start: int = 0) -> Lines:
    """Return what the feed says to each bar from ``start`` on."""
    bars = zip(*(line[start:].tolist() for line in lines), strict=True)
    return tuple(np.array(line) for line in zip(*(feed.update(*bar) for bar in bars), strict=True))


def check(row: Indicator, lines: Lines, chosen: Settings) -> None:
    got = streamed(Feed.start(row, chosen), lines)
    for name, line, want in zip(row.outputs, got, row.oracle(lines, chosen), strict=True):
        np.testing.assert_array_equal(line, want, err_msg=f"{name} {chosen}")


def reloaded(feed: Feed) -> Feed:
    """Return the feed as another process would find it."""
    return Feed.resume(feed.row, json.loads(json.dumps(feed.save())))


def markets() -> dict[str, dict[str, F64]]:
    """Return bars that an indicator may stumble over."""
    walk, rng = random(_BARS, seed=5), np.random.default_rng(6)
    flat = {name: np.full(_BARS, 7.3) for name in COLUMNS}
    steps = {name: np.round(line / 2) for name, line in walk.items()}
    later = np.arange(_BARS) >= _BARS // 2
    prices = {name: line for name, line in walk.items() if name != "volume"}
    jump = {name: np.where(later, 1e9 * line, line) for name, line in prices.items()}
    fall = {name: np.where(later, 1e-9 * line, line) for name, line in prices.items()}
    ends = {name: np.where(later, line[_BARS // 2], line) for name, line in walk.items()}
    tiny = {name: 1e-300 * line for name, line in prices.items()}
    quiet = {**walk, "volume": np.where(rng.random(_BARS) < 0.5, 0.0, walk["volume"])}
    return {
        "walk": walk,
        "flat": flat,
        "steps": steps,
        "jump": {**walk, **jump},
        "fall": {**walk, **fall},
        "ends flat": ends,
        "tiny": {**walk, **tiny},
        "no volume": {**walk, "volume": np.zeros(_BARS)},
        "quiet": quiet,
        "turned over": {**walk, "high": walk["low"], "low": walk["high"]},
    }


def ties(bars: int, seed: int) -> dict[str, F64]:
    """Return bars in eighths, so with many ties, of any order of high and low."""
    rng = np.random.default_rng(seed)
    reach = int(rng.integers(1, 40))
    prices = {name: rng.integers(-reach, reach, bars, endpoint=True) / 8 for name in COLUMNS}
    return {**prices, "volume": np.abs(prices["volume"])}


def drawn_settings(row: Indicator, seed: int) -> Settings:
    """Return settings between the least and a few more; some of them contradict each other."""
    rng = np.random.default_rng(seed)
    return tuple(
        int(parameter.least + rng.integers(0, 12))
        if isinstance(parameter.default, int)
        else float(rng.uniform(parameter.least, 2 * parameter.default))
        for parameter in row.parameters
    )


@pytest.mark.parametrize("name", markets())
@pytest.mark.parametrize("row", _ROWS)
def test_a_stream_gives_what_the_oracle_gives_bit_for_bit(row: Indicator, name: str) -> None:
    check(row, inputs(row, markets()[name]), row.defaults)


@pytest.mark.parametrize("row", _ROWS)
def test_on_real_bars_too(row: Indicator) -> None:
    check(row, tuple(line[:1000] for line in inputs(row, real())), row.defaults)


@pytest.mark.parametrize("row", _ROWS)
def test_with_any_settings_on_any_bars_it_does(row: Indicator) -> None:
    judged = 0
    for seed in range(_DRAWS):
        lines, chosen = inputs(row, ties(1 + seed % 60, seed)), drawn_settings(row, seed)
        try:
            row.oracle(lines, chosen)
        except IndicatorInputError:
            continue
        check(row, lines, chosen)
        judged += 1
    assert judged >= 10


@pytest.mark.parametrize("row", _ROWS)
def test_a_feed_that_was_saved_at_any_bar_goes_on_as_if_it_had_not_been(row: Indicator) -> None:
    lines = inputs(row, random(150, seed=9))
    whole = streamed(Feed.start(row, row.defaults), lines)
    feed = Feed.start(row, row.defaults)
    for at, bar in enumerate(zip(*(line.tolist() for line in lines), strict=True)):
        feed = reloaded(feed)
        np.testing.assert_array_equal(feed.update(*bar), [line[at] for line in whole])


@pytest.mark.parametrize("row", _ROWS)
def test_a_saved_feed_is_not_changed_by_what_the_feed_does_next(row: Indicator) -> None:
    lines = inputs(row, random(150, seed=9))
    feed = Feed.start(row, row.defaults)
    streamed(feed, tuple(line[:90] for line in lines))
    saved = feed.save()
    text = json.dumps(saved)
    later = streamed(feed, lines, 90)
    assert json.dumps(saved) == text
    for line, want in zip(streamed(Feed.resume(row, saved), lines, 90), later, strict=True):
        np.testing.assert_array_equal(line, want)


@pytest.mark.parametrize("row", _ROWS)
def test_a_series_that_ends_in_the_warm_up_has_no_value(row: Indicator) -> None:
    bars = min(row.warm_up(row.defaults))
    for line in streamed(Feed.start(row, row.defaults), inputs(row, random(bars))):
        assert np.isnan(line).all()


@pytest.mark.parametrize("row", _ROWS)
def test_a_bar_without_a_number_is_refused_and_leaves_no_trace(row: Indicator) -> None:
    lines = inputs(row, random(100))
    feed = Feed.start(row, row.defaults)
    for bar in zip(*(line[:60].tolist() for line in lines), strict=True):
        feed.update(*bar)
    for at, name in enumerate(row.inputs):
        for bad in (math.nan, math.inf):
            broken = [line[60] for line in lines]
            broken[at] = bad
            with pytest.raises(IndicatorInputError, match=f"{name} is {bad} at bar 60"):
                feed.update(*broken)
    for line, want in zip(streamed(feed, lines, 60), row.oracle(lines, row.defaults), strict=True):
        np.testing.assert_array_equal(line, want[60:])


@pytest.mark.parametrize("row", _ROWS)
def test_settings_and_bars_of_a_wrong_shape_are_refused(row: Indicator) -> None:
    with pytest.raises(IndicatorInputError, match="settings, not"):
        Feed.start(row, (*row.defaults, 3))
    with pytest.raises(IndicatorInputError, match="a bar of 7 values"):
        Feed.start(row, row.defaults).update(*range(7))
    for at, parameter in enumerate(row.parameters):
        low = [*row.defaults]
        low[at] = parameter.least - 1
        with pytest.raises(IndicatorInputError, match=parameter.name):
            Feed.start(row, tuple(low))


def _row(name: str) -> Indicator:
    return next(row for row in INDICATORS if row.name == name)


def test_settings_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(IndicatorInputError, match="fast 26 and slow 12 are no pair"):
        Feed.start(_row("macd"), (26, 12, 9))
    with pytest.raises(IndicatorInputError, match="width is inf"):
        Feed.start(_row("bollinger"), (20, math.inf))


def test_a_feed_that_overflows_says_so_and_does_not_return_infinity() -> None:
    feed = Feed.start(_row("sma"), (2,))
    feed.update(1e308)
    with pytest.raises(IndicatorInputError, match="sma is inf at bar 1: overflowed"):
        feed.update(1e308)


@pytest.mark.parametrize(
    "edit",
    [
        {"indicator": "ema"},
        {"settings": None},
        {"settings": [14, 3]},
        {"bars": "7"},
        {"stream": None},
        {"stream": {}},
        {"stream": {"mean": 3.0, "before": 1.0}},
        {"stream": {"mean": {"period": 14, "weight": 0.1, "mean": 1.0, "seed": 7}, "before": 1.0}},
        {"stream": {"mean": {"period": 14, "weight": 0.1, "mean": 1.0, "seed": ["7"]}, "before": 1.0}},
        {"stream": {"mean": {"period": 14, "weight": 0.1, "mean": "1", "seed": []}, "before": 1.0}},
        {"stream": {"mean": {"period": 14, "weight": 0.1, "mean": 1.0}, "before": 1.0}},
    ],
)
def test_what_is_no_saved_feed_of_the_row_is_refused(edit: dict[str, object]) -> None:
    saved = {**Feed.start(_row("atr"), (14,)).save(), **edit}
    with pytest.raises(IndicatorInputError, match=r"no saved feed of atr|of another stream|settings, not"):
        Feed.resume(_row("atr"), saved)
