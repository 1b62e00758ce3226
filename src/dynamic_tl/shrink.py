"""The smallest bytes that still show a difference, found by leaving out parts."""

import json
from collections.abc import Iterator
from dataclasses import replace

from dynamic_tl.contract import Difference, judge
from dynamic_tl.peers import Peer
from dynamic_tl.vectors import Vector

MOST_TRIES = 1000
_BATCH = 40


def shrunk(difference: Difference, python: Peer, javascript: Peer) -> Difference:
    """Return a difference alike with bytes as small as leaving out finds, after ``MOST_TRIES`` at most.

    What was known beforehand of the vector does not hold for its parts, so one that only breaks an expectation stays.
    """
    if difference.rule == "expected":
        return difference
    best, tries = difference, 0
    while tries < MOST_TRIES:
        better = None
        for batch in _batches(best.vector):
            tries += len(batch)
            alike = [
                found
                for _, _, found in judge(batch, python, javascript)
                if found is not None and _alike(found, difference)
            ]
            better = min(alike, key=lambda one: len(one.vector.data), default=None)
            if better is not None or tries >= MOST_TRIES:
                break
        if better is None:
            return best
        best = better
    return best


def _alike(found: Difference, first: Difference) -> bool:
    """Say whether the one that refused still does so with the same code; what the other makes of less may change."""
    if found.rule != first.rule:
        return False
    pairs = ((found.python, first.python), (found.javascript, first.javascript))
    return any(now.kind == "refused" and now.word == then.word for now, then in pairs) or (
        found.likeness == first.likeness
    )


def _batches(one: Vector) -> Iterator[list[Vector]]:
    batch = []
    for data in _smaller(one.data):
        batch.append(replace(one, data=data, canonical=None, code="", pointer=None))
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _smaller(data: bytes) -> Iterator[bytes]:
    """Yield smaller documents, those with the most left out first."""
    try:
        value = json.loads(data)
    except ValueError:
        value = None
    if value is not None:
        for less in _less(value):
            for escaped in (True, False):
                shorter = json.dumps(less, ensure_ascii=escaped, separators=(",", ":")).encode(errors="surrogatepass")
                if len(shorter) < len(data):
                    yield shorter
    length = len(data) // 2
    while length >= 1:
        for at in range(0, len(data), length):
            yield data[:at] + data[at + length :]
        length //= 2


def _less(value: object) -> Iterator[object]:
    """Yield the values that ``value`` becomes with one part left out, or one string cut."""
    if isinstance(value, dict):
        for name in value:
            yield {key: item for key, item in value.items() if key != name}
        for name, item in value.items():
            yield from ({**value, name: less} for less in _less(item))
    elif isinstance(value, list):
        for index in range(len(value)):
            yield value[:index] + value[index + 1 :]
        for index, item in enumerate(value):
            yield from ([*value[:index], less, *value[index + 1 :]] for less in _less(item))
    elif isinstance(value, str) and value:
        yield from (value[: len(value) // 2], value[len(value) // 2 :], value[1:], value[:-1])
