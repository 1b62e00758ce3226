"""A message as a tree of shapes: what a schema in the subset says, and no more."""

from dataclasses import dataclass

from dynamic_tl.patterns import Pattern


@dataclass(frozen=True, slots=True)
class Text:
    """A string; lengths in code points."""

    least: int = 0
    most: int | None = None
    pattern: Pattern | None = None


@dataclass(frozen=True, slots=True)
class Format:
    """A string with one spelling for each value; ``name`` is a key of ``FORMATS``."""

    name: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some strings; ``name`` is what its type is called."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Constant:
    """One string, integer or boolean."""

    value: str | int | bool


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number within 2**53 - 1."""

    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class Number:
    """A double within 2**53 - 1."""

    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True)
class Boolean:
    """True or false."""


@dataclass(frozen=True, slots=True)
class Items:
    """An array."""

    item: "Shape"
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Table:
    """An object whose members' names are data."""

    key: Text
    value: "Shape"
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Field:
    """A member of a record."""

    name: str
    required: bool
    shape: "Shape"
    description: str


@dataclass(frozen=True, slots=True)
class Record:
    """An object of known members, in the order of the schema; ``name`` is its class."""

    name: str
    description: str
    fields: tuple[Field, ...]


Shape = Text | Format | Choice | Constant | Integer | Number | Boolean | Items | Table | Record

# The name in a schema, and the function in both runtimes that reads it.
FORMATS = {"date": "date", "decimal-string": "decimal", "int64-string": "int64", "utc-timestamp": "timestamp"}


@dataclass(frozen=True, slots=True)
class Message:
    """One schema file; ``stem`` names the functions, ``source`` the file, ``sha256`` its bytes."""

    stem: str
    source: str
    sha256: str
    record: Record


def within(shape: Shape) -> tuple[Shape, ...]:
    """Return the shapes directly inside ``shape``."""
    match shape:
        case Items():
            return (shape.item,)
        case Table():
            return (shape.value,)
        case Record():
            return tuple(field.shape for field in shape.fields)
        case _:
            return ()


def inner_first(shape: Shape) -> list[Record | Choice]:
    """Return every named shape once, each after those that it is made of."""
    found: list[Record | Choice] = []
    for inner in within(shape):
        found += [named for named in inner_first(inner) if named not in found]
    if isinstance(shape, Record | Choice) and shape not in found:
        found.append(shape)
    return found
