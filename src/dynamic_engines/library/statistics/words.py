"""Random words on the host: the streams of ``common/philox.clh``, drawn by NumPy."""

import numpy as np
import numpy.typing as npt

U64 = npt.NDArray[np.uint64]
MOST_SEED = 2**53 - 1  # what a float64 setting holds


def words(seed: int, stream: int, count: int) -> U64:
    """Return the first ``count`` words of a stream: uint64[count]."""
    drawn: U64 = np.random.Philox(key=seed, counter=stream << 64).random_raw(count)
    return drawn


def below(drawn: U64, n: U64 | int) -> npt.NDArray[np.int64]:
    """Return the high half of ``drawn * n``, a whole number from 0 to ``n - 1``; n < 2**32."""
    size = np.asarray(n, np.uint64)
    low = (drawn & np.uint64(0xFFFFFFFF)) * size
    high = (drawn >> np.uint64(32)) * size + (low >> np.uint64(32))
    return (high >> np.uint64(32)).astype(np.int64)
