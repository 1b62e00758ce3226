"""What a Python source defines, and by which names each definition leans on others: a guess by names, never a proof.

It serves the order of tests only. `dynamic_impact.recordings` decides by what was executed, and guesses nothing.
"""

import ast
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TypeAlias

from dynamic_impact.recordings.blocks import MODULE, Function, statements

STAR = "*"
_LONGEST_TEXT = 200  # of a string that names something; a longer one is prose or data
_WORD = re.compile(r"[^\W\d]\w+")
Mention: TypeAlias = tuple[str, str]
"""A name, after the name that it is an attribute of, or after ""."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A function or method, an assignment, an import, the head of a class, or another statement of a module.

    Parameters
    ----------
    block : the recorded block whose execution shows it (`dynamic_impact.recordings.blocks`)
    binds : the names by which others can mean it; none for a statement that only does something
    mentions : what it leans on
    text : what two definitions share only if they are the same; "" for a link that cannot change itself
    hops : how much farther off a thing is by way of it: an import only hands on, a class is more than a member
    lends : of an import, the name there by the name here
    """

    block: str
    binds: frozenset[str]
    mentions: frozenset[Mention]
    text: str
    hops: int = 1
    lends: tuple[tuple[str, str], ...] = ()


def definitions_of(source: bytes) -> tuple[Definition, ...] | None:
    """Return the definitions of ``source`` in their order; None if it cannot be parsed here."""
    try:
        with warnings.catch_warnings(action="ignore"):
            return tuple(_definitions(ast.parse(source), "", ""))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def changed_definitions(old: bytes | None, new: bytes | None) -> tuple[Definition, ...]:
    """Return the definitions of either source that the other does not hold just so; a source may be missing."""
    both = [definitions_of(source) or () if source is not None else () for source in (old, new)]
    texts = [{(one.block, one.text) for one in held} for held in both]
    return tuple(
        one
        for held, others in zip(both, reversed(texts), strict=True)
        for one in held
        if one.text and (one.block, one.text) not in others
    )


def words_of(text: str) -> frozenset[str]:
    """Return the words of ``text`` that could be names."""
    return frozenset(_WORD.findall(text))


def _definitions(owner: ast.AST, prefix: str, inside: str) -> Iterator[Definition]:
    """Return the definitions of a module, of a class ``inside`` or of a branch, whose names begin with ``prefix``."""
    for statement in statements(owner):
        if isinstance(statement, Function):
            yield _function(statement, prefix, inside)
        elif isinstance(statement, ast.ClassDef):
            yield from _class(statement, prefix)
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            yield from _imports(statement)
        else:
            yield _statement(statement)
            yield from _definitions(statement, prefix, inside)


def _function(function: Function, prefix: str, inside: str) -> Definition:
    special = inside and function.name.startswith("__") and function.name.endswith("__")
    documented = ast.get_docstring(function, clean=False) is not None
    nodes = [part for part in ast.iter_child_nodes(function) if not documented or part is not function.body[0]]
    return Definition(
        prefix + function.name,
        frozenset((function.name, inside) if special else (function.name,)),
        _mentions(nodes) - {("", name) for name in _locals(nodes)},
        "\n".join((type(function).__name__, function.name, *map(ast.dump, nodes))),
    )


def _class(held: ast.ClassDef, prefix: str) -> Iterator[Definition]:
    head = [*held.decorator_list, *held.bases, *held.keywords]
    name = frozenset((held.name,))
    yield Definition(MODULE, name, _mentions(head), "\n".join((prefix + held.name, *map(ast.dump, head))))
    members = tuple(_definitions(held, f"{prefix}{held.name}.", held.name))
    for methods, hops in ((False, 1), (True, 2)):
        links = frozenset(
            ("", bound) for one in members if one.text and (one.block != MODULE) is methods for bound in one.binds
        )
        yield Definition(MODULE, name, links, "", hops)
    yield from members


def _imports(statement: ast.Import | ast.ImportFrom) -> Iterator[Definition]:
    origin = (getattr(statement, "module", "") or "").rpartition(".")[2]
    for item in statement.names:
        theirs = item.name.rpartition(".")[2]
        mine = item.asname or (item.name.partition(".")[0] if isinstance(statement, ast.Import) else item.name)
        lent = mine if item.asname or isinstance(statement, ast.ImportFrom) else theirs
        mentions = {(origin, theirs), ("", origin)} - {("", "")}
        yield Definition(
            MODULE, frozenset((mine,)), frozenset(mentions), ast.dump(statement), hops=0, lends=((lent, theirs),)
        )


def _statement(statement: ast.stmt) -> Definition:
    """Return a statement without the statements inside it."""
    parts = [part for part in ast.iter_child_nodes(statement) if not _holds_statements(part)]
    bound = frozenset(
        node.id
        for node in chain.from_iterable(map(ast.walk, parts))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    )
    text = "\n".join((type(statement).__name__, *map(ast.dump, parts))) if parts else ""
    return Definition(MODULE, bound, _mentions(parts), text)


def _holds_statements(part: ast.AST) -> bool:
    return isinstance(part, ast.stmt | ast.ExceptHandler | ast.match_case)


def _mentions(nodes: Iterable[ast.AST]) -> frozenset[Mention]:
    """Return each name that is meant somewhere in ``nodes``, by words in a string too."""
    found: set[Mention] = set()
    for node in chain.from_iterable(map(ast.walk, nodes)):
        if isinstance(node, ast.Name):
            found.add(("", node.id))
        elif isinstance(node, ast.Attribute):
            owner = node.value
            of = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
            found.add((of, node.attr))
        elif isinstance(node, ast.arg | ast.keyword) and node.arg:
            found.add(("", node.arg))
        elif isinstance(node, ast.alias):
            found.add(("", node.name.rpartition(".")[2]))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) <= _LONGEST_TEXT:
            found.update(("", word) for word in words_of(node.value))
    return frozenset(found)


def _locals(nodes: Iterable[ast.AST]) -> set[str]:
    """Return the names that a function binds itself, its parameters left out: they may be fixtures."""
    walked = list(chain.from_iterable(map(ast.walk, nodes)))
    shared = {name for node in walked if isinstance(node, ast.Global) for name in node.names}
    return {node.id for node in walked if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)} - shared
