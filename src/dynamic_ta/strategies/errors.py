"""What can be wrong with a strategy: its file, an expression in it, or what it meets in the bars."""

from collections.abc import Iterable
from difflib import get_close_matches

from dynamic_base import ExitCode
from dynamic_ta.errors import TaError


class StrategyError(TaError):
    """The root of what strategies raise; on its own, a file or a set of parameters that makes no strategy."""


class UnknownStrategyError(StrategyError):
    """There is no such file or example."""

    exit_code = ExitCode.USAGE


class ExpressionError(StrategyError):
    """An expression is not of the language, or has another type than its place asks for.

    Parameters
    ----------
    where : the file and the key
    column : int, counted from 1, in the expression
    """

    def __init__(self, where: str, column: int, message: str, hint: str) -> None:
        super().__init__(f"{where}, column {column}: {message}", hint)
        self.where = where
        self.column = column


class StrategyBarsError(StrategyError):
    """The strategy is sound, but not on these bars.

    Parameters
    ----------
    bar : int, counted from 0, where it fails; None where there are too few of them
    """

    def __init__(self, message: str, hint: str, bar: int | None = None) -> None:
        super().__init__(message, hint)
        self.bar = bar


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint that names what ``name`` may have been meant to be, else everything that there is."""
    names = sorted(known)
    close = get_close_matches(name, names, 1)
    if close:
        return f"did you mean {close[0]}?"
    return f"use one of {', '.join(names)}" if names else "there is none to use here"
