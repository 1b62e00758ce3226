"""What computes an indicator one bar at a time, and how its state is kept.

A stream is a dataclass of plain values: numbers, rows of numbers, and parts that are such dataclasses themselves. So
its state is read and written here, for all of them, as what JSON can hold; no stream has code for it, none is pickled.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import Protocol

from dynamic_ta.errors import IndicatorInputError

_NUMBERS = (int, float)


class Stream(Protocol):
    """One indicator with its settings, fed with bars from the oldest on."""

    @property
    def update(self) -> Callable[..., tuple[float, ...]]:
        """Takes one value of each input, finite, as arguments, and returns one of each output; NaN in its warm-up."""
        ...


def state_of(part: object) -> dict[str, object]:
    """Return what ``part``, a dataclass, holds: numbers, lists of numbers, and dicts of such."""
    return {name: _plain(getattr(part, name)) for name in _names(part)}


def restore(part: object, state: object) -> None:
    """Put into ``part`` what ``state_of`` a part of the same kind returned.

    Raises
    ------
    IndicatorInputError : it is the state of something else
    """
    if not isinstance(state, Mapping) or sorted(state) != sorted(_names(part)):
        raise _foreign(type(part).__name__)
    for name in _names(part):
        held, saved = getattr(part, name), state[name]
        if is_dataclass(held):
            restore(held, saved)
        elif isinstance(held, list | deque):
            if not isinstance(saved, list) or not all(isinstance(value, _NUMBERS) for value in saved):
                raise _foreign(name)
            held.clear()
            held.extend(saved)
        elif isinstance(saved, _NUMBERS) and isinstance(saved, bool) == isinstance(held, bool):
            setattr(part, name, saved)
        else:
            raise _foreign(name)


def _names(part: object) -> list[str]:
    if not is_dataclass(part):
        raise TypeError(f"{type(part).__name__} is no dataclass, so its state is not known")
    return [field.name for field in fields(part)]


def _plain(value: object) -> object:
    if isinstance(value, list | deque):
        return list(value)
    return value if isinstance(value, _NUMBERS) else state_of(value)


def _foreign(what: str) -> IndicatorInputError:
    return IndicatorInputError(f"the saved {what} is of another stream", "save it anew with this version")
