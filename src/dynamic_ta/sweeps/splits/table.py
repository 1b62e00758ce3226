"""The splits that a command can ask for, each by its name and its numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from dynamic_ta.sweeps.errors import SweepInputError
from dynamic_ta.sweeps.splits.combinatorial import combinatorial
from dynamic_ta.sweeps.splits.k_fold import purged_k_fold
from dynamic_ta.sweeps.splits.model import Scheme
from dynamic_ta.sweeps.splits.walk_forward import walk_forward


@dataclass(frozen=True, slots=True)
class SplitRow:
    """One way to split.

    Parameters
    ----------
    numbers : what follows the name, in the order of ``make``'s arguments after the number of bars
    needed : how many of them have no default
    """

    name: str
    numbers: tuple[str, ...]
    needed: int
    make: Callable[..., Scheme]

    @property
    def form(self) -> str:
        """``NAME:TRAIN:TEST[:GAP]``."""
        needed, more = self.numbers[: self.needed], self.numbers[self.needed :]
        return ":".join((self.name, *needed)) + "".join(f"[:{one}" for one in more) + "]" * len(more)


SPLITS = (
    SplitRow("walk-forward", ("TRAIN", "TEST", "GAP"), 2, walk_forward),
    SplitRow("anchored", ("TRAIN", "TEST", "GAP"), 2, partial(walk_forward, anchored=True)),
    SplitRow("purged", ("FOLDS", "PURGE", "EMBARGO"), 1, purged_k_fold),
    SplitRow("combinatorial", ("FOLDS", "TESTS", "PURGE", "EMBARGO"), 2, combinatorial),
)


def scheme_of(text: str, n_bars: int) -> Scheme:
    """Return the splits that ``text`` asks for, as ``walk-forward:1000:250:5``.

    Raises
    ------
    SweepInputError : an unknown name, numbers too many or too few, or what the split itself refuses
    """
    name, *numbers = text.split(":")
    row = next((row for row in SPLITS if row.name == name), None)
    forms = " or ".join(row.form for row in SPLITS) if row is None else row.form
    if row is None or not row.needed <= len(numbers) <= len(row.numbers) or not all(map(_is_whole, numbers)):
        raise SweepInputError(f"there is no split {text}", f"write it like {forms}, in bars and folds")
    return row.make(n_bars, *map(int, numbers))


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdecimal()
