"""Independent points."""

import numpy as np

from dynamic_ta.sweeps.model import Points
from dynamic_ta.sweeps.spaces.drawing import draw
from dynamic_ta.sweeps.spaces.model import Sampler, Space


def random(space: Space, n: int, seed: int) -> Points:
    """Return ``n`` different points, each axis drawn on its own (PCG64)."""
    generator = np.random.default_rng(seed)
    return draw(space, n, lambda count: generator.random((count, len(space.axes))))


RANDOM = Sampler("random", "independent points", random)
