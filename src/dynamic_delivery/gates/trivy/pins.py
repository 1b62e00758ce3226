"""What a lockfile or an SBOM pins, read by ourselves: Trivy leaves out without a word what it does not understand."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dynamic_delivery.gates.locks.npm import parse_npm

_PIN = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?\s*==\s*(?P<version>[A-Za-z0-9][^\s;,\\*]*)\s*(?:[;\\].*)?"
)
_NAMED = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]{,60})\s*(?:$|[<>=!~;@\[(])")
_RELEASE = re.compile(r"[^/]@[^/@]+$")  # of a package URL: a scope of npm begins with the same sign
_NO_REQUIREMENT = ("-", "#")


@dataclass(frozen=True, slots=True)
class Pin:
    """A package that has to turn up in Trivy's answer."""

    name: str
    version: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Pins:
    """What a file pins, and the lines that name a package and pin none."""

    pins: tuple[Pin, ...]
    loose: tuple[tuple[int, str], ...] = ()


def normalised(name: str) -> str:
    """Return a name of PyPI in the one form that PEP 503 gives it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def requirements(text: str) -> Pins:
    """Return the pins of a requirements-style lock."""
    pins, loose = [], []
    for number, line in _logical(text):
        found = _PIN.fullmatch(line)
        if found:
            pins.append(Pin(normalised(found["name"]), found["version"], number))
        elif line and not line.startswith(_NO_REQUIREMENT):
            named = _NAMED.match(line)  # what is no requirement may be anything, so it is not repeated
            loose.append((number, named[1] if named else "a line that is no requirement"))
        elif line.startswith(("-r", "--requirement", "-e", "--editable", "-c", "--constraint")):
            loose.append((number, line.split()[0]))
    return Pins(tuple(pins), tuple(loose))


def _logical(text: str) -> Iterator[tuple[int, str]]:
    """Yield each requirement, without its options and comments, and the number of its first line."""
    held, first = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        first = first if held else number
        held += re.sub(r"(?:^|\s)#.*$", "", line).rstrip()
        if held.endswith("\\"):
            held = held[:-1] + " "
            continue
        words = held.strip()
        yield first, words if words.startswith("-") else re.sub(r"\s+--.*$", "", words).strip()
        held = ""
    if held.strip():
        yield first, held.strip()


def npm(text: str) -> Pins:
    """Return the pins of a ``package-lock.json``; ``loose`` are those that name an address and no version.

    Raises
    ------
    LockError : it is no such file, or of a version that is not known
    """
    locked = tuple(parse_npm(text))
    pins = tuple(Pin(each.name, each.version, each.line) for each in locked if each.version)
    return Pins(pins, tuple((each.line, each.name) for each in locked if not each.version))


def components(text: str) -> Pins:
    """Return the components of a CycloneDX document, or the packages of an SPDX one.

    The name of a pin is its package URL without qualifiers; ``loose`` are those without a URL that says a version, the
    one thing that Trivy goes by.

    Raises
    ------
    ValueError : it is neither
    """
    document = json.loads(text)
    if isinstance(document, dict) and document.get("bomFormat") == "CycloneDX":
        found = list(_cyclonedx(document.get("components", [])))
    elif isinstance(document, dict) and str(document.get("spdxVersion", "")).startswith("SPDX-2"):
        found = list(_spdx(document.get("packages", [])))
    else:
        raise ValueError("it is no CycloneDX and no SPDX 2 document")
    pins = tuple(Pin(url, version) for _, version, url in found if _RELEASE.search(url))
    return Pins(
        pins, tuple((0, f"{name} {version}".strip()) for name, version, url in found if not _RELEASE.search(url))
    )


def _cyclonedx(items: list[dict[str, Any]]) -> Iterator[tuple[str, str, str]]:
    for item in items:
        name, version, url = (str(item.get(key) or "") for key in ("name", "version", "purl"))
        # An application without either is a file that lists others, or the product itself.
        if item.get("type") in ("library", "framework") or (item.get("type") == "application" and (version or url)):
            yield name, version, bare(url)
        yield from _cyclonedx(item.get("components", []))


def _spdx(items: list[dict[str, Any]]) -> Iterator[tuple[str, str, str]]:
    for item in items:
        urls = [ref["referenceLocator"] for ref in item.get("externalRefs", []) if ref.get("referenceType") == "purl"]
        version = str(item.get("versionInfo") or "")
        if version or urls or item.get("primaryPackagePurpose") == "LIBRARY":
            yield str(item.get("name", "")), version, bare(urls[0] if urls else "")


def bare(url: str) -> str:
    """Return a package URL without its qualifiers and subpath."""
    return re.split(r"[?#]", url)[0]
