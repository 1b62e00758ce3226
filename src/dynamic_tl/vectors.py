"""The vectors of a contract test: the same for the same seed, each drawn from a generator of its own."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from dynamic_base import canonical_json
from dynamic_tl.faults import FAULTS, replaced, scrambled, spots, too_large, whole_document_fault
from dynamic_tl.model import Message
from dynamic_tl.samples import draw
from dynamic_tl.spelling import Tree, plain, spell

_VALID, _ONE_FAULT, _SCRAMBLED, _WHOLE = 0.45, 0.4, 0.12, 0.03
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


def vector(messages: Sequence[Message], seed: int, index: int) -> Vector:
    """Return vector ``index`` of ``seed``; it depends on no other."""
    rng = random.Random(f"{seed}:{index}")  # nosec B311  # test data, no secret
    message = messages[index % len(messages)]
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
            wrong = fault(spot, rng)
            if wrong is not None:
                data = spell(replaced(tree, spot.path, wrong.tree), rng)
                return Vector(index, message.stem, fault.__name__, data, None, wrong.code, wrong.pointer)
