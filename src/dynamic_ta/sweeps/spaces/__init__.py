"""Spaces of parameters, and how points are chosen from them: a sampler is one file and one row."""

from dynamic_ta.sweeps.spaces.axis import Axis, Listed, Spread, axis_of
from dynamic_ta.sweeps.spaces.constraint import Constraint, Term, constraint_of
from dynamic_ta.sweeps.spaces.grid import GRID
from dynamic_ta.sweeps.spaces.model import Sampler, Search, Space
from dynamic_ta.sweeps.spaces.random import RANDOM
from dynamic_ta.sweeps.spaces.sobol import SOBOL

SAMPLERS = (GRID, RANDOM, SOBOL)

__all__ = [
    "SAMPLERS",
    "Axis",
    "Constraint",
    "Listed",
    "Sampler",
    "Search",
    "Space",
    "Spread",
    "Term",
    "axis_of",
    "constraint_of",
]
