"""What installed packages declare of their licence: PEP 639's expression, the older field, and classifiers.

References
----------
.. [1] PEP 639, "Improving License Clarity with Better Package Metadata", 2024
.. [2] PyPI, "Classifiers", branch "License"
"""

import email.parser
import email.policy
import re
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

from dynamic_delivery.gates.errors import GateError
from dynamic_delivery.gates.licensing.spdx import AllOf, Licence, LicenceError, Term, parse_licence, terms
from dynamic_impact.locks import normalised


class MetadataError(GateError):
    """The environment whose metadata should be read is not one."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What one installed release says of its licence.

    Parameters
    ----------
    licence : None where nothing that it says can be read as one
    said : str, one line, its own words
    """

    licence: Licence | None
    said: str


Installed = Mapping[tuple[str, str], Declared]  # by normalised name and version

_FAMILY = "LicenseRef-"
# Classifiers that name a family, and not which of it.
_FAMILIES = {
    "BSD License": "BSD",
    "GNU General Public License (GPL)": "GPL",
    "GNU Library or Lesser General Public License (LGPL)": "LGPL",
    "GNU Affero General Public License v3": "AGPL",
    "Academic Free License (AFL)": "AFL",
}
_CLASSIFIERS = {
    "MIT License": "MIT",
    "MIT No Attribution License (MIT-0)": "MIT-0",
    "Apache Software License": "Apache-2.0",
    "ISC License (ISCL)": "ISC",
    "Mozilla Public License 1.1 (MPL 1.1)": "MPL-1.1",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "zlib/libpng License": "Zlib",
    "Boost Software License 1.0 (BSL-1.0)": "BSL-1.0",
    "CC0 1.0 Universal (CC0 1.0) Public Domain Dedication": "CC0-1.0",
    "Eclipse Public License 2.0 (EPL-2.0)": "EPL-2.0",
    "GNU Affero General Public License v3 or later (AGPLv3+)": "AGPL-3.0-or-later",
    "GNU General Public License v2 (GPLv2)": "GPL-2.0-only",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
    "GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
    "GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
    "GNU Lesser General Public License v2 (LGPLv2)": "LGPL-2.0-only",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.0-or-later",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
}
# What the older field says where it means an identifier; compared without case.
_WORDS = {
    "apache 2": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "bsd": f"{_FAMILY}BSD",
    "bsd license": f"{_FAMILY}BSD",
    "2-clause bsd": "BSD-2-Clause",
    "3-clause bsd": "BSD-3-Clause",
    "3-clause bsd license": "BSD-3-Clause",
    "bsd 3-clause": "BSD-3-Clause",
    "mit license": "MIT",
    "psf": "PSF-2.0",
    "psfl": "PSF-2.0",
    "isc license": "ISC",
    "gpl": f"{_FAMILY}GPL",
    "gplv3": "GPL-3.0-only",
    "lgpl": f"{_FAMILY}LGPL",
}
_EMPTY = {"", "unknown", "none"}
# In a wheel, or in a wheel of a PEX; deeper lies what a package carries inside.
_ARCHIVED = re.compile(r"(\.deps/[^/]+/)?[^/]+\.dist-info/METADATA")
_ARCHIVES = (".whl", ".pex", ".zip", ".pyz")


def installed(places: Sequence[Path]) -> Installed:
    """Return what each release in ``places`` declares: environments, site-packages, wheels, and PEX files or folders.

    Raises
    ------
    MetadataError : one of them is none of these
    """
    found: dict[tuple[str, str], Declared] = {}
    for place in places:
        texts = list(_metadata(place))
        if not texts:
            raise MetadataError(f"{place} holds no installed package", "name an environment, a wheel or a PEX")
        for text in texts:
            message = email.parser.BytesParser(policy=email.policy.compat32).parsebytes(text, headersonly=True)
            name, version = str(message["Name"] or ""), str(message["Version"] or "")
            found.setdefault((normalised(name), version), declared(message))
    return found


def running() -> tuple[Path, ...]:
    """Return the places that this interpreter itself imports packages from."""
    return tuple(path for path in map(Path, sys.path) if path.is_dir() and any(_folders(path)))


def _metadata(place: Path) -> Iterator[bytes]:
    try:
        if place.is_dir():
            yield from (file.read_bytes() for file in _folders(place))
            for inner in (*place.glob("*.whl"), *place.glob(".deps/*.whl")):
                if inner.is_file():
                    yield from _archived(inner)
        elif place.suffix in _ARCHIVES:
            yield from _archived(place)
    except (OSError, zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, RuntimeError) as error:
        raise MetadataError(f"{place} cannot be read ({error})", "build it again") from error


def _folders(place: Path) -> Iterator[Path]:
    """Yield the metadata of an environment, or of one folder of packages; what a package carries inside is its own."""
    for below in (place, *place.glob("lib/python*/site-packages"), *place.glob(".deps/*/")):
        yield from below.glob("*.dist-info/METADATA")
        yield from below.glob("*.egg-info/PKG-INFO")


def _archived(path: Path) -> Iterator[bytes]:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if _ARCHIVED.fullmatch(name):
                yield archive.read(name)


def declared(message: "Message[str, str]") -> Declared:
    """Return what one package's metadata says."""
    expression = _one_line(message["License-Expression"])
    field = _one_line(message["License"])
    classes = [_one_line(text).rpartition(" :: ")[2] for text in message.get_all("Classifier") or [] if _names(text)]
    if expression:
        return Declared(_read(expression), expression)
    read = [each for each in (_field(field), *map(_classifier, classes)) if each is not None]
    said = "; ".join(filter(None, (field[:80], *classes)))
    return Declared(_together(read), said)


def _one_line(text: object) -> str:
    return " ".join(str(text or "").split())


def _names(classifier: object) -> bool:
    text = _one_line(classifier)
    return text.startswith("License :: ") and text != "License :: OSI Approved"


def _field(text: str) -> Licence | None:
    if text.casefold() in _EMPTY:
        return None
    return _read(_WORDS.get(text.casefold(), text))


def _read(text: str) -> Licence | None:
    try:
        return parse_licence(text)
    except LicenceError:
        return None


def _classifier(text: str) -> Licence:
    """A classifier that no table knows is a licence of its own name: a policy must say what it thinks of it."""
    if text in _FAMILIES:
        return Term(f"{_FAMILY}{_FAMILIES[text]}")
    return Term(_CLASSIFIERS.get(text) or _FAMILY + "-".join(text.split()))


def _together(read: Iterable[Licence]) -> Licence | None:
    """Return all that is said at once: a package that names two licences does not say that one may choose.

    A family gives way to its member: "BSD License" beside BSD-3-Clause says nothing more.
    """
    parts = list(dict.fromkeys(read))
    named = {term.licence for part in parts for term in terms(part)}
    kept = [part for part in parts if not (isinstance(part, Term) and _has_member(part.licence, named))]
    covered: list[Licence] = []
    for part in kept:
        others = {term for other in kept if other is not part for term in terms(other)}
        if not (isinstance(part, Term) and part in others):
            covered.append(part)
    if not covered:
        return None
    return covered[0] if len(covered) == 1 else AllOf(tuple(covered))


def _has_member(family: str, named: Iterable[str]) -> bool:
    stem = family.removeprefix(_FAMILY)
    return stem != family and any(each.startswith(f"{stem}-") for each in named)
