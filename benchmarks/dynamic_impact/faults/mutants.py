"""Small faults in source text: an operator finds the places where it applies, and a mutant is one edit at one place."""

import ast
import hashlib
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

_DATA = (".csv", ".json", ".jsonl", ".toml", ".txt", ".yaml", ".yml", ".rego")


@dataclass(frozen=True, slots=True, order=True)
class Mutant:
    """One fault.

    Parameters
    ----------
    path : str, relative to the root of the subject
    start, end : int, bytes of the file that ``text`` replaces; the whole file goes where ``operator`` is drop_file
    line : int, from 1, for a person
    """

    subject: str
    operator: str
    path: str
    start: int
    end: int
    line: int
    before: str
    text: str

    @property
    def id(self) -> str:
        """A name that stays while the subject's file stays."""
        whole = f"{self.path}\0{self.start}\0{self.end}\0{self.before}\0{self.text}"
        return f"{self.subject}-{self.operator}-{hashlib.sha256(whole.encode()).hexdigest()[:8]}"

    def apply(self, content: bytes) -> bytes | None:
        """Return the file with the fault in it; None where the file goes."""
        if self.operator == "drop_file":
            return None
        return content[: self.start] + self.text.encode() + content[self.end :]


Edit = tuple[ast.AST | tuple[int, int], str]
"""What is replaced, a node or a range of bytes; and the text that stands there then."""


