"""Points that fill the space evenly."""

from importlib import import_module

from dynamic_ta.sweeps.errors import SweepInputError
from dynamic_ta.sweeps.model import Points
from dynamic_ta.sweeps.spaces.drawing import draw
from dynamic_ta.sweeps.spaces.model import Sampler, Space

_BITS = 30
_MOST_AXES = 21201  # of Joe and Kuo's direction numbers


def sobol(space: Space, n: int, seed: int) -> Points:
    """Return ``n`` different points of a scrambled Sobol sequence.

    Notes
    -----
    The first point is kept and the sequence scrambled, since dropping it costs the balance [2]_. What constraints
    refuse or a list of values makes equal is passed over, and then the balance is that of what is left.

    References
    ----------
    .. [1] S. Joe, F. Y. Kuo, Constructing Sobol sequences with better two-dimensional projections, 2008
    .. [2] A. B. Owen, On dropping the first Sobol' point, 2020
    """
    # By name, since scipy comes with arch and has no row of its own in 3rdparty/python/runtime.in; and late, since it
    # takes a second to load, which no other command is to wait for.
    qmc = import_module("scipy.stats").qmc
    if len(space.axes) > _MOST_AXES:
        raise SweepInputError(f"{len(space.axes)} axes", f"keep to {_MOST_AXES}, or use --space random")
    engine = qmc.Sobol(len(space.axes), scramble=True, bits=_BITS, rng=seed)
    return draw(space, n, engine.random)


SOBOL = Sampler("sobol", "points that fill the space evenly", sobol)
