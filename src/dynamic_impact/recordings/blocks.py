"""The blocks of a module: what one edit can change, so that a test which did not execute it sees no difference.

A block is a function of the module, or a method of its classes at any depth, with everything inside it. Everything
else is the block ``<module>``, which an import executes: statements, the bodies of classes, and of each function all
that can be seen without calling it: its name, decorators, parameters, annotations and docstring, in their order, and
whether a call of it makes a generator or a coroutine.

The values of its defaults, where it does nothing to make them, are a block of their own: only a call and a reading of
``__defaults__``, which Python tells of, can see them. That there is a default stays in ``<module>``: a call without a
value that it needs fails before it is seen.

A block's digest is that of its syntax tree without positions: comments and format are no part of it.
"""

import ast
import hashlib
import warnings
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import TypeAlias

MODULE = "<module>"
_DEFAULTS = "the defaults of "
_REACHES_IN = frozenset(("globals", "vars", "locals", "exec", "eval", "delattr", "__delattr__", "__dict__", "modules"))
Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
_DIGITS = 20  # 80 bits: far beyond any chance meeting of two digests of one block


def defaults_of(function: str) -> str:
    """Return the name of the block of a function's defaults."""
    return _DEFAULTS + function


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
        bound = _bound_at(tree)
        cut = list(_cut(tree, ""))
        defaults = _take_defaults(cut, bound)
        parts: dict[str, list[str]] = {MODULE: [ast.dump(tree)]}
        for name, function, body in cut:
            parts.setdefault(name, []).append(f"{type(function).__name__}{[ast.dump(statement) for statement in body]}")
        for name, values in defaults:
            parts.setdefault(defaults_of(name), []).append(values)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    digests = {name: hashlib.sha256("\n".join(held).encode()).hexdigest()[:_DIGITS] for name, held in parts.items()}
    return Blocks(digests, tuple(sorted((*_lines(function), name) for name, function, _ in cut)))


def _cut(owner: ast.AST, prefix: str) -> Iterator[tuple[str, Function, list[ast.stmt]]]:
    """Take the body out of each function that is not inside another, and leave what can be seen from outside."""
    for statement in statements(owner):
        if isinstance(statement, Function):
            documented = ast.get_docstring(statement, clean=False) is not None
            body = statement.body[documented:]
            seen = ast.Expr(ast.Constant(" ".join(sorted(_kind(body)))))
            statement.body = [*statement.body[:documented], seen]
            yield prefix + statement.name, statement, body
        else:
            inner = f"{prefix}{statement.name}." if isinstance(statement, ast.ClassDef) else prefix
            yield from _cut(statement, inner)


def _take_defaults(
    cut: Iterable[tuple[str, Function, Iterable[ast.AST]]], bound: Mapping[int, Set[str]]
) -> list[tuple[str, str]]:
    """Take out of each function the values of its defaults that nothing has to be done for, and return them.

    A generator's or coroutine's stay, since a call of it shows them in a frame before its body is executed.
    """
    found = []
    for name, function, body in cut:
        if isinstance(function, ast.AsyncFunctionDef) or "yields" in _kind(body):
            continue
        known = bound.get(id(function), frozenset())
        taken = []
        for held in (function.args.defaults, function.args.kw_defaults):
            for place, value in enumerate(held):
                if value is not None and _is_plain(value, known):
                    taken.append(ast.dump(value))
                    held[place] = ast.Constant(...)
                else:
                    taken.append("")
        if any(taken):
            found.append((name, str(taken)))
    return found


def _is_plain(value: ast.expr, known: Set[str]) -> bool:
    """Say whether to evaluate ``value`` cannot fail, calls nothing and changes nothing."""
    if isinstance(value, ast.Tuple | ast.List):
        return all(_is_plain(part, known) for part in value.elts)
    if isinstance(value, ast.Dict):
        return not value.keys
    if isinstance(value, ast.UnaryOp):
        plain = isinstance(value.op, ast.USub) and isinstance(value.operand, ast.Constant)
        return plain and type(value.operand.value) in (int, float, complex)  # type: ignore[attr-defined]
    return isinstance(value, ast.Constant | ast.Lambda) or (isinstance(value, ast.Name) and value.id in known)


def _bound_at(tree: ast.Module) -> dict[int, frozenset[str]]:
    """Return, for each function of the module itself, the names that are surely bound where it stands.

    A class's own names may hide the module's, and have a namespace that does more than hold them. None is sure where
    something is done to the module's namespace by other means.
    """
    nodes = list(ast.walk(tree))
    if any(_name(node) in _REACHES_IN for node in nodes):
        return {}
    gone = {_name(target) for node in nodes if isinstance(node, ast.Delete) for target in node.targets}
    gone |= {node.name for node in nodes if isinstance(node, ast.ExceptHandler) and node.name}
    found: dict[int, frozenset[str]] = {}
    bound: set[str] = set()
    for statement in tree.body:
        if isinstance(statement, Function):
            found[id(statement)] = frozenset(bound - gone)
        if isinstance(statement, ast.Import | ast.ImportFrom):
            bound.update((item.asname or item.name).partition(".")[0] for item in statement.names)
        elif isinstance(statement, ast.Assign):
            bound.update(target.id for target in statement.targets if isinstance(target, ast.Name))
        elif isinstance(statement, ast.AnnAssign) and statement.value and isinstance(statement.target, ast.Name):
            bound.add(statement.target.id)
        elif isinstance(statement, Function | ast.ClassDef):
            bound.add(statement.name)
    return found


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def statements(owner: ast.AST) -> Iterator[ast.stmt]:
    """Return the statements of ``owner``'s own blocks, in order: of its body, branches, handlers and cases."""
    for child in ast.iter_child_nodes(owner):
        if isinstance(child, ast.stmt):
            yield child
        elif isinstance(child, ast.ExceptHandler | ast.match_case):
            yield from statements(child)


def _kind(body: Iterable[ast.AST]) -> set[str]:
    """Return what of a function's body shows without a call: that it yields, and that it needs its class's cell."""
    found: set[str] = set()
    for node in body:
        if isinstance(node, ast.Yield | ast.YieldFrom):
            found.add("yields")
        if isinstance(node, ast.Name) and node.id in {"super", "__class__"}:
            found.add("class cell")
        inner = _kind(ast.iter_child_nodes(node))
        found |= inner - {"yields"} if isinstance(node, ast.Lambda | Function) else inner
    return found


def _lines(function: Function) -> tuple[int, int]:
    first = min(node.lineno for node in (function, *function.decorator_list))
    return first, function.end_lineno or function.lineno
