"""What ``pants.toml`` sets: files that it names, and which of its options a change edits."""

import fnmatch
import json
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from dynamic_impact.errors import PantsFailedError
from dynamic_impact.model import Change, OptionEdit, Status
from dynamic_impact.reach import Reach, reach_of, reach_of_place

_FOLDERS = ("[GLOBAL].pythonpath",)
_GLOBS = ("[GLOBAL].build_file_prelude_globs",)
_RESOLVES = "[python.resolves]."
_FROM_RESOLVE = ".install_from_resolve"
# Options that are tables of their own; their items are told apart.
_TABLES = frozenset(("resolves", "resolves_to_constraints_file", "resolves_to_interpreter_constraints"))
_BUILD_NAMES = ("BUILD", "BUILD.*")
_SHOWN = 60

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Options:
    """What of the configuration decides how far a file reaches.

    Parameters
    ----------
    named : each string with the option that holds it, in the files' order
    whole_locks : bool, in some file, each test is given all pins of its lock, whatever it imports
    build_names : patterns of the names of BUILD files
    edits : what the change edits of the configuration, and how far each edit goes
    compared : the configuration files whose edits stand in ``edits``
    """

    named: tuple[tuple[str, str], ...]
    whole_locks: bool = False
    build_names: tuple[str, ...] = _BUILD_NAMES
    edits: tuple[tuple[OptionEdit, Reach], ...] = ()
    compared: frozenset[str] = frozenset()

    def is_build_file(self, path: str) -> bool:
        """Say whether Pants reads target definitions from ``path``."""
        name = PurePosixPath(path).name
        return any(fnmatch.fnmatchcase(name, pattern) for pattern in self.build_names)

    def naming(self, path: str) -> Iterator[tuple[str, Reach]]:
        """Yield each option that names ``path`` (itself, a glob over it, or a plugin folder above it), and its reach.

        A lock is named by the tools that install from it. One that only user code resolves from is left to the graph,
        whose requirement targets depend on it.
        """
        for option, value in self.named:
            if option.startswith(_RESOLVES):
                if value == path:
                    yield from self.tools_of(option.removeprefix(_RESOLVES))
            elif _names(option, value, path):
                yield option, reach_of(option)

    def steers(self, path: str) -> bool:
        """Say whether an edit of ``path`` can change what a test says though no target shows it."""
        place = reach_of_place(PurePosixPath(path).name)
        reaches = [*([place] if place else ()), *(reach for _, reach in self.naming(path))]
        return is_pants_toml(path) or any(reach.everything or reach.kinds or reach.tests for reach in reaches)

    def is_lock(self, path: str) -> bool:
        """Say whether ``path`` is the lock of a resolve."""
        return any(option.startswith(_RESOLVES) and value == path for option, value in self.named)

    def tools_of(self, resolve: str) -> Iterator[tuple[str, Reach]]:
        """Yield the options that install a tool from ``resolve``, and the reach of each."""
        for option, value in self.named:
            if option.endswith(_FROM_RESOLVE) and value == resolve:
                yield option, reach_of(option)


def _names(option: str, value: str, path: str) -> bool:
    if option in _GLOBS:
        return fnmatch.fnmatch(path, value)
    return path == value or (option in _FOLDERS and path.startswith(value.rstrip("/") + "/"))


def read_options(build_root: Path) -> Options:
    """Read every ``pants*.toml`` of ``build_root``.

    Raises
    ------
    PantsFailedError : a file is no TOML
    """
    named: list[tuple[str, str]] = []
    build_names: set[str] = set()
    whole_locks = False
    for path in sorted(build_root.glob("pants*.toml")):
        try:
            document = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise PantsFailedError(f"{path} is not TOML ({error})", "mend the line it names") from error
        for section, values in document.items():
            named.extend(_strings(f"[{section}]", values))
        python = document.get("python")
        whole_locks |= isinstance(python, dict) and python.get("run_against_entire_lockfile") is True
        build_names.update(value for option, value in named if option == "[GLOBAL].build_patterns")
    return Options(tuple(named), whole_locks, tuple(sorted(build_names)) or _BUILD_NAMES)


