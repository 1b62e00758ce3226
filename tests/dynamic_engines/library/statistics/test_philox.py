"""The stream against NumPy's generator and the authors' published vectors."""

import numpy as np
import pytest

from dynamic_engines import Device, Precision
from dynamic_engines.library.statistics.philox import PHILOX
from dynamic_engines.library.statistics.words import below


def joined(high: np.ndarray, low: np.ndarray) -> list[int]:
    return [(int(h) << 32) | int(w) for h, w in zip(high, low, strict=True)]


@pytest.mark.parametrize(("seed", "stream"), [(0, 0), (1, 0), (2**53 - 1, 2**53 - 1), (12345, 678)])
def test_numpy_draws_the_same_words(device: Device, seed: int, stream: int) -> None:
    generator = np.random.Philox(key=seed, counter=[0, stream, 0, 0])
    got = joined(*PHILOX.on_device(device, (), (1009, seed, stream), Precision.FLOAT32))
    assert got == generator.random_raw(1009).tolist()


def test_a_published_vector_of_the_authors_is_met(device: Device) -> None:
    """Random123's known answer for philox4x64-10 at counter and key 0, which is the block before our stream 0."""
    known = [0x16554D9ECA36314C, 0xDB20FE9D672D0FDC, 0xD7E772CEE186176B, 0x7E68B68AEC7BA23B]
    before = np.random.Philox(key=0, counter=2**256 - 1)
    assert before.random_raw(4).tolist() == known
    # And the next block is where our stream begins.
    assert joined(*PHILOX.on_device(device, (), (4, 0, 0), Precision.FLOAT32)) == before.random_raw(4).tolist()


def test_below_is_the_upper_half_of_a_product() -> None:
    words = np.random.default_rng(1).integers(0, 2**64, 200, np.uint64)
    for n in (1, 2, 3, 1009, 2**32 - 1):
        assert below(words, n).tolist() == [int(word) * n >> 64 for word in words.tolist()]
