"""Cuts calls into pieces for many workers."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from statistics import median

from dynamic_impact.running.model import Call

FLOOR_S = 0.5
UNKNOWN_S = 2.0  # of a test where no duration at all is on record
_PER_WORKER = 8  # pieces for each worker: the last one to end idles the others by an eighth of its work at most


def chunks(calls: Iterable[Call], seconds: Mapping[str, float], workers: int) -> list[Call]:
    """Return ``calls`` in pieces of an even expected time, in their order.

    Parameters
    ----------
    seconds : s, expected of each address; the median of these for the others
    workers : int, at least 1

    Notes
    -----
    A piece is one start of Pants, 1 to 2 s, so it is to hold at least half a second of expected work, and a share of
    all that gives each worker eight pieces. Tools' goals judge all their targets at once and stay whole. O(addresses).
    """
    whole = list(calls)
    usual = median(seconds.values()) if seconds else UNKNOWN_S
    total = sum(seconds.get(address, usual) for call in whole if call.goal == "test" for address in call.addresses)
    enough = max(FLOOR_S, total / (workers * _PER_WORKER))
    return [
        piece for call in whole for piece in (_cut(call, seconds, usual, enough) if call.goal == "test" else [call])
    ]


def _cut(call: Call, seconds: Mapping[str, float], usual: float, enough: float) -> list[Call]:
    pieces: list[Call] = []
    held: list[str] = []
    sum_s = 0.0
    for address in call.addresses:
        held.append(address)
        sum_s += seconds.get(address, usual)
        if sum_s >= enough:
            pieces.append(replace(call, addresses=tuple(held), expected_s=round(sum_s, 3)))
            held, sum_s = [], 0.0
    if held:
        pieces.append(replace(call, addresses=tuple(held), expected_s=round(sum_s, 3)))
    return pieces
