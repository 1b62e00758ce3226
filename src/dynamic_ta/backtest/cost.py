"""The least that a sweep must do, however it is done: what a roofline is drawn from."""

from dynamic_engines import Cost

_REAL = 8  # bytes; the sweep computes in float64
_READ = 2  # open and close of a bar
_WRITTEN = 7  # six statistics and a checksum of a pair
_OF_A_WINDOW = 3  # what comes, what leaves, and the division
_OF_A_PAIR = 1  # which of two averages is above


def sweep_cost(bars: int, windows: int, pairs: int) -> Cost:
    """Return the bytes and operations of one sweep.

    Parameters
    ----------
    windows : how many different ones the pairs are made of: an average is worth taking once

    Notes
    -----
    Trades are far fewer than bars and are left out, so a sweep that trades at each bar does more than this says.
    """
    return Cost(_REAL * (_READ * bars + _WRITTEN * pairs), bars * (_OF_A_WINDOW * windows + _OF_A_PAIR * pairs))
