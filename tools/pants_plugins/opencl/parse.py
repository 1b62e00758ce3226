"""What a kernel includes, and which kernels a Python file names. Pure: bytes in, values out."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from dataclasses import dataclass
from itertools import groupby

from opencl.targets import EXTENSIONS

# Strings are matched first, so that `//` inside one is no comment.
_STRING_OR_COMMENT = re.compile(r'"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"\n]+)"', re.MULTILINE)


@dataclass(frozen=True)
class Reference:
    """A kernel or header named in a file; a ``required`` one must exist."""

    name: str
    line: int
    required: bool


def includes(source: bytes) -> tuple[Reference, ...]:
    """Return each ``#include "…"`` outside of comments; ``#if`` is not judged, and ``<…>`` is the compiler's own."""
    text = _STRING_OR_COMMENT.sub(_blank_comment, source.decode(errors="replace"))
    return tuple(
        Reference(match[1], line=text.count("\n", 0, match.start(1)) + 1, required=True)
        for match in _INCLUDE.finditer(text)
    )


def python_references(source: bytes) -> tuple[Reference, ...]:
    """Return the literals that end like a kernel, and the literal first arguments of ``load_kernel``.

    Only a kernel that is ``load_kernel``'s sole argument must exist: the second one is another root.

    Tokens, not a syntax tree: Pants runs on 3.9, whose ``ast`` refuses the ``match`` and ``except*`` of newer code, and
    a file that it refused would lose its kernels in silence.
    """
    if not any(hint in source for hint in (b"load_kernel", *(extension.encode() for extension in EXTENSIONS))):
        return ()
    try:
        tokens = [
            token
            for token in tokenize.tokenize(io.BytesIO(source).readline)
            if token.type not in (tokenize.NL, tokenize.COMMENT)
        ]
    except (tokenize.TokenError, SyntaxError):
        return ()  # Pants' own parser reports it
    references, before = [], ["", ""]
    groups = [(is_string, list(run)) for is_string, run in groupby(tokens, lambda token: token.type == tokenize.STRING)]
    for index, (is_string, run) in enumerate(groups):
        words = [token.string for token in run]
        if is_string:
            after = [token.string for token in groups[index + 1][1][:2]]
            value = _value(words)
            if value is not None and before[-2:] == ["load_kernel", "("] and after[0] in {")", ","}:
                alone = after[0] == ")" or after == [",", ")"]  # a second argument is another root
                references.append(Reference(f"{value}.cl", run[0].start[0], required=alone))
            elif value is not None and value.endswith(EXTENSIONS):
                references.append(Reference(value, run[0].start[0], required=False))
        before = words
    return tuple(references)


def _blank_comment(match: re.Match[str]) -> str:
    found = match[0]
    return found if found.startswith('"') else " " + "\n" * found.count("\n")


def _value(words: list[str]) -> str | None:
    """Return the value of adjacent string tokens; None for f-strings and bytes."""
    try:
        value = ast.literal_eval(" ".join(words))
    except (ValueError, SyntaxError):
        return None
    return value if isinstance(value, str) else None
