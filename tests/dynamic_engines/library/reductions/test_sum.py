"""The sum against fractions, which do not round, and against what plain addition loses."""

from fractions import Fraction

import numpy as np
import pytest

from dynamic_engines import Device, KernelDomainError, Precision
from dynamic_engines.library.pairs import additions
from dynamic_engines.library.reductions.sum import SUM


@pytest.mark.parametrize("size", [1, 64, 8193, 3 * 8192 + 7])
@pytest.mark.parametrize("precision", Precision)
def test_fractions_agree_where_nearly_all_cancels(device: Device, size: int, precision: Precision) -> None:
    rng = np.random.default_rng(size)
    x = (rng.normal(0, 1, size) * 10.0 ** rng.integers(-6, 7, size)).astype(np.float32).astype(np.float64)
    x = np.concatenate((x, -x[::-1], [0.1]))
    exact = sum(map(Fraction, x.tolist()), Fraction())
    (bound,) = SUM.error_bound((x,), (), precision)
    for got in (SUM.oracle((x,), ()), SUM.on_device(device, (x,), (), precision)):
        assert abs(Fraction(float(got[0][0])) - exact) <= Fraction(float(bound))


def test_float32_keeps_what_plain_float32_loses(device: Device) -> None:
    """2**24 ones after 2**24 in float32: each alone is half a step, and vanishes."""
    x = np.ones(100_001)
    x[0] = 2.0**24
    ((got,),) = SUM.on_device(device, (x,), (), Precision.FLOAT32)
    assert got == 2**24 + 100_000
    assert np.cumsum(x.astype(np.float32))[-1] == 2**24


def test_more_than_one_round_of_blocks_is_needed_and_done(device: Device) -> None:
    x = np.full(8192 * 8192 // 64 + 8192, 0.5)  # 129 blocks
    assert SUM.on_device(device, (x,), (), Precision.FLOAT32)[0].tolist() == [x.size / 2]


@pytest.mark.parametrize(
    ("count", "depth"),
    # Rows of 64 lanes, then 6 levels of the tree; blocks of 8192 again until one is left: 2**31 values are 32 blocks of
    # 8192 blocks of 8192, whose last round is one row.
    [(1, 7), (64, 7), (65, 8), (8192, 134), (8193, 134 + 7), (2**31, 134 + 134 + 7)],
)
def test_the_depth_is_that_of_a_count_by_hand(count: int, depth: int) -> None:
    assert additions(count) == depth


def test_a_sum_that_could_overflow_is_refused(device: Device) -> None:
    x = np.full(3, 2e38)
    with pytest.raises(KernelDomainError, match="use a larger unit"):
        SUM.on_device(device, (x,), (), Precision.FLOAT32)
    assert SUM.on_device(device, (x,), (), Precision.FLOAT64)[0].tolist() == [6e38]
