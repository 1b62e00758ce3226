"""A space of parameters, before anything is chosen from it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dynamic_base import digest
from dynamic_ta.sweeps.errors import SweepInputError
from dynamic_ta.sweeps.model import F64, Points
from dynamic_ta.sweeps.spaces.axis import Axis
from dynamic_ta.sweeps.spaces.constraint import Constraint

MOST_POINTS = 1 << 24


@dataclass(frozen=True, slots=True)
class Space:
    """Axes, and what their values must satisfy together."""

    axes: tuple[Axis, ...]
    constraints: tuple[Constraint, ...] = ()

    def __post_init__(self) -> None:
        names = self.names
        if not names:
            raise SweepInputError("a space without an axis", "give at least one, such as --axis fast=2:50")
        if len(set(names)) < len(names):
            raise SweepInputError("a space has two axes of one name", "name each parameter once")
        unknown = next((name for rule in self.constraints for name in rule.names if name not in names), None)
        if unknown is not None:
            raise SweepInputError(f"a constraint names {unknown}", f"the space has {', '.join(names)}")

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(axis.name for axis in self.axes)

    def allowed(self, values: F64) -> npt.NDArray[np.bool_]:
        """Return bool[n]: which rows of float64[n, n_axes] satisfy every constraint."""
        columns = dict(zip(self.names, values.T, strict=True))
        kept = np.ones(len(values), np.bool_)
        for rule in self.constraints:
            kept &= rule.holds(columns)
        return kept

    def points(self, values: F64) -> Points:
        """Return rows of float64[n, n_axes] as points."""
        return Points(self.names, tuple(axis.whole for axis in self.axes), values)

    @property
    def document(self) -> dict[str, object]:
        return {
            "axes": [axis.document for axis in self.axes],
            "constraints": [rule.document for rule in self.constraints],
        }


@dataclass(frozen=True, slots=True)
class Sampler:
    """A row of the table.

    Parameters
    ----------
    sample : (space, n, seed) to points
    counts : bool, it takes n and a seed
    """

    name: str
    help: str
    sample: Callable[[Space, int, int], Points]
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Search:
    """Which points of a space are tried. The same search gives the same points.

    Parameters
    ----------
    n, seed : for samplers that count; else 0
    """

    space: Space
    sampler: Sampler
    n: int = 0
    seed: int = 0

    def points(self) -> Points:
        """Return the points.

        Raises
        ------
        SweepInputError : there are none, fewer than ``n``, or more than MOST_POINTS
        """
        return self.sampler.sample(self.space, self.n, self.seed)

    @property
    def document(self) -> dict[str, object]:
        counted = {"n": self.n, "seed": self.seed} if self.sampler.counts else {}
        return {**self.space.document, "sampler": self.sampler.name, **counted}

    @property
    def digest(self) -> str:
        """SHA-256 of the description."""
        return digest(self.document)
