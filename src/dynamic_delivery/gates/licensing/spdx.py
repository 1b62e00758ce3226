"""SPDX licence expressions: AND, OR, WITH, parentheses, and what a policy's words make of one.

References
----------
.. [1] SPDX 2.3, annex D, "SPDX license expressions": WITH binds tightest, then AND, then OR
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from dynamic_delivery.gates.errors import GateError

_WORD = re.compile(r"\s*(\(|\)|[A-Za-z0-9.+:-]+)")
_OPERATORS = {"AND", "OR", "WITH"}
_MOST_CHARACTERS = 4096
_MOST_DEPTH = 50


class LicenceError(GateError):
    """The text is no licence expression."""


class Standing(StrEnum):
    """What a policy says of a licence, best first."""

    ALLOWED = "allowed"
    UNKNOWN = "unknown"
    REFUSED = "refused"

    @property
    def rank(self) -> int:
        """0 is the best."""
        return list(Standing).index(self)


@dataclass(frozen=True, slots=True)
class Term:
    """One licence, with the exception to it that is granted, if any."""

    licence: str
    exception: str = ""

    def __str__(self) -> str:
        return f"{self.licence} WITH {self.exception}" if self.exception else self.licence


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds at the same time."""

    parts: "tuple[Licence, ...]"

    def __str__(self) -> str:
        return " AND ".join(f"({part})" if isinstance(part, AnyOf) else str(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Whoever receives it chooses one part."""

    parts: "tuple[Licence, ...]"

    def __str__(self) -> str:
        return " OR ".join(map(str, self.parts))


Licence = Term | AllOf | AnyOf


def parse_licence(text: str) -> Licence:
    """Read an expression; operators in any case, identifiers as written.

    Raises
    ------
    LicenceError : it is none
    """
    if len(text) > _MOST_CHARACTERS:
        raise LicenceError(f"it has more than {_MOST_CHARACTERS} characters, which no expression has")
    words = _Words(list(_split(text)))
    read = _either(words, 0)
    if words.at < len(words.words):
        raise LicenceError(f"{words.words[words.at]!r} stands where AND, OR or the end belongs")
    return read


def _split(text: str) -> Iterable[str]:
    at, end = 0, len(text.rstrip())
    while at < end:
        if (found := _WORD.match(text, at)) is None:
            raise LicenceError(f"{text[at : at + 20].strip()!r} is part of no expression")
        yield found[1]
        at = found.end()


@dataclass(slots=True)
class _Words:
    words: list[str]
    at: int = 0

    def take(self, *wanted: str) -> bool:
        """Step over the next word if it is one of ``wanted``."""
        if self.at < len(self.words) and self.words[self.at].upper() in wanted:
            self.at += 1
            return True
        return False

    def name(self) -> str:
        """Step over an identifier, and return it."""
        if self.at == len(self.words) or self.words[self.at].upper() in {*_OPERATORS, "(", ")"}:
            raise LicenceError("a licence is missing")
        self.at += 1
        return self.words[self.at - 1]


def _either(words: _Words, depth: int) -> Licence:
    parts = [_each(words, depth)]
    while words.take("OR"):
        parts.append(_each(words, depth))
    return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))


def _each(words: _Words, depth: int) -> Licence:
    parts = [_one(words, depth)]
    while words.take("AND"):
        parts.append(_one(words, depth))
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def _one(words: _Words, depth: int) -> Licence:
    if words.take("("):
        if depth == _MOST_DEPTH:
            raise LicenceError("its parentheses nest too deeply")
        inner = _either(words, depth + 1)
        if not words.take(")"):
            raise LicenceError("a parenthesis is not closed")
        return inner
    licence = words.name()
    return Term(licence, words.name() if words.take("WITH") else "")


def standing(licence: Licence, of: Callable[[Term], Standing]) -> Standing:
    """Return what follows of ``licence`` as a whole: the best part where one may choose, else the worst."""
    if isinstance(licence, Term):
        return of(licence)
    parts = [standing(part, of) for part in licence.parts]
    choose = min if isinstance(licence, AnyOf) else max
    return choose(parts, key=lambda each: each.rank)


def terms(licence: Licence) -> tuple[Term, ...]:
    """Return every licence that it names, in order."""
    if isinstance(licence, Term):
        return (licence,)
    return tuple(term for part in licence.parts for term in terms(part))
