"""Confidence intervals of a mean where neighbouring days depend on each other."""

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]

_MOST_INDICES = 2**22  # of one piece of work: 32 MiB


def block_means(values: F64, block_rows: int, resamples: int, seed: int) -> F64:
    """Return the means of moving-block bootstrap resamples of ``values``.

    Parameters
    ----------
    values : float64[n_rows], in time order
    block_rows : rows drawn together, 1 <= block_rows <= n_rows; the last block of a resample is cut to n_rows
    seed : of NumPy's PCG64

    Returns
    -------
    float64[resamples]

    Notes
    -----
    O(n_rows + resamples * n_rows / block_rows) time: a block's sum is the difference of two prefix sums.

    References
    ----------
    .. [1] H. R. Kuensch, "The jackknife and the bootstrap for general stationary observations", Annals of Statistics
       17, 1989, p. 1217-1241
    """
    n_rows = values.size
    blocks = -(-n_rows // block_rows)
    last = n_rows - (blocks - 1) * block_rows
    prefix = np.concatenate([[0.0], np.cumsum(values)])
    generator = np.random.Generator(np.random.PCG64(seed))
    means = np.empty(resamples)
    step = max(1, _MOST_INDICES // blocks)
    for done in range(0, resamples, step):
        starts = generator.integers(n_rows - block_rows + 1, size=(min(step, resamples - done), blocks))
        ends = starts + block_rows
        ends[:, -1] = starts[:, -1] + last
        means[done : done + step] = (prefix[ends] - prefix[starts]).sum(axis=1) / n_rows
    return means


def interval(means: F64, confidence: float) -> tuple[float, float]:
    """Return the percentile interval of ``confidence``, the same chance left out on each side."""
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)
