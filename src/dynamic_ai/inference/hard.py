"""Rows at the edge of float32, that data seldom holds and production does sooner or later."""

import numpy as np

from dynamic_ai.inference.model import F32

# A number, and a row of alternating signs of it, for each size of float32 that has broken something somewhere.
_SIZES = (0.0, 1.0, -1.0, 1e-45, -1e-45, 2.0**-126, 1e-20, 1e10, -1e10, 1e30, 3e38, -3e38)


def hard_inputs(width: int) -> F32:
    """Return float32[n, width]: constant and alternating rows from denormal to nearly the largest, all finite."""
    constant = np.repeat(np.array(_SIZES, np.float32)[:, None], width, axis=1)
    signs = np.where(np.arange(width) % 2 == 0, 1, -1).astype(np.float32)
    one_hot = np.eye(width, dtype=np.float32) * np.float32(1e30)
    return np.concatenate([constant, constant * signs, one_hot])
