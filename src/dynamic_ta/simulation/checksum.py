"""One number for every decision that was executed."""

from collections.abc import Iterable

from dynamic_ta.simulation.model import Reason, Trade

# 2**64 / the golden ratio, odd: FACTOR of kernels/simulation/account.clh.
_FACTOR = 0x9E3779B97F4A7C15
_MODULUS = 2**64
_ENTRY = 0
EMPTY = 0


def checksum_of(trades: Iterable[Trade]) -> int:
    """Return one number for the bar, the side and the reason of every entry and exit, in order.

    Notes
    -----
    h * FACTOR + 1 + 16 * bar + 8 * (side is short) + (0 for an entry, else the reason), modulo 2**64, for each. The end
    of the bars is no decision, so an open trade adds its entry only.
    """
    checksum = EMPTY
    for trade in trades:
        checksum = entered(checksum, trade.entry_bar, trade.side)
        if not trade.open:
            checksum = left(checksum, trade.exit_bar, trade.side, trade.reason)
    return checksum


def entered(checksum: int, bar: int, side: int) -> int:
    """Add an entry."""
    return _added(checksum, bar, side, _ENTRY)


def left(checksum: int, bar: int, side: int, reason: Reason) -> int:
    """Add an exit."""
    return _added(checksum, bar, side, int(reason))


def _added(checksum: int, bar: int, side: int, what: int) -> int:
    return (checksum * _FACTOR + 1 + 16 * bar + 8 * (side < 0) + what) % _MODULUS
