"""What a contract test prints."""

import platform
from collections.abc import Mapping, Sequence

from dynamic_tl.contract import Difference, Outcome
from dynamic_tl.node import Node
from dynamic_tl.peers import Verdict

_MOST_CHARACTERS = 400


def one_of_each(differences: Sequence[Difference]) -> list[Difference]:
    """Return the shortest of those that are alike, in the order in which they came."""
    found: dict[tuple[str, ...], Difference] = {}
    for one in differences:
        known = found.get(one.likeness)
        if known is None or len(one.vector.data) < len(known.vector.data):
            found[one.likeness] = one
    return list(found.values())


def words(one: Difference, again: str) -> str:
    """Return a difference for a person; ``again`` is the command that repeats it."""
    text = one.vector.data.decode(errors="backslashreplace").encode("unicode_escape").decode()
    rows = [
        f"DIFFERENCE in {one.vector.message}, vector {one.vector.index} ({one.vector.kind}), rule: {one.rule}",
        f"  bytes       {_cut(one.vector.data.hex())}",
        f"  as text     {_cut(text)}",
        f"  Python      {_cut(str(one.python))}",
        f"  JavaScript  {_cut(str(one.javascript))}",
        f"  wanted      {_cut(one.wanted)}",
        *_first_byte(one),
        f"  again       {again}",
    ]
    return "\n".join(rows)


def _first_byte(one: Difference) -> list[str]:
    """Return where two accepted writings part, with a few bytes of each from there."""
    python, javascript = one.python.data, one.javascript.data
    if python == javascript or one.python.kind != "accepted" or one.javascript.kind != "accepted":
        return []
    pairs = enumerate(zip(python, javascript, strict=False))
    at = next((at for at, (one_byte, other) in pairs if one_byte != other), min(len(python), len(javascript)))
    return [f"  they part   at byte {at}: {python[at : at + 12].hex(' ')} | {javascript[at : at + 12].hex(' ')}"]


def _cut(text: str) -> str:
    return (
        text
        if len(text) <= _MOST_CHARACTERS
        else f"{text[:_MOST_CHARACTERS]}… ({len(text)} characters, whole with --json)"
    )


def summary(outcome: Outcome, node: Node, seed: int, seconds: float) -> str:
    """Return the last line."""
    languages = f"Python {platform.python_version()} and Node.js {node.version}"
    return (
        f"{outcome.vectors} vectors of seed {seed} through {languages}: "
        f"{outcome.accepted} accepted and rewritten both ways, {sum(outcome.refused.values())} refused, "
        f"{len(outcome.differences)} differences, in {seconds:.1f} s ({outcome.vectors / seconds:.0f} vectors/s)"
    )


def document(
    outcome: Outcome, shown: Sequence[Difference], seed: int, node: Node, seconds: float
) -> Mapping[str, object]:
    """Return the JSON document."""
    return {
        "version": 1,
        "seed": seed,
        "python": platform.python_version(),
        "node": {"path": str(node.path), "version": node.version},
        "vectors": outcome.vectors,
        "accepted": outcome.accepted,
        "refused": outcome.refused,
        "kinds": outcome.kinds,
        "seconds": round(seconds, 3),
        "differing": len(outcome.differences),
        "differences": [
            {
                "message": one.vector.message,
                "vector": one.vector.index,
                "kind": one.vector.kind,
                "rule": one.rule,
                "hex": one.vector.data.hex(),
                "python": _verdict(one.python),
                "javascript": _verdict(one.javascript),
                "wanted": one.wanted,
            }
            for one in shown
        ],
    }


def _verdict(verdict: Verdict) -> Mapping[str, str]:
    if verdict.kind == "accepted":
        return {"verdict": verdict.kind, "hex": verdict.data.hex(), "digest": verdict.more}
    if verdict.kind == "refused":
        return {"verdict": verdict.kind, "code": verdict.what, "pointer": verdict.more}
    return {"verdict": verdict.kind, "error": verdict.what}
