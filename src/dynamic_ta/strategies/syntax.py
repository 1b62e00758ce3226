"""From the text of an expression to Python's own tree of it: the characters, the brackets, the order of operations."""

import ast
import warnings

from dynamic_ta.strategies.errors import ExpressionError

_BLANKS = str.maketrans("\n\r\t", "   ")
_MOST_CHARACTERS = 2_000


def read_syntax(text: str, where: str) -> tuple[ast.expr, int]:
    """Return the tree of ``text``, and how many blanks stand before what its columns count from.

    Raises
    ------
    ExpressionError : too long, empty, a character that the language does not have, or what Python cannot parse
    """
    flat = text.translate(_BLANKS)
    source = flat.strip(" ")
    start = len(flat) - len(flat.lstrip(" "))
    if not source:
        raise ExpressionError(where, 1, "is empty", "write an expression, or remove the key")
    if len(flat) > _MOST_CHARACTERS:
        raise ExpressionError(where, _MOST_CHARACTERS, "is longer than an expression may be", "name parts of it")
    odd = next((at for at, letter in enumerate(flat) if not " " <= letter <= "~" or letter in "#\\"), None)
    if odd is not None:
        hint = "write comments as TOML's, above the key" if flat[odd] == "#" else "use plain ASCII"
        raise ExpressionError(where, odd + 1, f"{flat[odd]!r} is not of the language", hint)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # "1and 2" is only warned of
            return ast.parse(source, mode="eval").body, start
    except SyntaxError as error:
        column = start + (error.offset or len(source) + 1)  # it says 0 where the text ends too early
        raise ExpressionError(where, column, f"cannot be read ({error.msg})", "correct it there") from error
    except (MemoryError, RecursionError) as error:  # how Python's parser says that its stack is full
        raise ExpressionError(where, 1, "is nested too deeply", "name parts of it as lines") from error
