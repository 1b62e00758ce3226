"""A strategy as it was read."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from dynamic_base import digest
from dynamic_ta.simulation import Account
from dynamic_ta.strategies.text import text_of
from dynamic_ta.strategies.tree import Node

ENTRIES = ("enter_long", "enter_short")
EXITS = ("exit_long", "exit_short")
RULES = ("enter_long", "exit_long", "enter_short", "exit_short")
AMOUNTS = ("stop_distance", "size")


def place_of(key: str) -> str:
    """Return where ``key`` stands in a file."""
    return f"{'rules' if key in RULES else 'position'}.{key}"


@dataclass(frozen=True, slots=True)
class Setting:
    """A parameter of a strategy.

    Parameters
    ----------
    default : an int takes whole numbers only
    least, most : the range that a sweep may vary it in, both ends included; None where it may not
    step : between two values of a sweep
    """

    name: str
    default: int | float
    least: int | float | None = None
    most: int | float | None = None
    step: int | float | None = None

    @property
    def is_whole(self) -> bool:
        return isinstance(self.default, int)


@dataclass(frozen=True, slots=True)
class Strategy:
    """What a file says, checked.

    Parameters
    ----------
    lines : the named lines; they stand in ``expressions`` too, wherever they were named
    expressions : by key: those of RULES that the file has, then those of AMOUNTS
    account : the terms that it is made for; the defaults where the file has none
    """

    name: str
    title: str
    settings: tuple[Setting, ...]
    lines: Mapping[str, Node]
    expressions: Mapping[str, Node]
    account: Account

    @property
    def rules(self) -> dict[str, Node]:
        return {key: node for key, node in self.expressions.items() if key in RULES}

    @property
    def digest(self) -> str:
        """SHA-256 of what the strategy does: not of comments, spacing, titles, or the names of its lines."""
        return digest(document_of(self))


def document_of(strategy: Strategy) -> dict[str, object]:
    """Return ``strategy`` as a document for JSON; each expression as the one text of its tree."""
    return {
        "schema": "dynamic.strategy/1",
        "name": strategy.name,
        "parameters": [
            {"name": each.name, "default": each.default, "least": each.least, "most": each.most, "step": each.step}
            for each in strategy.settings
        ],
        "expressions": {key: text_of(node) for key, node in strategy.expressions.items()},
        "account": asdict(strategy.account),
    }
