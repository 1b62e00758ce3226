"""The contract: both languages read the same, write the same bytes, and refuse the same with the same words."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dynamic_tl.peers import Peer, Verdict, accepted
from dynamic_tl.vectors import Vector, Vectors

BATCH = 250


@dataclass(frozen=True, slots=True)
class Difference:
    """One vector that breaks the contract.

    Parameters
    ----------
    rule : what is broken: "verdict", "expected", "python rereads" or "javascript rereads"
    wanted : what the answer had to be, where that is known beforehand
    """

    vector: Vector
    rule: str
    python: Verdict
    javascript: Verdict
    wanted: str

    @property
    def likeness(self) -> tuple[str, ...]:
        """Return what this has in common with the same fault elsewhere."""
        return (self.vector.message, self.rule, self.python.word, self.javascript.word)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run of the contract found."""

    vectors: int
    accepted: int
    refused: Mapping[str, int]
    kinds: Mapping[str, int]
    differences: tuple[Difference, ...]


def run_contract(
    vectors: Vectors,
    indices: Sequence[int],
    python: Peer,
    javascript: Peer,
    on_progress: Callable[[int], None],
) -> Outcome:
    """Send the vectors ``indices`` through both peers, there and back, and return what differs."""
    found: list[Difference] = []
    kinds: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    well = 0
    for start in range(0, len(indices), BATCH):
        batch = [vectors[index] for index in indices[start : start + BATCH]]
        for one, verdict, difference in judge(batch, python, javascript):
            kinds[one.kind] += 1
            if verdict.kind == "refused":
                refused[verdict.what] += 1
            well += verdict.kind == "accepted"
            if difference is not None:
                found.append(difference)
        on_progress(start + len(batch))
    return Outcome(len(indices), well, dict(sorted(refused.items())), dict(sorted(kinds.items())), tuple(found))


def judge(
    batch: Sequence[Vector], python: Peer, javascript: Peer
) -> Iterator[tuple[Vector, Verdict, Difference | None]]:
    """Yield each vector with Python's verdict and the first rule that it breaks."""
    requests = [(one.message, one.data) for one in batch]
    by_python, by_javascript = _both(requests, requests, python, javascript)
    # There and back: each reads and rewrites what the other wrote.
    crossed = [at for at, one in enumerate(by_python) if one.kind == by_javascript[at].kind == "accepted"]
    back = _both(
        [(batch[at].message, by_javascript[at].data) for at in crossed],
        [(batch[at].message, by_python[at].data) for at in crossed],
        python,
        javascript,
    )
    again = dict(zip(crossed, zip(*back, strict=True), strict=True))
    for at, one in enumerate(batch):
        yield one, by_python[at], _difference(one, by_python[at], by_javascript[at], again.get(at))


def _both(
    for_python: list[tuple[str, bytes]], for_javascript: list[tuple[str, bytes]], python: Peer, javascript: Peer
) -> tuple[list[Verdict], list[Verdict]]:
    javascript.send(for_javascript)
    python.send(for_python)
    return python.receive(), javascript.receive()


def _difference(
    one: Vector, python: Verdict, javascript: Verdict, again: tuple[Verdict, Verdict] | None
) -> Difference | None:
    wanted = _wanted(one)
    if python != javascript:
        return Difference(one, "verdict", python, javascript, wanted)
    if not _is_wanted(one, python):
        return Difference(one, "expected", python, javascript, wanted)
    if again is not None and again[0] != javascript:
        return Difference(one, "python rereads", again[0], javascript, wanted)
    if again is not None and again[1] != python:
        return Difference(one, "javascript rereads", python, again[1], wanted)
    return None


def _is_wanted(one: Vector, verdict: Verdict) -> bool:
    if verdict.kind == "crashed":
        return False
    if one.canonical is not None:
        return verdict == accepted(one.canonical, hashlib.sha256(one.canonical).hexdigest())
    if not one.code:
        return True
    return verdict.kind == "refused" and verdict.what == one.code and one.pointer in (None, verdict.more)


def _wanted(one: Vector) -> str:
    if one.canonical is not None:
        return str(accepted(one.canonical, hashlib.sha256(one.canonical).hexdigest()))
    if not one.code:
        return "the same from both"
    return f"refused: {one.code}" + (f" at {one.pointer}" if one.pointer else "")
