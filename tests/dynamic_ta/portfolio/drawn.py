"""Markets, targets and accounts to try a portfolio on."""

from dataclasses import replace

from dynamic_ta.data import Bars
from dynamic_ta.portfolio import Market, align


def market_of(*assets: Bars) -> Market:
    """Return these bars as assets a0, a1, ..."""
    return align([replace(bars, name=f"a{n}") for n, bars in enumerate(assets)])