def _strings(name: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield name, value.removeprefix("%(buildroot)s/")
    elif isinstance(value, list):
        for item in value:
            yield from _strings(name, item)
    elif isinstance(value, dict):
        for key, item in value.items():
            nested = f"[{name.strip('[]')}.{key}]" if isinstance(item, dict) else f"{name}.{key}"
            yield from _strings(name if key in ("add", "remove") else nested, item)


def compare_options(options: Options, change: Change, build_root: Path, old: Callable[[str], bytes | None]) -> Options:
    """Return ``options`` with what ``change`` edits of ``pants*.toml`` and ``pyproject.toml``, option by option.

    A file that cannot be compared is left out of ``compared``, and counts as a whole.

    Parameters
    ----------
    old : gives a file's content in the base, None where it was none
    """
    edits: list[tuple[OptionEdit, Reach]] = []
    compared: set[str] = set()
    for file in change.files if change.base else ():
        of_pants = is_pants_toml(file.path)
        # A new pyproject.toml moves pytest's root, whatever it says; an option counts wherever it stands.
        if not (of_pants or (PurePosixPath(file.path).name == "pyproject.toml" and file.status is Status.MODIFIED)):
            continue
        split = _pants_options if of_pants else _tool_tables
        try:
            before = split(_parsed(old(file.path)))
            path = build_root / file.path
            after = split(_parsed(path.read_bytes() if path.is_file() else None))
        except (ValueError, OSError):
            continue
        compared.add(file.path)
        edits.extend(
            (OptionEdit(file.path, name, _told(name, before, after), reach.told), reach)
            for name, reach in _edited(before, after, options)
        )
    return replace(options, edits=tuple(edits), compared=frozenset(compared))


def is_pants_toml(path: str) -> bool:
    """Say whether ``path`` is a configuration file of Pants, of whatever setting."""
    return fnmatch.fnmatchcase(path, "pants*.toml") and "/" not in path


def _parsed(content: bytes | None) -> Document:
    return tomllib.loads(content.decode()) if content is not None else {}


def _pants_options(document: Document) -> dict[str, Any]:
    """Return the value of each option, called "[section].name"; of a table of resolves, of each resolve."""
    found: dict[str, Any] = {}
    for section, values in document.items():
        for name, value in values.items() if isinstance(values, dict) else (("", values),):
            if section == "python" and name in _TABLES and isinstance(value, dict):
                found.update({f"[{section}.{name}].{key}": item for key, item in value.items()})
            else:
                found[f"[{section}].{name}"] = value
    return found


def _tool_tables(document: Document) -> dict[str, Any]:
    """Return the tables of ``pyproject.toml``, each as a whole: "[tool.name]", "[project.name]", "[build-system]"."""
    found: dict[str, Any] = {}
    for section, values in document.items():
        parts = values.items() if section in ("tool", "project") and isinstance(values, dict) else (("", values),)
        for name, value in parts:
            if (section, name) == ("tool", "poetry") and isinstance(value, dict):
                found.update({f"[tool.poetry.{key}]": item for key, item in value.items()})
            else:
                found[f"[{section}.{name}]" if name else f"[{section}]"] = value
    return found


def _edited(before: Document, after: Document, options: Options) -> Iterable[tuple[str, Reach]]:
    for name in sorted(before.keys() | after.keys()):
        if name in before and name in after and _same(before[name], after[name]):
            continue
        if not name.startswith(_RESOLVES):
            yield name, reach_of(name)
            continue
        # A resolve is its lock, at either path, and the tools that install from it.
        locks = tuple(str(side[name]) for side in (before, after) if name in side)
        yield name, Reach("users of the resolve", graph=True, locks=locks)
        yield from ((name, reach) for _, reach in options.tools_of(name.removeprefix(_RESOLVES)))


def _same(one: object, other: object) -> bool:
    # `true` is not 1 to Pants, as it is to Python.
    return json.dumps(one, sort_keys=True, default=repr) == json.dumps(other, sort_keys=True, default=repr)


def _told(name: str, before: Document, after: Document) -> str:
    if name not in before:
        return f"{_short(after[name])} is new"
    return f"{_short(before[name])} " + (f"to {_short(after[name])}" if name in after else "was dropped")


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
