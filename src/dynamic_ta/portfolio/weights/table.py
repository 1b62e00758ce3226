"""Every way to weigh assets. A new one is a file beside this and a row here."""

from dynamic_ta.portfolio.errors import TargetsError
from dynamic_ta.portfolio.weights.equal import EQUAL
from dynamic_ta.portfolio.weights.fixed import FIXED
from dynamic_ta.portfolio.weights.inverse_volatility import INVERSE_VOLATILITY
from dynamic_ta.portfolio.weights.model import Weighting

WEIGHTINGS = (EQUAL, INVERSE_VOLATILITY, FIXED)


def find_weighting(name: str) -> Weighting:
    """Return the row of that name.

    Raises
    ------
    TargetsError : there is none
    """
    for row in WEIGHTINGS:
        if row.name == name:
            return row
    raise TargetsError(f"no weights are called {name!r}", f"choose {', '.join(row.name for row in WEIGHTINGS)}")
