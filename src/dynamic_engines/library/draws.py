"""Hard inputs for kernels that take series: every length at which one may stumble, and every named distribution."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from dynamic_engines.library.model import F64, Settings
from dynamic_engines.matrix.cases import Case, Rng, series
from dynamic_engines.model import Precision

# Empty, one, two; groups of 64 and their neighbours; a prime; a block of 8192 and its neighbours.
LENGTHS = (0, 1, 2, 63, 64, 65, 1009, 8191, 8192, 8193, 20_011)
USUAL = 1009
Draws = Callable[[Rng, Precision], Iterator[Case]]


def line_cases(
    lines: int = 1,
    settings: Callable[[Rng, int], Sequence[Settings]] = lambda _rng, _size: [()],
    lengths: Sequence[int] = LENGTHS,
    exact: bool = False,
) -> Draws:
    """Return a ``draw`` of ``lines`` series of one length.

    Parameters
    ----------
    settings : (generator, length) -> the settings to try at that length
    exact : round each value to the precision first, for kernels that take only what it holds
    """

    def held(values: F64, precision: Precision) -> F64:
        return values.astype(precision.dtype).astype(np.float64) if exact else values

    def draw(rng: Rng, precision: Precision) -> Iterator[Case]:
        named = series(precision)
        plans = [("walk", size) for size in lengths] + [(name, USUAL) for name in named]
        for name, size in plans:
            for chosen in settings(rng, size):
                inputs = tuple(held(named[name](rng, size), precision) for _ in range(lines))
                yield Case(f"{name} of {size}", inputs, chosen)

    return draw


def walks(size: int, lines: int = 1, settings: Settings = ()) -> Callable[[Rng, float], Case]:
    """Return a ``sample`` of ``lines`` series of prices, which float32 holds as they are."""

    def sample(rng: Rng, share: float) -> Case:
        count = max(1, int(size * share))
        drawn = tuple((100 * np.exp(rng.normal(0, 0.01, count))).astype(np.float32) for _ in range(lines))
        return Case(f"{count} values", tuple(line.astype(np.float64) for line in drawn), settings)

    return sample
