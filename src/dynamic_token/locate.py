"""Where a key of a TOML file stands: ``tomllib`` gives values without lines."""

import re
from collections.abc import Sequence

_TABLE = re.compile(r"\s*(\[\[?)\s*([\w.-]+)\s*\]")
_KEY = re.compile(r"\s*([\w-]+)\s*=")


def line_of(text: str, path: Sequence[str | int]) -> int | None:
    """Return the line, from 1, of ``path`` or of the nearest table above it; None if no part of it has a line.

    Knows tables, arrays of tables and plain keys, which is how a treasury file is written.
    """
    lines = _lines(text)
    steps = tuple(path)
    return next((lines[steps[:n]] for n in range(len(steps), 0, -1) if steps[:n] in lines), None)


def spell(path: Sequence[str | int]) -> str:
    """Return ``path`` as a reader writes it: ``bucket.team.tranche[0].months``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def _lines(text: str) -> dict[tuple[str | int, ...], int]:
    found: dict[tuple[str | int, ...], int] = {}
    counts: dict[tuple[str | int, ...], int] = {}
    table: tuple[str | int, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _TABLE.match(line):
            table = _enter(header[2].split("."), is_array=header[1] == "[[", counts=counts)
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault((*table, key[1]), number)
    return found


def _enter(names: Sequence[str], *, is_array: bool, counts: dict[tuple[str | int, ...], int]) -> tuple[str | int, ...]:
    table: tuple[str | int, ...] = ()
    for depth, name in enumerate(names, 1):
        table = (*table, name)
        if depth == len(names) and is_array:
            counts[table] = counts.get(table, 0) + 1
        if table in counts:
            table = (*table, counts[table] - 1)
    return table
