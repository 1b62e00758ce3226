"""The interval against arch's, which draws the same blocks from the same generator, and against its promise."""

import numpy as np
import numpy.typing as npt
import pytest
from arch.bootstrap import MovingBlockBootstrap

from dynamic_ai.validation import block_means, interval

F64 = npt.NDArray[np.float64]


def series(n: int, seed: int, memory: float = 0.5) -> F64:
    """Return values whose neighbours depend on each other, with true mean zero."""
    shocks = np.random.default_rng(seed).normal(size=n + 50)
    values = np.zeros(n + 50)
    for t in range(1, n + 50):
        values[t] = memory * values[t - 1] + shocks[t]
    return values[50:]


@pytest.mark.parametrize(("n", "block"), [(100, 10), (101, 10), (37, 5), (20, 1), (12, 12)])
def test_every_resample_and_the_interval_are_those_of_arch(n: int, block: int) -> None:
    values = series(n, seed=n)
    theirs = MovingBlockBootstrap(block, values, seed=np.random.Generator(np.random.PCG64(4)))
    means = block_means(values, block, 300, seed=4)
    np.testing.assert_allclose(means, theirs.apply(np.mean, 300).ravel(), atol=1e-13)
    again = MovingBlockBootstrap(block, values, seed=np.random.Generator(np.random.PCG64(4)))
    expected = again.conf_int(np.mean, 300, method="percentile", size=0.9)
    np.testing.assert_allclose(interval(means, 0.9), expected.ravel(), atol=1e-13)


def test_work_done_in_pieces_is_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    values = series(100, seed=0)
    whole = block_means(values, 7, 50, seed=1)
    monkeypatch.setattr("dynamic_ai.validation.bootstrap._MOST_INDICES", 40)
    np.testing.assert_array_equal(block_means(values, 7, 50, seed=1), whole)


def test_blocks_widen_the_interval_of_values_that_depend_on_each_other() -> None:
    """The mean of an AR(1) with memory 0.7 has (1 + 0.7) / (1 - 0.7) times the variance that single draws see."""
    values = series(20_000, seed=2, memory=0.7)
    single, blocks = (float(block_means(values, size, 800, seed=0).std()) for size in (1, 100))
    assert blocks / single == pytest.approx(np.sqrt(1.7 / 0.3), rel=0.15)


def test_the_mean_of_one_value_has_no_width() -> None:
    assert interval(block_means(np.full(50, 0.25), 10, 200, 0), 0.95) == (0.25, 0.25)
