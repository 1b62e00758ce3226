"""A tool's JSON, read with suspicion: what is cut, of another shape or of another encoding is an OutputError."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from dynamic_delivery.gates.errors import OutputError

_FIX = "see that the pinned version is the one that ran: ./dynamic doctor"


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a document, and where it stands in it.

    Parameters
    ----------
    tool : str, who printed it
    at : str, like ``[3].location.row``; "" is the document
    """

    tool: str
    value: object
    at: str = ""

    def __getitem__(self, key: str) -> "Node":
        """Return the field ``key``, which must be there; it may be null."""
        fields = self._fields()
        if key not in fields:
            raise self.refused(f"without {key}")
        return Node(self.tool, fields[key], f"{self.at}.{key}")

    def maybe(self, key: str) -> "Node | None":
        """Return the field ``key``; None where it is absent or null."""
        value = self._fields().get(key)
        return None if value is None else Node(self.tool, value, f"{self.at}.{key}")

    def names(self) -> tuple[str, ...]:
        """Return the names of the fields."""
        return tuple(self._fields())

    def items(self) -> Sequence["Node"]:
        if not isinstance(self.value, list):
            raise self.refused("that is no list")
        return [Node(self.tool, item, f"{self.at}[{index}]") for index, item in enumerate(self.value)]

    def text(self) -> str:
        if not isinstance(self.value, str):
            raise self.refused("that is no text")
        return self.value

    def line(self) -> str:
        """Return a text as one line that a terminal can show."""
        return one_line(self.text())

    def whole(self, least: int = 0) -> int:
        if not isinstance(self.value, int) or isinstance(self.value, bool) or not least <= self.value < 1 << 53:
            raise self.refused(f"that is no whole number from {least}")
        return self.value

    def truth(self) -> bool:
        if not isinstance(self.value, bool):
            raise self.refused("that is neither true nor false")
        return self.value

    def one_of(self, choices: Sequence[str]) -> str:
        if self.value not in choices or not isinstance(self.value, str):
            raise self.refused(f"that is none of {', '.join(choices)}")
        return self.value

    def refused(self, why: str) -> OutputError:
        """Return the error that this value is ``why``. The value itself stays out of it: it may hold a secret."""
        return OutputError(f"{self.tool} printed a {self.at.lstrip('.') or 'document'} {why}", _FIX)

    def _fields(self) -> dict[str, object]:
        if not isinstance(self.value, dict):
            raise self.refused("that is no object")
        return self.value


def document(tool: str, data: bytes) -> Node:
    """Return the one JSON document that ``data`` is.

    Raises
    ------
    OutputError : it is not UTF-8, cut, followed by other text, too deep, or names a field twice
    """
    try:
        return Node(tool, json.loads(data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant))
    except UnicodeDecodeError as error:
        raise OutputError(f"{tool} printed what is no UTF-8 (byte {error.start})", _FIX) from error
    except RecursionError as error:
        raise OutputError(f"{tool} printed JSON that is nested too deeply", _FIX) from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno} of {len(data)} bytes"
        raise OutputError(f"{tool} printed no whole JSON document ({error.msg}, {where})", _FIX) from error
    except ValueError as error:  # a field twice, NaN, or a number of more digits than Python reads
        raise OutputError(f"{tool} printed JSON that nobody should ({error})", _FIX) from error


def one_line(text: str) -> str:
    """Return ``text`` with every run of blanks and of what a terminal would obey as one space."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field stands twice in an object")
    return found


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON")
