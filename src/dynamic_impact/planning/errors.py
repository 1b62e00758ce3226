"""What can keep a plan from being made."""

from collections.abc import Iterable, Sequence

from dynamic_base import DynamicError


class CycleError(DynamicError):
    """Tasks need each other in a circle, so that none of them can be the first.

    Parameters
    ----------
    cycles : the members of each circle
    """

    def __init__(self, cycles: Iterable[Sequence[str]]) -> None:
        self.cycles = tuple(tuple(members) for members in cycles)
        told = "; ".join(", ".join(members) for members in self.cycles)
        super().__init__(f"these tasks need each other in a circle: {told}", "cut one of these dependencies")
