"""The vectors of a contract test: the same for the same seed, each drawn from a generator of its own."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from dynamic_base import canonical_json
from dynamic_tl.faults import (
    ANY_FAULTS,
    FAULTS,
    SHAPE_FAULTS,
    Fault,
    Spot,
    Wrong,
    replaced,
    scrambled,
    spots,
    too_large,
    whole_document_fault,
)
from dynamic_tl.model import Message
from dynamic_tl.samples import draw
from dynamic_tl.spelling import Tree, plain, spell

_VALID, _ONE_FAULT, _SCRAMBLED, _WHOLE = 0.6, 0.25, 0.12, 0.03
_LARGE = 0.02  # a megabyte each


@dataclass(frozen=True, slots=True)
class Vector:
    """Bytes to read, and what is known beforehand of the answer.

    Parameters
    ----------
    kind : "valid", the name of a fault, or "scrambled"
    canonical : the bytes that RFC 8785 gives a valid message, by a library that neither language's code uses; else None
    code : the code that a refusal must have, "" where it is open
    pointer : likewise; None where it is open
    """

    index: int
    message: str
    kind: str
    data: bytes
    canonical: bytes | None = None
    code: str = ""
    pointer: str | None = None


@dataclass(frozen=True, slots=True)
class _Planned:
    """A fault of the catalogue, at its place in a document."""

    message: Message
    tree: Tree
    spot: Spot
    kind: str
    wrong: Wrong


class Vectors:
    """Vector after vector: each thing that can be wrong at each place of each message, and what chance brings."""

    def __init__(self, messages: Sequence[Message], seed: int) -> None:
        self._messages = messages
        self._seed = seed

    def __getitem__(self, index: int) -> Vector:
        """Return vector ``index``; it depends on no other."""
        rng = self._rng(str(index))
        # Every second one is of the catalogue until it is through, so that a short run holds valid messages too.
        if index % 2 and index // 2 < len(self._catalogue):
            planned = self._catalogue[index // 2]
            return _wrong(planned.message, planned.tree, planned.spot, planned.kind, planned.wrong, rng, index)
        return _drawn(rng.choice(self._messages), rng, index)

    def _rng(self, name: str) -> random.Random:
        return random.Random(f"{self._seed}:{name}")  # nosec B311  # test data, no secret

    @cached_property
    def _catalogue(self) -> Sequence[_Planned]:
        """Return a shuffled list, so that few vectors are already of all kinds."""
        rng = self._rng("catalogue")
        found = [planned for message in self._messages for planned in _planned(message, rng)]
        rng.shuffle(found)
        return found


def _planned(message: Message, rng: random.Random) -> Iterator[_Planned]:
    tree = draw(message.record, rng, full=True)
    places = spots(message.record, tree)
    for spot in places:
        yield from _all(message, tree, spot, SHAPE_FAULTS, rng)
    # What is wrong anywhere need not be tried everywhere: at the whole, and at one place inside.
    for spot in (places[0], rng.choice(places[1:])):
        yield from _all(message, tree, spot, ANY_FAULTS, rng)


def _all(message: Message, tree: Tree, spot: Spot, faults: Sequence[Fault], rng: random.Random) -> Iterator[_Planned]:
    for fault in faults:
        for wrong in fault(spot, rng):
            yield _Planned(message, tree, spot, fault.__name__, wrong)


def _wrong(message: Message, tree: Tree, spot: Spot, kind: str, wrong: Wrong, rng: random.Random, index: int) -> Vector:
    data = spell(replaced(tree, spot.path, wrong.tree), rng)
    return Vector(index, message.stem, kind, data, None, wrong.code, wrong.pointer)


def _drawn(message: Message, rng: random.Random, index: int) -> Vector:
    tree = draw(message.record, rng)
    (family,) = rng.choices(("valid", "fault", "scrambled", "whole"), (_VALID, _ONE_FAULT, _SCRAMBLED, _WHOLE))
    if family == "fault":
        return _with_one_fault(message, tree, rng, index)
    data = spell(tree, rng)
    if family == "scrambled":
        return Vector(index, message.stem, "scrambled", scrambled(data, rng))
    if family == "whole":
        if rng.random() < _LARGE:
            return Vector(index, message.stem, "too_large", too_large(data), None, "too_large", "")
        data, code, pointer = whole_document_fault(data, rng)
        return Vector(index, message.stem, "whole_document", data, None, code, pointer)
    return Vector(index, message.stem, "valid", data, canonical_json(plain(tree)))


def _with_one_fault(message: Message, tree: Tree, rng: random.Random, index: int) -> Vector:
    places = spots(message.record, tree)
    while True:
        # The fault first, so that each comes as often as the others, however few the places that can have it.
        fault = rng.choice(FAULTS)
        for spot in rng.sample(places, len(places)):
            if found := fault(spot, rng):
                return _wrong(message, tree, spot, fault.__name__, rng.choice(found), rng, index)
