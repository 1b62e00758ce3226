"""Random expressions of the language, as text, and strategies made of them."""

from random import Random

from hypothesis import strategies as st

from dynamic_ta import INDICATORS, Indicator, IndicatorInputError
from dynamic_ta.data.model import NUMBERS
from dynamic_ta.simulation import Account
from dynamic_ta.strategies.model import AMOUNTS, RULES, Setting, Strategy
from dynamic_ta.strategies.parse import Scope, parse
from tests.dynamic_ta.strategies.markets import walk

SETTINGS = (Setting("bars", 3), Setting("level", 1.5))
SCOPE = Scope(("bars", "level"))
_SHORT = walk(40)
_NUMBERS = (
    "bars",
    "level",
    "0",
    "1",
    "2.5",
    "100",
    "-3",
    "0.1",
    "bars + level",
    "level / 4",
    "-bars",
    "12345.6789012345",
)
_DIVISORS = ("bars", "level", "2.5", "-3", "0.1")


def _short(row: Indicator) -> tuple[int | float, ...]:
    """Return small settings that ``row`` takes, so that few bars are enough; its defaults where it takes none."""
    small = tuple(max(p.least, p.default // 4) if isinstance(p.default, int) else p.default for p in row.parameters)
    try:
        row.oracle(tuple(getattr(_SHORT, name) for name in row.inputs), small)
    except IndicatorInputError:
        return row.defaults
    return small


def _calls(row: Indicator) -> list[str]:
    settings = ", ".join(f"{value:g}" for value in _short(row))
    return [f"{row.name}({settings})" + ("" if name == row.name else f".{name}") for name in row.outputs]


INDICATOR_CALLS = [call for row in INDICATORS for call in _calls(row)]
_NESTABLE = [call for row in INDICATORS if len(row.inputs) == 1 for call in _calls(row)]


class Writer:
    """Writes expressions of at most ``depth`` levels.

    Not Hypothesis' own recursive strategies: they draw so many choices that they take longer than what they test.
    """

    def __init__(self, random: Random) -> None:
        self._random = random

    def _one(self, *texts: str) -> str:
        return self._random.choice(texts)

    def value(self, depth: int) -> str:
        return self._one(*_NUMBERS) if self._random.random() < 0.3 else self.line(depth)

    def line(self, depth: int) -> str:
        """Return the text of a line."""
        if depth == 0 or self._random.random() < 0.2:
            return self._one(*NUMBERS) if self._random.random() < 0.5 else self._one(*INDICATOR_CALLS)
        inner = self.line(depth - 1)
        match self._random.randrange(9):
            case 0:
                return f"({inner}) {self._one(*'+-*')} ({self.value(depth - 1)})"
            case 1:
                return f"({self.value(depth - 1)}) {self._one(*'+-*/')} ({inner})"
            case 2:
                return f"({inner}) / {self._one(*_DIVISORS)}"
            case 3:
                return f"{self._one('min', 'max')}({inner}, {self.value(depth - 1)})"
            case 4:
                return f"lag({inner}, {self._random.randrange(5)})"
            case 5:
                return f"{self._one('highest', 'lowest')}({inner}, {self._one('bars', '1', '6')})"
            case 6:
                return f"abs({inner})"
            case 7:
                return f"-({inner})"
            case _:
                return self._one(*_NESTABLE).replace("(", f"({inner}, ", 1)

    def condition(self, depth: int) -> str:
        """Return the text of a condition."""
        if depth == 0 or self._random.random() < 0.4:
            left, right = self.line(depth), self.value(depth)
            match self._random.randrange(3):
                case 0:
                    return f"{self._one('crosses_above', 'crosses_below')}({left}, {right})"
                case 1:
                    return f"({left}) {self._one('<', '<=', '>', '>=', '==', '!=')} ({right})"
                case _:
                    return f"({right}) {self._one('<', '<=', '>', '>=', '==', '!=')} ({left})"
        inner = self.condition(depth - 1)
        if self._random.random() < 0.3:
            return f"not ({inner})"
        return f"({inner}) {self._one('and', 'or')} ({self.condition(depth - 1)})"


def strategy_of(**texts: str) -> Strategy:
    """Return the strategy of these rules and amounts, with the parameters ``bars`` and ``level``."""
    found = {key: parse(texts[key], key, SCOPE).node for key in (*RULES, *AMOUNTS) if key in texts}
    return Strategy("made", "", SETTINGS, {}, found, Account())


def random_texts(seed: int, depth: int) -> dict[str, str]:
    """Return an expression for every rule and amount."""
    writer = Writer(Random(seed))
    return {key: writer.condition(depth) if key in RULES else writer.line(depth) for key in (*RULES, *AMOUNTS)}


texts = st.builds(random_texts, st.integers(0, 2**32), st.integers(0, 3))
strategies = texts.map(lambda found: strategy_of(**found))
