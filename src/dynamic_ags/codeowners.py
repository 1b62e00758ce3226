"""CODEOWNERS, read as GitHub reads it: the last match owns a path."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dynamic_ags.errors import PatternError, UnreadableError
from dynamic_ags.patterns import Pattern, pattern

CODEOWNERS = ".github/CODEOWNERS"
_COMMENT = re.compile(r"(?:^|[ \t])#")
_SPACES = re.compile(r"[ \t]+")


@dataclass(frozen=True, slots=True)
class Line:
    """One rule; no owners means that nobody owns what it matches. Owners are in lower case, as GitHub compares them."""

    number: int
    pattern: Pattern
    owners: tuple[str, ...]


def read_codeowners(root: Path, file: str = CODEOWNERS) -> tuple[Line, ...]:
    """Read ``root/file``.

    Raises
    ------
    UnreadableError : no such file, or a line that is not understood. GitHub skips such a line without a word, and the
        paths go to an owner that nobody meant.
    """
    try:
        text = (root / file).read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise UnreadableError(f"cannot read {root / file} ({reason})", "write it from the manifest") from error
    return parse_codeowners(file, text)


def parse_codeowners(file: str, text: str) -> tuple[Line, ...]:
    """Return the rules in ``text``; see ``read_codeowners``."""
    found: list[Line] = []
    # Not splitlines: it also ends a line at U+2028 and the like, and the rest of a comment would become a rule.
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        words = [word for word in _SPACES.split(_COMMENT.split(line, maxsplit=1)[0]) if word]
        if not words:
            continue
        try:
            found.append(Line(number, pattern(words[0]), tuple(word.lower() for word in words[1:])))
        except PatternError as error:
            raise UnreadableError(f"{file}:{number}: {error.message}", error.hint) from error
        if wrong := next((word for word in words[1:] if "@" not in word), ""):
            raise UnreadableError(f"{file}:{number}: {wrong!r} is no owner", "write @user, @org/team or an address")
    return tuple(found)


def owning_line(lines: Sequence[Line], path: str) -> Line | None:
    """Return the rule that decides who owns the file ``path``."""
    return next((line for line in reversed(lines) if line.pattern.matches(path)), None)