@dataclass(frozen=True, slots=True)
class Module:
    """A parsed file, with the way from a node's line and column to the file's bytes."""

    content: bytes
    tree: ast.Module
    starts: tuple[int, ...]

    @classmethod
    def read(cls, content: bytes) -> "Module":
        starts = [0]
        for line in content.splitlines(keepends=True):
            starts.append(starts[-1] + len(line))
        return cls(content, ast.parse(content), tuple(starts))

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Return the bytes of ``node``; a function's or class's include its decorators."""
        place = node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.decorator_list:
            place = node.decorator_list[0]
        start = self.starts[place.lineno - 1] + place.col_offset  # type: ignore[attr-defined]
        if place is not node:
            start = self.content.rindex(b"@", 0, start)
        return start, self.starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]

    def between(self, left: ast.AST, right: ast.AST, word: str) -> tuple[int, int] | None:
        """Return the bytes of the operator ``word`` between two operands; None where a comment hides it."""
        start, end = self.span(left)[1], self.span(right)[0]
        found = re.search(re.escape(word.encode()).replace(rb"\ ", rb"\s+"), self.content[start:end])
        return None if found is None else (start + found.start(), start + found.end())

    def is_other(self, span: tuple[int, int], text: str) -> bool:
        """Say whether the edit leaves valid Python that is not the same program.

        Just the top-level statement around it is parsed: it stands alone, and a whole module a mutant takes minutes.
        """
        around = next(
            (one for one in self.tree.body if self.span(one)[0] <= span[0] and span[1] <= self.span(one)[1]), None
        )
        start, end = (0, len(self.content)) if around is None else self.span(around)
        before, after = self.content[start : span[0]], self.content[span[1] : end]
        try:
            changed = ast.parse(before + text.encode() + after)
        except (SyntaxError, ValueError):
            return False
        return ast.dump(changed) != ast.dump(ast.parse(self.content[start:end]))

    def documentation(self) -> set[int]:
        """Return the nodes that are documentation: no test can see most of them."""
        owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        return {
            id(node.body[0].value)
            for node in ast.walk(self.tree)
            if isinstance(node, owners) and node.body and isinstance(node.body[0], ast.Expr)
        }


_COMPARE: Mapping[type[ast.cmpop], tuple[str, str]] = MappingProxyType(
    {
        ast.Eq: ("==", "!="),
        ast.NotEq: ("!=", "=="),
        ast.Lt: ("<", ">="),
        ast.LtE: ("<=", ">"),
        ast.Gt: (">", "<="),
        ast.GtE: (">=", "<"),
        ast.In: ("in", "not in"),
        ast.NotIn: ("not in", "in"),
        ast.Is: ("is", "is not"),
        ast.IsNot: ("is not", "is"),
    }
)
_ARITHMETIC: Mapping[type[ast.operator], tuple[str, str]] = MappingProxyType(
    {
        ast.Add: ("+", "-"),
        ast.Sub: ("-", "+"),
        ast.Mult: ("*", "+"),
        ast.Div: ("/", "*"),
        ast.FloorDiv: ("//", "*"),
        ast.Mod: ("%", "*"),
        ast.BitOr: ("|", "&"),
        ast.BitAnd: ("&", "|"),
    }
)


def _compare(module: Module) -> Iterator[Edit]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            word, other = _COMPARE[type(node.ops[0])]
            if place := module.between(node.left, node.comparators[0], word):
                yield place, other


def _arithmetic(module: Module) -> Iterator[Edit]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
            word, other = _ARITHMETIC[type(node.op)]
            if place := module.between(node.left, node.right, word):
                yield place, other


def _constant(module: Module) -> Iterator[Edit]:
    hidden = module.documentation() | {
        id(part) for node in ast.walk(module.tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)
    }
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and id(node) not in hidden and (text := _other_value(node.value)):
            yield node, text


def _other_value(value: object) -> str:
    if isinstance(value, bool):
        return str(not value)
    if isinstance(value, int | float):
        return repr(value + 1)
    return repr(f"{value}~") if isinstance(value, str) else ""


def _negate(module: Module) -> Iterator[Edit]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.If | ast.While | ast.IfExp):
            start, end = module.span(node.test)
            yield node.test, f"(not ({module.content[start:end].decode()}))"
        if isinstance(node, ast.BoolOp):
            word, other = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
            if place := module.between(node.values[0], node.values[1], word):
                yield place, other


def _return_none(module: Module) -> Iterator[Edit]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Return) and node.value is not None:
            yield node, "return None"


def _delete_statement(module: Module) -> Iterator[Edit]:
    hidden = module.documentation()
    for node in ast.walk(module.tree):
        plain = isinstance(node, ast.Assign | ast.AugAssign | ast.Raise | ast.Delete | ast.Assert)
        if plain or (isinstance(node, ast.Expr) and id(node.value) not in hidden):
            yield node, "pass"


def _default_argument(module: Module) -> Iterator[Edit]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.arguments):
            for default in (*node.defaults, *filter(None, node.kw_defaults)):
                other = _other_value(default.value) if isinstance(default, ast.Constant) else ""
                yield default, other or "None"


def _rename_function(module: Module) -> Iterator[Edit]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            start = module.starts[node.lineno - 1] + node.col_offset
            found = re.compile(rb"(?:def|class)\s+(\w+)").match(module.content, start)
            if found is not None:
                yield found.span(1), f"{node.name}_gone"


def _remove_method(module: Module) -> Iterator[Edit]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ClassDef):
            yield from ((item, "pass") for item in node.body if isinstance(item, ast.FunctionDef))


def _class_attribute(module: Module) -> Iterator[Edit]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ClassDef):
            for item in node.body:
                if isinstance(item, ast.Assign | ast.AnnAssign) and item.value is not None:
                    yield item.value, "None"


def _module_constant(module: Module) -> Iterator[Edit]:
    for node in module.tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            inside = [part for part in ast.walk(node.value) if isinstance(part, ast.Constant)]
            yield from ((part, text) for part in inside[:3] if (text := _other_value(part.value)))


def _decorator(module: Module) -> Iterator[Edit]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for item in node.decorator_list:
                start, end = module.span(item)
                yield (module.content.rindex(b"@", 0, start), end), "# no decorator"


def _drop_import(module: Module) -> Iterator[Edit]:
    for node in module.tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom) and getattr(node, "module", "") != "__future__":
            yield node, "pass"


OPERATORS: Mapping[str, Callable[[Module], Iterator[Edit]]] = MappingProxyType(
    {
        "compare": _compare,
        "arithmetic": _arithmetic,
        "constant": _constant,
        "negate": _negate,
        "return_none": _return_none,
        "delete_statement": _delete_statement,
        "default_argument": _default_argument,
        "rename": _rename_function,
        "remove_method": _remove_method,
        "class_attribute": _class_attribute,
        "module_constant": _module_constant,
        "decorator": _decorator,
        "drop_import": _drop_import,
    }
)


def find_mutants(subject: str, path: str, content: bytes) -> Iterator[Mutant]:
    """Return every mutant of one file, all of them valid where the file is Python."""
    yield Mutant(subject, "drop_file", path, 0, len(content), 1, "", "")
    if path.endswith(".py"):
        module = Module.read(content)
        for operator, find in OPERATORS.items():
            yield from _of_edits(subject, operator, path, module, find(module))
    elif path.endswith(_DATA):
        for found in re.finditer(rb"[0-9]", content):
            other = str((int(found[0]) + 1) % 10)
            yield _mutant(subject, "data_value", path, content, found.span(), other)


def _of_edits(subject: str, operator: str, path: str, module: Module, edits: Iterator[Edit]) -> Iterator[Mutant]:
    for place, text in edits:
        span = place if isinstance(place, tuple) else module.span(place)
        if module.is_other(span, text):
            yield _mutant(subject, operator, path, module.content, span, text)


def _mutant(subject: str, operator: str, path: str, content: bytes, span: tuple[int, int], text: str) -> Mutant:
    start, end = span
    line = content.count(b"\n", 0, start) + 1
    return Mutant(subject, operator, path, start, end, line, content[start:end].decode(errors="replace"), text)


def choose(subject: str, files: Mapping[str, bytes], number: int, seed: int) -> tuple[Mutant, ...]:
    """Return ``number`` mutants, or all: of each operator in turn one, of a file drawn from those that have any.

    The order is part of the answer: its first n are ``choose(…, n, seed)``.
    """
    draw = random.Random(f"{seed}:{subject}")
    pools: dict[str, dict[str, list[Mutant]]] = defaultdict(lambda: defaultdict(list))
    for path, content in sorted(files.items()):
        for mutant in find_mutants(subject, path, content):
            pools[mutant.operator][path].append(mutant)
    operators = sorted(pools)
    draw.shuffle(operators)
    chosen: dict[str, Mutant] = {}
    while operators and len(chosen) < number:
        for operator in tuple(operators):
            drawn = _take(pools[operator], draw)
            if drawn is None:
                operators.remove(operator)
            elif len(chosen) < number:
                chosen.setdefault(drawn.id, drawn)
    return tuple(chosen.values())


def _take(pool: dict[str, list[Mutant]], draw: random.Random) -> Mutant | None:
    paths: Sequence[str] = sorted(path for path, left in pool.items() if left)
    if not paths:
        return None
    left = pool[draw.choice(paths)]
    return left.pop(draw.randrange(len(left)))
