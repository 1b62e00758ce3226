"""The least that simulations must do, however it is done: what a roofline is drawn from."""

from dynamic_engines import Cost

_REAL = 8  # bytes
_READ = 4  # open, high, low and close of a bar
_WRITTEN = 16  # totals of a variant
_OF_A_BAR = 4  # of a variant that holds: the value, the equity, its return


def simulation_cost(bars: int, lines: int, variants: int, held: float) -> Cost:
    """Return the bytes and operations of ``variants`` over ``bars``.

    Parameters
    ----------
    lines : distinct lines that the rules read
    held : share of all bars with a position, 0 to 1

    Notes
    -----
    What a rule, a stop or a trade takes is left out, so dense trading does more than this says.
    """
    bytes_moved = _REAL * ((_READ + lines) * bars + _WRITTEN * variants)
    return Cost(bytes_moved, int(_OF_A_BAR * held * bars * variants))
