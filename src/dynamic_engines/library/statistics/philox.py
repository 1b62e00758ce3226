"""A stream of random words."""

from collections.abc import Iterator

import numpy as np

from dynamic_engines.kernels import load_kernel
from dynamic_engines.library.inputs import MOST, check_whole
from dynamic_engines.library.model import Argument, Cost, Kernel, Lines, Setting
from dynamic_engines.library.stage import Stage, Work, known
from dynamic_engines.library.statistics.words import MOST_SEED, words
from dynamic_engines.matrix.cases import Case, Rng
from dynamic_engines.model import Precision


def philox_words(n: int, seed: int, stream: int) -> Lines:
    """Return ``n`` random words of 64 bits, as two float64[n]: the high and the low 32 bits.

    Parameters
    ----------
    seed : the key, 0 <= seed < 2**53
    stream : 0 <= stream < 2**53; each is independent of the others

    Notes
    -----
    ``numpy.random.Philox`` [1]_ draws them.

    References
    ----------
    .. [1] J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, Parallel random numbers: as easy as 1, 2, 3, SC 2011
    """
    drawn = words(seed, stream, n)
    return (drawn >> np.uint64(32)).astype(np.float64), (drawn & np.uint64(0xFFFFFFFF)).astype(np.float64)


def _check(_: Precision, n: float, seed: float, stream: float) -> None:
    check_whole("n", n, 0, MOST)
    check_whole("seed", seed, 0, MOST_SEED)
    check_whole("stream", stream, 0, MOST_SEED)


def _place(stage: Stage, n: int, seed: int, stream: int) -> Work:
    if not n:
        return known(np.zeros(0), np.zeros(0))
    program = stage.program(load_kernel("statistics/philox"))
    high, low = stage.room(n, dtype=np.uint32), stage.room(n, dtype=np.uint32)
    numbers = (np.uint32(n), np.uint64(seed), np.uint64(stream))
    return Work(
        lambda: program.run(-(-n // 4), *numbers, high, low, entry="philox_words"), lambda: stage.fetch(high, low)
    )


def _draw(rng: Rng, _: Precision) -> Iterator[Case]:
    for n in (0, 1, 2, 3, 4, 5, 63, 64, 1009):
        yield Case(f"{n} words", (), (n, int(rng.integers(0, 2**53)), int(rng.integers(0, 2**53))))
    yield Case("the first stream of seed 0", (), (64, 0, 0))
    yield Case("the last stream of the last seed", (), (64, MOST_SEED, MOST_SEED))


PHILOX = Kernel(
    name="statistics/philox",
    title="Random words by counter (Philox 4x64-10)",
    inputs=(),
    settings=(
        Setting("n", 1_000_000, 0, "words"),
        Setting("seed", 1, 0, "the key, below 2**53"),
        Setting("stream", 0, 0, "each is independent of the others, below 2**53"),
    ),
    outputs=(
        Argument("high", "n", "uint", "", "the upper 32 bits of each word"),
        Argument("low", "n", "uint", "", "the lower 32 bits"),
    ),
    check=_check,
    compute=philox_words,
    place=_place,
    most_error=lambda *_: (0.0, 0.0),
    bound_source="exact: integers; numpy.random.Philox draws the same",
    # A round of a block: two products of 64 bits in two halves each, four xors and two sums.
    cost=lambda _size, n, _seed, _stream: Cost(8 * n, 10 * 10 * -(-n // 4)),
    draw=_draw,
    sample=lambda rng, share: Case("words", (), (max(1, int(4_000_000 * share)), int(rng.integers(2**53)), 0)),
    needs=(),
)
