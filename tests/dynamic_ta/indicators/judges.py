"""How the tests of every indicator judge a device."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from dynamic_engines import Device, Precision
from dynamic_ta import Indicator, Lines, Settings
from dynamic_ta.indicators.model import F64
from dynamic_ta.indicators.tiles import tiling

U64 = 2.0**-53


def sizes(row: Indicator, settings: Settings, lookback: int) -> list[int]:
    """Return lengths in bars at which a kernel may stumble: the first value, a work group, a tile, and primes."""
    first = max(row.warm_up(settings)) + 1
    tile = tiling(2**31, lookback).tile
    edges = [
        first,
        first + 1,
        255,
        256,
        257,
        1009,
        tile - 1,
        tile,
        tile + 1,
        2 * tile,
        2 * tile + 1,
        8 * tile + 1,
        4099,
    ]
    return sorted({bars for bars in edges if bars >= first})


def check_device(row: Indicator, device: Device, lines: Lines, settings: Settings, precision: Precision) -> None:
    """Hold the device against the oracle: NaN in just the warm-up, and elsewhere no further than the bound."""
    expected = row.oracle(lines, settings)
    got = row.on_device(device, lines, settings, precision)
    bounds = row.error_bound(lines, settings, precision)
    warm_ups = row.warm_up(settings)
    assert len(expected) == len(got) == len(bounds) == len(warm_ups) == len(row.outputs)
    for name, want, have, bound, warm_up in zip(row.outputs, expected, got, bounds, warm_ups, strict=True):
        for line in (want, have):
            assert line.dtype == np.float64
            assert np.flatnonzero(np.isnan(line)).tolist() == list(range(warm_up)), name
        most = np.broadcast_to(bound, want.shape)
        over = np.flatnonzero(~(np.abs(have - want) <= most)[warm_up:])
        assert over.size == 0, f"{name} at bar {over[0] + warm_up} of {want.size}, settings {settings}"


def check_chunks(
    row: Indicator, device: Device, lines: Lines, settings: Settings, precision: Precision, lookback: int
) -> None:
    """Hold a replay in chunks of a prime length, each with ``lookback`` bars before it, against the whole."""
    whole = row.on_device(device, lines, settings, precision)
    bounds = row.error_bound(lines, settings, precision)
    bars, first = lines[0].size, max(row.warm_up(settings)) + 1
    for start in range(first, bars, 611):
        before, end = max(0, start - lookback), min(start + 611, bars)
        chunk = row.on_device(device, tuple(line[before:end] for line in lines), settings, precision)
        for part, line, bound in zip(chunk, whole, bounds, strict=True):
            most = 2 * np.broadcast_to(bound, line.shape)[start:end]
            assert (np.abs(part[start - before :] - line[start:end]) <= most).all()


def check_exact(got: F64, exact: Sequence[Fraction], bound: float | F64) -> None:
    """Hold the values after the warm-up against fractions; ``bound`` as a row gives it."""
    values = got[got.size - len(exact) :]
    most = np.broadcast_to(bound, got.shape)[got.size - len(exact) :]
    for value, want, limit in zip(values.tolist(), exact, most.tolist(), strict=True):
        assert abs(Fraction(value) - want) <= Fraction(limit)


def exact_mean(values: Sequence[Fraction], period: int, weight: Fraction) -> list[Fraction]:
    """Return the exponential mean as its definition reads, seeded with the plain mean of the first ``period``."""
    means = [sum(values[:period], Fraction()) / period]
    for value in values[period:]:
        means.append((1 - weight) * means[-1] + weight * value)
    return means


def fractions(values: F64) -> list[Fraction]:
    """Return the values as they are, without rounding."""
    return [Fraction(value) for value in values.tolist()]


def farthest(got: Lines | list[F64], expected: Lines | list[F64]) -> float:
    """Return the largest difference of two sets of lines, after checking that they are NaN at the same bars."""
    for line, other in zip(got, expected, strict=True):
        np.testing.assert_array_equal(np.isnan(line), np.isnan(other))
    return max(float(np.nanmax(np.abs(line - other))) for line, other in zip(got, expected, strict=True))
