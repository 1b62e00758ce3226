"""What a change of a message's schema does to those who read and write the message as it was."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from dynamic_tl.model import (
    Boolean,
    Choice,
    Constant,
    Field,
    Format,
    Integer,
    Items,
    Message,
    Number,
    Record,
    Shape,
    Table,
    Text,
)


class Break(StrEnum):
    """Which way is broken.

    ``OLD_REFUSED``: the new reader refuses what was valid. ``NEW_REFUSED``: an old reader refuses what is valid now.
    """

    OLD_REFUSED = "old-refused"
    NEW_REFUSED = "new-refused"


@dataclass(frozen=True, slots=True)
class Breakage:
    """One difference that somebody can notice.

    Parameters
    ----------
    source : the schema's file
    at : where in the message, like ``fees[].amount``
    """

    source: str
    at: str
    way: Break
    what: str


def breakages(old: Sequence[Message], new: Sequence[Message]) -> tuple[Breakage, ...]:
    """Return how the messages ``new`` break with ``old``, in the order of their names.

    Objects are closed (``additionalProperties`` is false), so that a member that one side does not know is refused.
    """
    now = {message.stem: message for message in new}
    found: list[Breakage] = []
    for was in old:
        if was.stem not in now:
            found.append(Breakage(was.source, "", Break.OLD_REFUSED, "the message is gone"))
            continue
        said = _shapes("", was.record, now[was.stem].record)
        found += [Breakage(was.source, at, way, what) for at, way, what in said]
    return tuple(found)


_Said = tuple[str, Break, str]
_BOTH = tuple(Break)


def _shapes(at: str, old: Shape, new: Shape) -> Iterator[_Said]:
    if type(old) is not type(new):
        for way in _BOTH:
            yield at, way, f"was {_word(old)}, is {_word(new)}"
        return
    if isinstance(old, Record) and isinstance(new, Record):
        yield from _records(at, old, new)
    elif isinstance(old, Items | Table):
        yield from _collections(at, old, new)
    else:
        yield from _values(at, old, new)


def _collections(at: str, old: Shape, new: Shape) -> Iterator[_Said]:
    match old, new:
        case Items(), Items():
            yield from _ranges(at, "length", (old.least, old.most), (new.least, new.most))
            yield from _shapes(f"{at}[]", old.item, new.item)
        case Table(), Table():
            yield from _ranges(at, "size", (old.least, old.most), (new.least, new.most))
            yield from _shapes(f"{at}.name", old.key, new.key)
            yield from _shapes(f"{at}.*", old.value, new.value)


def _values(at: str, old: Shape, new: Shape) -> Iterator[_Said]:
    match old, new:
        case Choice(), Choice():
            yield from _choices(at, old.values, new.values)
        case Text(), Text():
            yield from _ranges(at, "length", (old.least, old.most), (new.least, new.most))
            if old.pattern != new.pattern:
                yield from _patterns(at, old, new)
        case Integer() | Number(), Integer() | Number():
            yield from _ranges(at, "value", (old.minimum, old.maximum), (new.minimum, new.maximum))
        case Constant() | Format(), Constant() | Format():
            if _word(old) != _word(new):  # 1 and true are equal to Python
                for way in _BOTH:
                    yield at, way, f"was {_word(old)}, is {_word(new)}"


def _records(at: str, old: Record, new: Record) -> Iterator[_Said]:
    was, now = _by_name(old), _by_name(new)
    for name in sorted(was.keys() | now.keys()):
        inside = f"{at}.{name}".lstrip(".")
        if name not in now:
            yield inside, Break.OLD_REFUSED, "the member is gone"
            if was[name].required:
                yield inside, Break.NEW_REFUSED, "a required member is gone"
        elif name not in was:
            yield inside, Break.NEW_REFUSED, "the member is new"
            if now[name].required:
                yield inside, Break.OLD_REFUSED, "the new member is required"
        else:
            if now[name].required and not was[name].required:
                yield inside, Break.OLD_REFUSED, "the member is required now"
            if was[name].required and not now[name].required:
                yield inside, Break.NEW_REFUSED, "the member may be absent now"
            yield from _shapes(inside, was[name].shape, now[name].shape)


def _by_name(record: Record) -> Mapping[str, Field]:
    return {field.name: field for field in record.fields}


def _choices(at: str, old: Sequence[str], new: Sequence[str]) -> Iterator[_Said]:
    if gone := [value for value in old if value not in new]:
        yield at, Break.OLD_REFUSED, f"without {', '.join(gone)}"
    if more := [value for value in new if value not in old]:
        yield at, Break.NEW_REFUSED, f"with {', '.join(more)}"


def _patterns(at: str, old: Text, new: Text) -> Iterator[_Said]:
    """Two patterns are not compared: that they differ is told both ways, unless there was or is none."""
    if new.pattern is not None:
        yield at, Break.OLD_REFUSED, "the pattern is another"
    if old.pattern is not None:
        yield at, Break.NEW_REFUSED, "the pattern is another"


_End = float | None


def _ranges(at: str, what: str, old: tuple[_End, _End], new: tuple[_End, _End]) -> Iterator[_Said]:
    low_was, low_is = (float("-inf") if end is None else end for end in (old[0], new[0]))
    high_was, high_is = (float("inf") if end is None else end for end in (old[1], new[1]))
    said = f"the {what} was {_span(*old)}, is {_span(*new)}"
    if low_is > low_was or high_is < high_was:
        yield at, Break.OLD_REFUSED, said
    if low_is < low_was or high_is > high_was:
        yield at, Break.NEW_REFUSED, said


def _span(low: _End, high: _End) -> str:
    return f"{'any' if low is None else low} to {'any' if high is None else high}"


def _word(shape: Shape) -> str:
    match shape:
        case Format(name):
            return f"a {name}"
        case Constant(value):
            return f"the constant {value!r}"
        case Boolean():
            return "a boolean"
        case _:
            return f"a {type(shape).__name__.lower()}"
