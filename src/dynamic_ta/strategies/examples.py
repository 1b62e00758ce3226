"""The strategies that come with the package. A new one is a file in ``examples/`` and a name here."""

from importlib.resources import files
from pathlib import Path

from dynamic_ta.strategies.document import parse_strategy, read_strategy
from dynamic_ta.strategies.errors import UnknownStrategyError, nearest
from dynamic_ta.strategies.model import Strategy

EXAMPLES = ("bollinger", "donchian-breakout", "macd-trend", "rsi-reversion", "sma-cross")


def load_example(name: str) -> Strategy:
    """Return the example ``name``.

    Raises
    ------
    UnknownStrategyError : no example is called so
    """
    if name not in EXAMPLES:
        raise UnknownStrategyError(f"no example is called {name!r}", nearest(name, EXAMPLES))
    path = files("dynamic_ta.strategies") / "examples" / f"{name}.toml"
    return parse_strategy(path.read_bytes(), f"{name}.toml")


def find_strategy(wanted: str) -> Strategy:
    """Return the strategy of the file ``wanted`` where that ends in .toml, else the example of that name.

    Raises
    ------
    UnknownStrategyError : no such file or example
    StrategyError : see ``parse_strategy``
    """
    return read_strategy(Path(wanted)) if wanted.endswith(".toml") else load_example(wanted)
