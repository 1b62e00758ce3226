"""Every fall of an equity below what it once was."""

from dynamic_ta.data.model import F64
from dynamic_ta.simulation.model import Drawdown


def drawdowns_of(equity: F64, initial: float) -> tuple[Drawdown, ...]:
    """Return each run of closes below the highest equity so far, ``initial`` included, in order.

    Parameters
    ----------
    equity : float64[n_bars]
    initial : equity before the first bar, above zero
    """
    found: list[Drawdown] = []
    peak, start, trough = initial, -1, -1
    for bar, value in enumerate(equity.tolist()):
        if value >= peak:
            if trough > start:
                found.append(Drawdown(start, trough, bar, 1 - float(equity[trough]) / peak))
            peak, start, trough = value, bar, bar
        elif trough == start or value < equity[trough]:
            trough = bar
    if trough > start:
        found.append(Drawdown(start, trough, None, 1 - float(equity[trough]) / peak))
    return tuple(found)
