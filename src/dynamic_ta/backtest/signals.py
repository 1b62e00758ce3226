"""The decision, made without rounding: docs/adr/0014 says why."""

from itertools import accumulate

import numpy as np
import numpy.typing as npt

from dynamic_ta.data.model import F64

_MANTISSA_BITS = 53


def scaled(close: F64) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return integers m and s >= 0 with close = m * 2**s * unit, for one unit that all share; m < 2**53."""
    fraction, exponent = np.frexp(close)
    mantissa = (fraction * 2.0**_MANTISSA_BITS).astype(np.int64)
    lowest = int(exponent.min())
    return mantissa, (exponent - lowest).astype(np.int64)


def exact_sums(close: F64) -> npt.NDArray[np.object_]:
    """Return the sums of the first 0, 1, … n closes, as Python integers in one common unit."""
    mantissa, shift = scaled(close)
    whole = (m << s for m, s in zip(mantissa.tolist(), shift.tolist(), strict=True))
    return np.array([0, *accumulate(whole)], dtype=object)


def signals(sums: npt.NDArray[np.object_], fast: int, slow: int) -> npt.NDArray[np.bool_]:
    """Say at which closes the fast average is above the slow one.

    Parameters
    ----------
    sums : from ``exact_sums``, n_bars + 1 of them
    fast, slow : bars, 1 <= fast < slow <= n_bars

    Returns
    -------
    bool[n_bars]; False for the first ``slow - 1`` bars (warm-up), and where both averages are equal

    Notes
    -----
    Decided in integers, as slow * (sum of the last fast closes) > fast * (sum of the last slow closes): exactly the
    comparison of the real-number means of the float64 closes. O(n_bars), about 0.2 us a bar.
    """
    end = sums[slow:]
    fast_sum = end - sums[slow - fast : sums.size - fast]
    slow_sum = end - sums[: sums.size - slow]
    above = np.zeros(sums.size - 1, np.bool_)
    above[slow - 1 :] = slow * fast_sum > fast * slow_sum
    return above
