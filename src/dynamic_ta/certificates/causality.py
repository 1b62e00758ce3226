"""Whether a strategy decides from the past only: with the future cut off, what was decided before must not change."""

from collections.abc import Callable

import numpy as np

from dynamic_ta.data import Bars
from dynamic_ta.simulation import Signals
from dynamic_ta.simulation.model import DECISIONS

# Shares of the bars that are kept. Strategies cannot look ahead by construction; an indicator that is new could.
_KEPT = (0.5, 0.8)
_AMOUNTS = ("stop_distance", "size")


def first_look_ahead(decide: Callable[[Bars], Signals], bars: Bars, warm_up: int) -> int | None:
    """Return the first bar at which ``decide`` says something else once later bars are gone; None if there is none.

    Parameters
    ----------
    warm_up : bars before everything is decided; too short a rest is not tried

    Notes
    -----
    Two cuts find what looks a fixed number of bars ahead, or at the series as a whole, if it matters where they are.
    """
    whole = decide(bars)
    cuts = [int(share * bars.n_bars) for share in _KEPT]
    changed = [_first_change(whole, decide(bars.between(0, cut)), cut) for cut in cuts if cut > warm_up]
    return min((bar for bar in changed if bar is not None), default=None)


def _first_change(whole: Signals, part: Signals, cut: int) -> int | None:
    differs = np.zeros(cut, np.bool_)
    for name in (*DECISIONS, *_AMOUNTS):
        before, after = getattr(whole, name), getattr(part, name)
        if before is not None and after is not None:
            same = before[:cut] == after
            # NaN is no amount, in both.
            differs |= ~(same | (np.isnan(before[:cut]) & np.isnan(after)))
    return int(differs.argmax()) if differs.any() else None
