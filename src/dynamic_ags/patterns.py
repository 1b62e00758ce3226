"""CODEOWNERS' path patterns: gitignore's, less what GitHub leaves out.

What is not certain is refused rather than guessed: negation, character ranges, escapes and spaces (GitHub has none of
them), and ``**`` that is not a whole segment.

References
----------
GitHub, "About code owners", section "CODEOWNERS syntax"; git's own ``gitignore(5)``.
"""

import re
from dataclasses import dataclass

from dynamic_ags.errors import PatternError

_REFUSED = re.compile(r"[!\[\]\\#\s]")
_HINT = "write it with literal text, '*', '?', whole '**' segments, and a '/' at either end"


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern. Paths are relative to the repository, with ``/`` between names."""

    text: str
    regex: re.Pattern[str]

    def matches(self, path: str) -> bool:
        """Say whether the file ``path`` is covered."""
        return self.regex.fullmatch(path) is not None


def pattern(text: str) -> Pattern:
    """Return the pattern that ``text`` writes.

    A ``/`` before the end ties it to the repository's root, else it is found at any depth. It covers a file of that
    name and everything below a folder of that name; with ``/`` at its end only the latter. ``docs/*`` covers the files
    directly in ``docs`` (here GitHub leaves gitignore, which would go on downward).

    Raises
    ------
    PatternError : naming what is not understood
    """
    segments = text.strip("/").split("/")
    if refused := _REFUSED.search(text):
        raise PatternError(f"the pattern {text!r} holds {refused[0]!r}", _HINT)
    if "" in segments or text.startswith("//") or text.endswith("//"):
        raise PatternError(f"the pattern {text!r} has an empty segment", _HINT)
    if any("**" in segment and segment != "**" for segment in segments) or "**/**" in text or text.endswith("**/"):
        raise PatternError(f"the pattern {text!r} has '**' where its meaning is not certain", _HINT)
    return Pattern(text, re.compile(_regex(segments, "/" in text.rstrip("/"), text.endswith("/")), re.DOTALL))


def _regex(segments: list[str], anchored: bool, folder: bool) -> str:
    *before, last = segments
    start = "" if anchored else "(?:.*/)?"
    middle = "".join("(?:.*/)?" if segment == "**" else _segment(segment) + "/" for segment in before)
    if last == "**":
        return start + middle + ".+"
    if folder:
        return start + middle + _segment(last) + "/.+"
    if last == "*" and anchored:
        return start + middle + "[^/]+"
    return start + middle + _segment(last) + "(?:/.+)?"


def _segment(text: str) -> str:
    return "".join({"*": "[^/]*", "?": "[^/]"}.get(char, re.escape(char)) for char in text)
