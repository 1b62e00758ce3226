"""Python's locks: requirements, PEX, uv and Poetry, as ``dynamic_impact.locks`` reads them, with lines and hashes."""

import re
from collections.abc import Iterable, Iterator, Mapping

from dynamic_delivery.gates.locks.model import PYPI, Locked, LockError
from dynamic_impact.locks import Lock, LockFormatError, Pin, normalised, parse_lock

_HASH = re.compile(r'(sha256|sha384|sha512)(?::|", "hash": ")([0-9a-f]{64,128})\b')
# A requirement; a table of uv.lock or poetry.lock; a pin of PEX's JSON.
_PLACE = re.compile(
    r"(?m)^[ \t]*(?:"
    r"(?P<req>[A-Za-z0-9][\w.-]*)[ \t]*(?:\[[^\]\n]*\])?[ \t]*(?:===?[ \t]*(?P<req_version>[^\s;\\]+)|@)"
    r'|name = "(?P<toml>[^"\n]+)"(?:\r?\nversion = "(?P<toml_version>[^"\n]*)")?'
    r'|"project_name":[ \t]*"(?P<pex>[^"\n]+)")'
)
# Where a requirement's line begins; and an annotation that names a file, and so no package.
_PIN = re.compile(r"(?m)^(?=[A-Za-z0-9][\w.-]*[ \t]*(?:\[|===?|@))")
_ASKED = "# via -r this"
# How uv.lock and poetry.lock, as JSON, name a folder that a package was found in; an sdist has no such source.
_FOLDER = re.compile(r'"source": \{("(virtual|editable|directory)": |[^{}]*"type": "directory")')
_LOOSE = re.compile(
    r"[A-Za-z0-9][\w.-]{0,100}[ \t]*(\[[\w, .-]*\])?[ \t]*((?:[<>~!]=|[<>])[^#;]{1,100})?[ \t]*([;#].*)?"
)
# What the reader of requirements calls the version of a pin that has only an address.
_ADDRESS = "a URL"


def parse_python(text: str) -> Iterator[Locked]:
    """Yield the packages of a lock, in no order.

    Raises
    ------
    LockError : it is no lock of these forms
    """
    lock = _read(text)
    if not lock:
        raise LockError("it locks no package", "lock again, or delete it")
    lines = _lines(text)
    versions = {
        name: ["" if version == _ADDRESS else version for version in pin.version.split(", ")]
        for name, pin in lock.items()
    }
    for name, pin in lock.items():
        for version in versions[name]:
            if _is_own(pin, version):
                continue
            yield Locked(
                ecosystem=PYPI,
                name=name,
                version=version,
                line=lines.get((name, version)) or lines.get((name, ""), 0),
                hashes=_hashes(pin, version or _ADDRESS),
                needs=frozenset(
                    (need, each)
                    for need in pin.needs & lock.keys()
                    for each in versions[need]
                    if not _is_own(lock[need], each)
                ),
            )


def _is_own(pin: Pin, version: str) -> bool:
    """Say whether uv or Poetry found this package in a folder: one of the workspace's own, and of no registry."""
    lines = (line for line in pin.content.split("\n") if line.startswith(f"{version} "))
    return any(_FOLDER.search(line) is not None for line in lines)


def _read(text: str) -> Lock:
    try:
        return parse_lock(text)
    except LockFormatError as error:
        if (annotated := _annotated(text)) is not None:
            return annotated
        if (loose := _loose(text)) is not None:
            raise LockError(f"line {loose[0]} pins no version: {loose[1]}", "pin it with ==, and lock again") from error
        raise LockError(error.message, error.hint or "lock again") from error


def _annotated(text: str) -> Lock | None:
    """Read requirements that do not say what needs what; who asks which versions are locked need not know it."""
    try:
        return parse_lock(_PIN.sub(f"{_ASKED}\n", text) + f"\n{_ASKED}\n")
    except LockFormatError:
        return None


def _loose(text: str) -> tuple[int, str] | None:
    """Return the first line that asks for a package and leaves its version open, as requirements for people do."""
    for number, line in enumerate(text.splitlines(), 1):
        if _LOOSE.fullmatch(line) is not None:
            return number, line.strip()
    return None


def _hashes(pin: Pin, version: str) -> tuple[str, ...]:
    """Return the hashes of one version: a pin holds the content of all, a line each that begins with the version."""
    lines = (line for line in pin.content.split("\n") if line.startswith(f"{version} "))
    return tuple(sorted({f"{kind}:{value}" for line in lines for kind, value in _HASH.findall(line)}))


def _lines(text: str) -> Mapping[tuple[str, str], int]:
    """Return the line of each (name, version), and under version "" that of each name's first."""
    found: dict[tuple[str, str], int] = {}
    for line, match in _with_lines(text, _PLACE.finditer(text)):
        name = normalised(match["req"] or match["toml"] or match["pex"])
        found.setdefault((name, match["req_version"] or match["toml_version"] or ""), line)
        found.setdefault((name, ""), line)
    return found


def _with_lines(text: str, matches: Iterable[re.Match[str]]) -> Iterator[tuple[int, re.Match[str]]]:
    line, at = 1, 0
    for match in matches:
        line += text.count("\n", at, match.start())
        at = match.start()
        yield line, match
