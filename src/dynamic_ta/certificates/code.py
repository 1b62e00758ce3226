"""Which of our sources a certified run reaches, each with its digest.

Reached is what the run's module imports, and what that imports, anywhere in a file. Tables that import every row would
make each row's edit an edit of all: of the indicators only those count that the strategy names.
"""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from dynamic_base.sealed import sha256
from dynamic_ta.certificates.errors import CertificateError
from dynamic_ta.strategies import Strategy
from dynamic_ta.strategies.tree import Output, walk

_ROOT = "dynamic_"
_START = "dynamic_ta.certificates.run"
# It lists the rows, and says nothing of them that their own files do not.
_TABLE = "dynamic_ta.indicators"


def indicators_of(strategy: Strategy) -> tuple[str, ...]:
    """Return the names of the indicators that the rules and amounts of ``strategy`` read, sorted."""
    nodes = (part for node in strategy.expressions.values() for part in walk(node))
    return tuple(sorted({part.indicator for part in nodes if isinstance(part, Output)}))


def reached_code(strategy: Strategy) -> dict[str, str]:
    """Return the SHA-256 of each module's source that a run of ``strategy`` reaches, by the module's name, sorted."""
    rows = [f"{_TABLE}.{name}" for name in indicators_of(strategy)]
    for row in rows:
        _source(row)  # raises where a row has no file of its own, whose edits would go unseen
    return {name: sha256(_source(name)) for name in sorted(_closure((_START, *rows)))}


def _closure(start: Iterable[str]) -> set[str]:
    seen: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        # The table is followed to no row. A folder without an __init__.py has no source of its own.
        if name in seen or name == _TABLE or _path(name) is None:
            continue
        seen.add(name)
        waiting.extend(imported for imported in _imports(_source(name)) if imported not in seen)
    return seen


@cache
def _imports(source: bytes) -> tuple[str, ...]:
    """Return our modules that ``source`` imports, and the packages that they are in, which Python runs first."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found.update(_with_packages(alias.name for alias in node.names))
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.update(_with_packages([node.module]))
            if node.module.startswith(_ROOT):
                inner = (f"{node.module}.{alias.name}" for alias in node.names)
                found.update(module for module in inner if _path(module) is not None)
    return tuple(sorted(found))


def _with_packages(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        if name.startswith(_ROOT):
            parts = name.split(".")
            yield from (".".join(parts[: n + 1]) for n in range(len(parts)))


@cache
def _path(name: str) -> Path | None:
    try:
        spec = find_spec(name)
    except ModuleNotFoundError:
        return None
    return Path(spec.origin) if spec is not None and spec.origin is not None else None


def _source(name: str) -> bytes:
    path = _path(name)
    if path is None or path.suffix != ".py":
        raise CertificateError(f"there is no source of {name}", "run from a checkout or the packaged program")
    return path.read_bytes()
