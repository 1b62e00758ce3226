"""The blocks of a module: what one edit can change, so that a test which did not execute it sees no difference.

A block is a function of the module, or a method of its classes at any depth, with everything inside it. Everything
else is the block ``<module>``, which an import executes: statements, the bodies of classes, and of each function all
that can be seen without calling it: its name, decorators, parameters, defaults, annotations and docstring, in their
order, and whether a call of it makes a generator or a coroutine.

A block's digest is that of its syntax tree without positions: comments and format are no part of it.
"""

import ast
import hashlib
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

MODULE = "<module>"
_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
_DIGITS = 20  # 80 bits: far beyond any chance meeting of two digests of one block


@dataclass(frozen=True, slots=True)
class Blocks:
    """The blocks of one source.

    Parameters
    ----------
    digests : by qualified name; functions that share a name (overloads, branches, a property's parts) are one block
    spans : first and last line of each function, decorators included, with its name; they do not overlap
    """

    digests: dict[str, str]
    spans: tuple[tuple[int, int, str], ...]

    def at(self, line: int) -> str:
        """Return the block that the code object with this first line belongs to."""
        return next((name for first, last, name in self.spans if first <= line <= last), MODULE)


def blocks_of(source: bytes) -> Blocks | None:
    """Return the blocks of ``source``; None if it cannot be parsed here, so that only the whole can be compared.

    Notes
    -----
    O(length of the source). A source that only a newer Python than this one can parse gives None.
    """
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(source)
        cut = list(_cut(tree, ""))
        parts: dict[str, list[str]] = {MODULE: [ast.dump(tree)]}
        for name, function, body in cut:
            parts.setdefault(name, []).append(f"{type(function).__name__}{[ast.dump(statement) for statement in body]}")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    digests = {name: hashlib.sha256("\n".join(held).encode()).hexdigest()[:_DIGITS] for name, held in parts.items()}
    return Blocks(digests, tuple(sorted((*_lines(function), name) for name, function, _ in cut)))


def _cut(owner: ast.AST, prefix: str) -> Iterator[tuple[str, _Function, list[ast.stmt]]]:
    """Take the body out of each function that is not inside another, and leave what can be seen from outside."""
    for statement in _statements(owner):
        if isinstance(statement, _Function):
            documented = ast.get_docstring(statement, clean=False) is not None
            body = statement.body[documented:]
            seen = ast.Expr(ast.Constant(" ".join(sorted(_kind(body)))))
            statement.body = [*statement.body[:documented], seen]
            yield prefix + statement.name, statement, body
        else:
            inner = f"{prefix}{statement.name}." if isinstance(statement, ast.ClassDef) else prefix
            yield from _cut(statement, inner)


def _statements(owner: ast.AST) -> Iterator[ast.stmt]:
    """Return the statements of ``owner``'s own blocks, in order: of its body, branches, handlers and cases."""
    for child in ast.iter_child_nodes(owner):
        if isinstance(child, ast.stmt):
            yield child
        elif isinstance(child, ast.ExceptHandler | ast.match_case):
            yield from _statements(child)


def _kind(body: Iterable[ast.AST]) -> set[str]:
    """Return what of a function's body shows without a call: that it yields, and that it needs its class's cell."""
    found: set[str] = set()
    for node in body:
        if isinstance(node, ast.Yield | ast.YieldFrom):
            found.add("yields")
        if isinstance(node, ast.Name) and node.id in {"super", "__class__"}:
            found.add("class cell")
        inner = _kind(ast.iter_child_nodes(node))
        found |= inner - {"yields"} if isinstance(node, ast.Lambda | _Function) else inner
    return found


def _lines(function: _Function) -> tuple[int, int]:
    first = min(node.lineno for node in (function, *function.decorator_list))
    return first, function.end_lineno or function.lineno
