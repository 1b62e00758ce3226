"""npm's package-lock.json and npm-shrinkwrap.json, lockfileVersion 1 to 3.

References
----------
.. [1] npm, "package-lock.json", documentation of npm 11, sections "packages" and "dependencies"
"""

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dynamic_delivery.gates.locks.model import NPM, Locked, LockError

_FOLDER = "node_modules/"
_DIGESTS = frozenset({"sha1", "sha256", "sha384", "sha512"})
_OBJECT = re.compile(r'"((?:[^"\\\n]|\\.)+)"\s*:\s*\{(?:\s*"version"\s*:\s*"([^"\n]*)")?')
_ALIAS = re.compile(r"npm:(?P<name>(?:@[^@/]+/)?[^@/]+)@(?P<version>.+)")
_ADDRESS = re.compile(r"[a-z+]+:|\.{0,2}/")


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry: ``key`` as it is written, ``folder`` where npm puts it, and (name, version)."""

    key: str
    folder: str
    release: tuple[str, str]
    held: Mapping[str, Any]


def parse_npm(text: str) -> Iterator[Locked]:
    """Yield each package at each version, once, where it stands first; packages of the workspace itself are left out.

    Raises
    ------
    LockError : it is no lock of these versions
    """
    document = _object(_json(text), "the lock")
    form = document.get("lockfileVersion", 1)
    if form not in (1, 2, 3):
        raise LockError(f"lockfileVersion is {form!r}, and 1 to 3 are known", "lock with npm 5 to 11")
    if document.keys().isdisjoint({"lockfileVersion", "dependencies", "packages"}):
        raise LockError("it names neither packages nor a lockfileVersion", "lock again with npm")
    if "packages" in document:
        entries = _of_packages(_object(document["packages"], "packages"))
    elif form == 1:
        entries = _of_tree(_object(document.get("dependencies", {}), "dependencies"))
    else:
        raise LockError("it has no packages", "lock again with npm")
    return _locked(list(entries), _lines(text))


def _locked(entries: Sequence[_Entry], lines: Mapping[tuple[str, str], int]) -> Iterator[Locked]:
    at = {each.folder: each.release for each in entries}
    found: dict[tuple[str, str], Locked] = {}
    for each in entries:
        needs = frozenset(filter(None, (_resolved(each.folder, need, at) for need in _needs(each))))
        if (before := found.get(each.release)) is not None:
            # The same release in another folder may find other releases around it.
            found[each.release] = replace(before, needs=before.needs | needs)
            continue
        written = _text(each.held, "version", each.key)
        found[each.release] = Locked(
            ecosystem=NPM,
            name=each.release[0],
            version=each.release[1],
            line=lines.get((each.key, written)) or lines.get((each.key, ""), 0),
            hashes=_hashes(_text(each.held, "integrity", each.key)),
            needs=needs,
            licence=_licence(each.held),
        )
    yield from found.values()


def _resolved(folder: str, need: str, at: Mapping[str, tuple[str, str]]) -> tuple[str, str] | None:
    """Find a package as Node does: below the folder that asks, then below each one around it."""
    while True:
        if (found := at.get(f"{folder}/{_FOLDER}{need}" if folder else f"{_FOLDER}{need}")) is not None:
            return found
        if not folder:
            return None
        folder = folder.rpartition(f"/{_FOLDER}")[0]


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise LockError(f"it is no JSON ({error})", "lock again with npm") from error


def _object(value: object, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise LockError(f"{what} is no JSON object", "lock again with npm")
    return value


def _text(entry: Mapping[str, Any], key: str, what: str) -> str:
    value = entry.get(key, "")
    if not isinstance(value, str):
        raise LockError(f"{key} of {what} is no text", "lock again with npm")
    return value


def _of_packages(packages: Mapping[str, Any]) -> Iterator[_Entry]:
    """Yield the entries of forms 2 and 3: the key is a folder that ends in the name, unless it is an alias."""
    for key, value in packages.items():
        entry = _object(value, key or "the root package")
        if _FOLDER in key and not entry.get("link"):
            name = _text(entry, "name", key) or key.rpartition(_FOLDER)[2]
            yield _Entry(key, key, _release(name, _text(entry, "version", key)), entry)


def _of_tree(tree: Mapping[str, Any]) -> Iterator[_Entry]:
    """Yield the entries of form 1, which nest. A loop, since depth is the file's to choose."""
    waiting = [("", tree)]
    while waiting:
        around, entries = waiting.pop()
        for name, value in entries.items():
            entry = _object(value, name)
            folder = f"{around}{_FOLDER}{name}"
            version = _text(entry, "version", name)
            if not version.startswith("file:"):
                yield _Entry(name, folder, _release(name, version), entry)
            waiting.append((f"{folder}/", _object(entry.get("dependencies", {}), f"dependencies of {name}")))


def _release(name: str, written: str) -> tuple[str, str]:
    """Return the real (name, version): form 1 writes an alias, or an address, where the version belongs."""
    if alias := _ALIAS.fullmatch(written):
        return alias["name"], alias["version"]
    return name, "" if _ADDRESS.match(written) else written


def _hashes(integrity: str) -> tuple[str, ...]:
    """Return Subresource Integrity's base64 as hexadecimal; npm writes sha512, and sha1 of old packages."""
    found = set()
    for word in integrity.split():
        kind, _, value = word.partition("-")
        if kind not in _DIGESTS:
            continue
        try:
            found.add(f"{kind}:{base64.b64decode(value.partition('?')[0], validate=True).hex()}")
        except (binascii.Error, ValueError) as error:
            raise LockError(f"{word[:40]!r} is no integrity ({error})", "lock again with npm") from error
    return tuple(sorted(found))


def _needs(entry: _Entry) -> Iterator[str]:
    """Yield the names that an entry asks for; in form 1 ``dependencies`` are what stands below it instead."""
    kinds = ("requires",) if entry.key != entry.folder else ("dependencies", "optionalDependencies")
    for kind in kinds:
        held = entry.held.get(kind, {})
        if not isinstance(held, bool):  # form 1 may say "requires": true
            yield from _object(held, f"{kind} of {entry.key}")


def _licence(entry: Mapping[str, Any]) -> str:
    """Old packages write an object, or a list of them, where an expression belongs."""
    held = entry.get("license", "")
    each = held if isinstance(held, list) else [held]
    words = [word.get("type", "") if isinstance(word, dict) else word for word in each]
    return " OR ".join(word for word in words if isinstance(word, str) and word)


def _lines(text: str) -> Mapping[tuple[str, str], int]:
    """Return the line on which each object begins: by (key, version), and by (key, "") the first of a key."""
    found: dict[tuple[str, str], int] = {}
    line, at = 1, 0
    for match in _OBJECT.finditer(text):
        line += text.count("\n", at, match.start())
        at = match.start()
        found.setdefault((match[1], match[2] or ""), line)
        found.setdefault((match[1], ""), line)
    return found
