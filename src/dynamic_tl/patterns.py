r"""Regular expressions that Python and JavaScript match alike.

A pattern is ``^ … $`` around ASCII characters, classes such as ``[A-Z0-9_]``, groups, alternatives, and the bounded
quantifiers ``?``, ``{n}`` and ``{n,m}``. What the languages read differently is left out: ``\d`` and ``\w`` (Python
takes every script's digits), ``.`` and negated classes (line ends differ), ``$`` elsewhere (Python's matches before a
newline).
The ways to match are counted, so that no text can make a matcher try for hours.
"""

import random
from dataclasses import dataclass
from functools import lru_cache

MAX_WAYS = 1_000_000
_MAX_REPEAT = 1000
_SPECIAL = set("^$\\.*+?()[]{}|/")
_FIRST, _LAST = " ", "~"


@dataclass(frozen=True, slots=True)
class One:
    """One of some characters."""

    ranges: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Sequence:
    """One part after the other."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of some parts."""

    options: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part again and again."""

    part: "Node"
    least: int
    most: int


Node = One | Sequence | Either | Repeat


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern of the subset: how the schema spells it, and what it means."""

    spelled: str
    node: Node


class PatternError(ValueError):
    """Outside the subset: the reason, and what to write instead."""

    def __init__(self, reason: str, instead: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.instead = instead


def parse_pattern(spelled: str) -> Pattern:
    """Return the pattern, or raise PatternError."""
    if not (spelled.startswith("^") and spelled.endswith("$") and not spelled.endswith("\\$")):
        raise PatternError("the pattern is not anchored at both ends", "write ^(?:…)$")
    parser = _Parser(spelled[1:-1])
    node = parser.sequence()
    if parser.rest.startswith("|"):
        raise PatternError("an anchor binds tighter than |", "write ^(?:…|…)$")
    if parser.rest:
        raise PatternError(f"nothing opens {parser.rest[0]!r}", "escape it with a backslash")
    if ways(node) > MAX_WAYS:
        raise PatternError(f"there are more than {MAX_WAYS} ways to match", "lower the bounds of the quantifiers")
    return Pattern(spelled, node)


class _Parser:
    """Recursive descent; ``rest`` is what is not read yet."""

    def __init__(self, rest: str) -> None:
        self.rest = rest

    def either(self) -> Node:
        options = [self.sequence()]
        while self._take("|"):
            options.append(self.sequence())
        return options[0] if len(options) == 1 else Either(tuple(options))

    def sequence(self) -> Node:
        parts: list[Node] = []
        while self.rest and self.rest[0] not in "|)":
            parts.append(self._repeated(self._atom()))
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _take(self, token: str) -> bool:
        if not self.rest.startswith(token):
            return False
        self.rest = self.rest[len(token) :]
        return True

    def _next(self) -> str:
        first, self.rest = self.rest[:1], self.rest[1:]
        if not first or not _FIRST <= first <= _LAST:
            raise PatternError(f"{first!r} in a pattern", "write printable ASCII only")
        return first

    def _atom(self) -> Node:
        if self._take("(?:") or self._take("("):
            inner = self.either() if not self.rest.startswith("?") else self._refuse("(?")
            if not self._take(")"):
                raise PatternError("a group is not closed", "add a )")
            return inner
        if self._take("["):
            return self._class()
        first = self._next()
        if first == "\\":
            first = self._escaped()
        elif first in _SPECIAL - {"/"}:
            self._refuse(first)
        return One(((first, first),))

    def _escaped(self) -> str:
        escaped = self._next()
        if escaped not in _SPECIAL | {"-"}:
            self._refuse(f"\\{escaped}")
        return escaped

    def _refuse(self, token: str) -> Node:
        raise PatternError(f"{token} does not mean the same in both languages", _INSTEAD.get(token, "spell it out"))

    def _class(self) -> Node:
        if self.rest.startswith("^"):
            self._refuse("[^")
        ranges = []
        while not self._take("]"):
            low = self._class_character()
            high = low
            if self.rest.startswith("-") and not self.rest.startswith("-]"):
                self._take("-")
                high = self._class_character()
            if high < low:
                raise PatternError(f"the range {low}-{high} runs backwards", f"write {high}-{low}")
            ranges.append((low, high))
        if not ranges:
            raise PatternError("an empty class", "name its characters")
        return One(tuple(ranges))

    def _class_character(self) -> str:
        first = self._next()
        return self._escaped() if first == "\\" else first

    def _repeated(self, part: Node) -> Node:
        if self._take("?"):
            bounds = (0, 1)
        elif self._take("{"):
            bounds = self._bounds()
        else:
            if self.rest[:1] in {"*", "+"}:
                self._refuse(self.rest[0])
            return part
        if self.rest[:1] and self.rest[0] in "?+*{":
            raise PatternError(f"a quantifier after a quantifier ({self.rest[0]})", "put the first in a group (?:…)")
        return Repeat(part, *bounds)

    def _bounds(self) -> tuple[int, int]:
        inside, closed, self.rest = self.rest.partition("}")
        least, comma, most = inside.partition(",")
        spelled = [least, most if comma else least]
        if not closed or not all(bound.isascii() and bound.isdigit() for bound in spelled):
            raise PatternError(f"{{{inside}}} is no bounded quantifier", "write {n} or {n,m}")
        low, high = (int(bound[:6]) for bound in spelled)
        if not low <= high <= _MAX_REPEAT:
            raise PatternError(f"{{{inside}}} is no range up to {_MAX_REPEAT}", "write {n,m} with n <= m")
        return low, high


_INSTEAD = {
    "\\d": "write [0-9]",
    "\\w": "write [A-Za-z0-9_]",
    "\\s": "write the spaces that you mean, such as [ ]",
    "\\b": "spell out what stands on both sides",
    ".": "write a class of the characters that you mean, such as [ -~]",
    "*": "write {0,n} with the n that you mean",
    "+": "write {1,n} with the n that you mean",
    "[^": "name the characters that are allowed, such as [A-Za-z0-9]",
    "(?": "write (?:…)",
    "^": "escape it as \\^; the anchors stand at the ends",
    "$": "escape it as \\$; the anchors stand at the ends",
}


def ways(node: Node) -> int:
    """Return how many ways a matcher may have to try at most; counting stops beyond ``MAX_WAYS``."""
    total = 1
    match node:
        case One():
            return 1
        case Sequence():
            for part in node.parts:
                total = min(total * ways(part), MAX_WAYS + 1)
            return total
        case Either():
            return min(sum(map(ways, node.options)), MAX_WAYS + 1)
        case Repeat():
            # Python's integers grow, but MAX_WAYS ** _MAX_REPEAT would be slow to write.
            inner, total, power = ways(node.part), 0, 1
            for count in range(node.most + 1):
                total += power if count >= node.least else 0
                power = min(power * inner, MAX_WAYS + 1)
            return min(total, MAX_WAYS + 1)


def source(pattern: Pattern) -> str:
    """Return what both engines take, without anchors; a character that any of them reads specially is in hex."""
    return _source(pattern.node)


def _source(node: Node) -> str:
    match node:
        case One(((low, high),)) if low == high:
            return _character(low)
        case One():
            ranges = (_character(a) if a == b else f"{_character(a)}-{_character(b)}" for a, b in node.ranges)
            return f"[{''.join(ranges)}]"
        case Sequence():
            return "".join(f"(?:{_source(part)})" if isinstance(part, Either) else _source(part) for part in node.parts)
        case Either():
            return "|".join(map(_source, node.options))
        case Repeat():
            inner = _source(node.part)
            atom = inner if isinstance(node.part, One) else f"(?:{inner})"
            return f"{atom}{_quantifier(node.least, node.most)}"


def _quantifier(least: int, most: int) -> str:
    if (least, most) == (0, 1):
        return "?"
    return f"{{{least}}}" if least == most else f"{{{least},{most}}}"


def _character(character: str) -> str:
    return character if character.isalnum() or character in "_@:," else f"\\x{ord(character):02x}"


def sample(node: Node, rng: random.Random) -> str:
    """Return a text that matches; the bounds of quantifiers come up often."""
    match node:
        case One():
            return rng.choice(_letters(node))
        case Sequence():
            return "".join(sample(part, rng) for part in node.parts)
        case Either():
            return sample(rng.choice(node.options), rng)
        case Repeat():
            count = rng.choice((node.least, node.most, rng.randint(node.least, node.most)))
            if isinstance(node.part, One):
                return "".join(rng.choices(_letters(node.part), k=count))
            return "".join(sample(node.part, rng) for _ in range(count))


@lru_cache(maxsize=1000)
def _letters(node: One) -> str:
    return "".join(chr(code) for low, high in node.ranges for code in range(ord(low), ord(high) + 1))
