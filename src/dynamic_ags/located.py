"""YAML read together with the line of every key, so that a message can point at it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from dynamic_ags.errors import UnreadableError

# Line ends of YAML 1.1 that are none in YAML 1.2: a comment for one reader would be a key for the other.
_ENDINGS = re.compile("[\x85\u2028\u2029]")

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Located:
    """A YAML document.

    Parameters
    ----------
    file : str, the name that messages use
    value : mappings, lists and scalars; every key is the text that stands in the file, so ``on:`` is ``"on"``
    lines : the line of each key and list item, counted from 1; the document's own is ``()``
    """

    file: str
    value: Any
    lines: Mapping[KeyPath, int]

    def line(self, path: KeyPath) -> int:
        """Return the line of ``path``, or of the nearest thing around it."""
        return next(self.lines[path[:length]] for length in range(len(path), -1, -1) if path[:length] in self.lines)


def read_yaml(root: Path, file: str) -> Located:
    """Read ``root/file``.

    Raises
    ------
    UnreadableError : no such file, no YAML, a key twice, an alias, or a line end that readers differ on
        (any of which could make a file mean what nobody sees)
    """
    try:
        text = (root / file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise UnreadableError(f"cannot read {root / file} ({reason})", "restore it, or name another") from error
    return parse_yaml(file, text)


def parse_yaml(file: str, text: str) -> Located:
    """Return the document in ``text``; see ``read_yaml``."""
    if ending := _ENDINGS.search(text):
        line = text.count("\n", 0, ending.start()) + 1
        raise UnreadableError(f"{file}:{line}: the character U+{ord(ending[0]):04X}", "remove it: readers differ on it")
    loader = yaml.SafeLoader(text)
    try:
        if line := next((mark.line + 1 for mark in _alias_marks(text)), 0):
            raise UnreadableError(f"{file}:{line}: a YAML alias", "write its value out")
        node = loader.get_single_node()
        if node is None:
            raise UnreadableError(f"{file} is empty", "restore it, or remove it")
        lines: dict[KeyPath, int] = {(): 1}
        return Located(file, _value(loader, file, node, (), lines), lines)
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date that is none
        mark = getattr(error, "problem_mark", None)
        where = f"{file}:{mark.line + 1}" if mark else file
        raise UnreadableError(f"{where}: not YAML ({getattr(error, 'problem', error)})", "mend that line") from error
    finally:
        loader.dispose()


def _alias_marks(text: str) -> Iterator[Any]:
    return (event.start_mark for event in yaml.parse(text, yaml.SafeLoader) if isinstance(event, yaml.AliasEvent))


def _value(loader: yaml.SafeLoader, file: str, node: yaml.Node, at: KeyPath, lines: dict[KeyPath, int]) -> Any:
    match node:
        case yaml.MappingNode():
            return _mapping(loader, file, node, at, lines)
        case yaml.SequenceNode():
            items = []
            for index, item in enumerate(node.value):
                lines[(*at, index)] = item.start_mark.line + 1
                items.append(_value(loader, file, item, (*at, index), lines))
            return items
        case _:
            return loader.construct_object(node)


def _mapping(
    loader: yaml.SafeLoader, file: str, node: yaml.MappingNode, at: KeyPath, lines: dict[KeyPath, int]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, item in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise UnreadableError(f"{file}:{line}: a key that is no text", "write a plain key")
        if key.value in found:
            raise UnreadableError(f"{file}:{line}: the key {key.value} stands twice", "keep one of them")
        lines[(*at, key.value)] = line
        found[key.value] = _value(loader, file, item, (*at, key.value), lines)
    return found
