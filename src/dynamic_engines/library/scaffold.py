"""The start of a new kernel: files that work as they are, and a row in the table."""

import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template

from dynamic_base import UsageError, write_atomic

_NAME = re.compile(r"([a-z][a-z0-9_]*)/([a-z][a-z0-9_]*)")
_TABLE = "src/dynamic_engines/library/table.py"
_PAGE = "docs/engines/kernels.md"
_PEERS = "benchmarks/dynamic_engines/peers.py"


@dataclass(frozen=True, slots=True)
class Written:
    """One file: what was done to it, and what to edit in it next."""

    path: str
    done: str
    next: str


def parts_of(name: str) -> tuple[str, str]:
    """Return family and stem.

    Raises
    ------
    UsageError : ``name`` is not a kernel's name
    """
    match = _NAME.fullmatch(name)
    if match is None:
        raise UsageError(f"{name!r} is not a kernel's name", "write it like signals/scale: family, then name")
    return match[1], match[2]


def scaffold(root: Path, name: str, *, dry_run: bool = False) -> tuple[Written, ...]:
    """Write kernel, row, test, BUILD files where the family is new, and the rows of the table, the page and the peers.

    Raises
    ------
    UsageError : not a name, one that exists, or ``root`` is no clone of this repository
    """
    family, stem = parts_of(name)
    table = root / _TABLE
    if not table.is_file():
        if dry_run:  # for a look, no clone is needed
            return _plan(family, stem)
        raise UsageError(f"{root} has no {_TABLE}", "go into a clone of this repository, or name one with --repo DIR")
    constant = f"{family}_{stem}".upper()
    changed = {_TABLE: _with_row(table.read_text(encoding="utf-8"), family, stem, constant)}
    page = root / _PAGE
    changed[_PAGE] = _with_line(page.read_text(encoding="utf-8"), name) if page.is_file() else ""
    peers = root / _PEERS
    changed[_PEERS] = _with_peer(peers.read_text(encoding="utf-8"), name) if peers.is_file() else ""
    made = _made(family, stem, constant)
    for path in made:
        if (root / path).exists():
            raise UsageError(f"{path} exists", "choose another name, or delete it first")
    builds = {path: text for path, text in _builds(family).items() if not (root / path).exists()}
    if not dry_run:
        for path, text in {**made, **builds, **changed}.items():
            if text:
                write_atomic(root / path, text.encode())
    return _plan(family, stem)


def _plan(family: str, stem: str) -> tuple[Written, ...]:
    return (
        Written(f"kernels/{family}/{stem}.cl", "wrote", "put your computation in, and say layout, work and precision"),
        Written(
            f"src/dynamic_engines/library/{family}/{stem}.py",
            "wrote",
            "put your oracle, bound and cost in; derive the bound in writing",
        ),
        Written(
            f"tests/dynamic_engines/library/{family}/test_{stem}.py",
            "wrote",
            "judge the oracle by something that is not yours",
        ),
        Written(_TABLE, "changed", "nothing; the matrix, the tests and the benchmark walk it"),
        Written(_PEERS, "changed", "put the same work in NumPy there; a test asks for one a kernel"),
        Written(_PAGE, "changed", "nothing until the row changes; a test compares the two"),
    )


def _made(family: str, stem: str, constant: str) -> dict[str, str]:
    words = {"family": family, "stem": stem, "constant": constant}

    def filled(template: str) -> str:
        text = files("dynamic_engines.library").joinpath("templates", template).read_text(encoding="utf-8")
        return Template(text).substitute(words)

    return {
        f"kernels/{family}/{stem}.cl": filled("kernel.cl.txt"),
        f"src/dynamic_engines/library/{family}/{stem}.py": filled("row.py.txt"),
        f"tests/dynamic_engines/library/{family}/test_{stem}.py": filled("test.py.txt"),
    }


def _builds(family: str) -> dict[str, str]:
    return {
        f"kernels/{family}/BUILD": "opencl_sources()\n",
        f"src/dynamic_engines/library/{family}/BUILD": "python_sources()\n",
        f"tests/dynamic_engines/library/{family}/BUILD": "python_tests()\n",
    }


def _with_row(text: str, family: str, stem: str, constant: str) -> str:
    """Return the table with an import and a row, each where the order of names puts it."""
    line = f"from dynamic_engines.library.{family}.{stem} import {constant}"
    imports = re.findall(r"^from dynamic_engines\.library\.\S+ import \S+$", text, re.MULTILINE)
    if line in imports:
        raise UsageError(f"{family}/{stem} is in the table", "choose another name")
    ordered = sorted((*imports, line), key=lambda each: each.split()[1])
    text = text.replace("\n".join(imports), "\n".join(ordered))
    rows = [each.split()[3] for each in ordered if not each.split()[1].endswith(".model")]
    head, _, rest = text.partition("KERNELS: tuple[Kernel, ...] = (\n")
    tail = rest[rest.index(")") :]
    return f"{head}KERNELS: tuple[Kernel, ...] = (\n{''.join(f'    {row},{chr(10)}' for row in rows)}{tail}"


def _with_line(text: str, name: str) -> str:
    """Return the page with the new kernel's line."""
    line = f"| {name} | Scaled series | x | factor 2.0 | scaled | strict | - |"
    lines = text.splitlines()
    named = [n for n, each in enumerate(lines) if re.match(r"\| [a-z0-9_]+/[a-z0-9_]+ \|", each)]
    after = next((n for n in named if lines[n].split()[1] > name), named[-1] + 1)
    return "\n".join([*lines[:after], line, *lines[after:]]) + "\n"


def _with_peer(text: str, name: str) -> str:
    """Return the benchmark's peers with what the new kernel does, in NumPy, where the order of names puts it."""
    head, opening, rest = text.partition("NUMPY: dict[str, Peer] = {\n")
    end = rest.index("}\n")
    rows = rest[:end].splitlines(keepends=True)
    before = [n for n, row in enumerate(rows) if row.startswith('    "') and row.split('"')[1] > name]
    at = before[0] if before else len(rows)
    rows.insert(at, f'    "{name}": lambda x, factor: factor * x,\n')
    return head + opening + "".join(rows) + rest[end:]
