"""JSON documents as trees that can say what JSON forbids, and the many ways to spell one."""

import json
import random
from dataclasses import dataclass

_QUOTE = json.JSONEncoder(ensure_ascii=False).encode
_ESCAPE_RATES = (0.0, 0.0, 0.0, 0.1, 1.0)
_PLAIN_RATE = 0.3
_HALF = 0.5
_SPACES = ("", "", "", " ", "\n", "\t", "\r\n", "  ")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "/": "\\/"}


@dataclass(frozen=True, slots=True)
class Raw:
    """Bytes that stand for themselves, valid or not."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Members:
    """An object as its members in order, so that a name may stand twice."""

    pairs: tuple[tuple["str | Raw", "Tree"], ...]


Tree = Members | Raw | tuple["Tree", ...] | str | int | float | bool


def plain(tree: Tree) -> object:
    """Return the value of a tree without ``Raw`` in it."""
    if isinstance(tree, Members):
        return {str(name): plain(value) for name, value in tree.pairs}
    return [plain(item) for item in tree] if isinstance(tree, tuple) else tree


def spell(tree: Tree, rng: random.Random) -> bytes:
    """Return one of the spellings of ``tree``: order, white space, escapes and the form of doubles are drawn."""
    return _Speller(rng, plainly=rng.random() < _PLAIN_RATE).spell(tree)


class _Speller:
    """``plainly`` draws nothing but the order of members."""

    def __init__(self, rng: random.Random, plainly: bool) -> None:
        self._rng = rng
        self._plainly = plainly

    def spell(self, tree: Tree) -> bytes:
        return self._space() + self._value(tree) + self._space()

    def _value(self, tree: Tree) -> bytes:
        match tree:
            case Raw():
                return tree.data
            case Members():
                pairs = self._rng.sample(tree.pairs, len(tree.pairs))
                return b"{" + b",".join(map(self._member, pairs)) + (b"" if pairs else self._space()) + b"}"
            case tuple():
                return b"[" + b",".join(map(self.spell, tree)) + (b"" if tree else self._space()) + b"]"
            case str():
                return self._string(tree)
            case bool():
                return b"true" if tree else b"false"
            case int():
                return str(tree).encode()
            case float():
                return self._double(tree)

    def _member(self, pair: tuple[str | Raw, Tree]) -> bytes:
        return self._space() + self._value(pair[0]) + self._space() + b":" + self.spell(pair[1])

    def _space(self) -> bytes:
        return b"" if self._plainly else self._rng.choice(_SPACES).encode()

    def _string(self, text: str) -> bytes:
        escape_rate = 0.0 if self._plainly else self._rng.choice(_ESCAPE_RATES)
        if escape_rate == 0.0:
            return _QUOTE(text).encode()
        return b'"' + b"".join(self._character(one, escape_rate) for one in text) + b'"'

    def _character(self, one: str, escape_rate: float) -> bytes:
        must = one in '"\\' or one < " "
        if not must and self._rng.random() >= escape_rate:
            return one.encode()
        if one in _ESCAPES and self._rng.random() < _HALF:
            return _ESCAPES[one].encode()
        units = one.encode("utf-16-be").hex()
        units = units.upper() if self._rng.random() < _HALF else units
        return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4)).encode()

    def _double(self, value: float) -> bytes:
        # Seventeen digits name every double, and more zeros change nothing.
        forms = (repr(value), f"{value:.16e}", f"{value:.25e}".replace("e", "E"), f"{value!r}".replace("e", "E"))
        return self._rng.choice(forms[:1] if self._plainly else forms).encode()
