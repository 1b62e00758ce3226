"""What packages declare of their licence: PEP 639's expression, the older field, and classifiers.

References
----------
.. [1] PEP 639, "Improving License Clarity with Better Package Metadata", 2024
.. [2] PyPI, "Classifiers", branch "License"
"""

import email.parser
import email.policy
from collections.abc import Iterable
from dataclasses import dataclass

from dynamic_delivery.gates.licensing.spdx import AllOf, Licence, LicenceError, Term, parse_licence, terms


@dataclass(frozen=True, slots=True, order=True)
class Words:
    """What a release says of its licence in the words of its metadata, each in one line.

    Parameters
    ----------
    expression : ``License-Expression``
    field : ``License``, cut where it holds a whole text
    classifiers : those that begin with ``License ::``
    """

    expression: str = ""
    field: str = ""
    classifiers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Declared:
    """What follows of the words.

    Parameters
    ----------
    licence : None where nothing in them can be read as one
    said : str, one line, the words themselves
    """

    licence: Licence | None
    said: str


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
# A longer field holds the licence's text, which is no expression; what is cut ends in a mark that none may hold.
_MOST_CHARACTERS = 200
_CUT = "…"
_BRANCH = "License :: "


def read_metadata(content: bytes) -> tuple[str, str, Words]:
    """Return the name, the version and the words of a package's ``METADATA``, each "" where it is missing."""
    message = email.parser.BytesParser(policy=email.policy.compat32).parsebytes(content, headersonly=True)
    field = _one_line(message["License"])
    words = Words(
        _one_line(message["License-Expression"]),
        field if len(field) <= _MOST_CHARACTERS else field[:_MOST_CHARACTERS] + _CUT,
        tuple(text for text in map(_one_line, message.get_all("Classifier") or ()) if text.startswith(_BRANCH)),
    )
    return _one_line(message["Name"]), _one_line(message["Version"]), words


def declared(words: Words) -> Declared:
    """Return what follows of the words: the expression alone, or all that the older ones say together.

    A field that holds a whole text leaves the word to the classifiers. One that names what cannot be read does not:
    "Apache 2.0 with Commons Clause" may stand beside the classifier of Apache.
    """
    if words.expression:
        return Declared(_read(words.expression), words.expression)
    classes = [text.rpartition(" :: ")[2] for text in words.classifiers if text != f"{_BRANCH}OSI Approved"]
    said = "; ".join(filter(None, (words.field[:80], *classes)))
    silent = words.field.casefold() in _EMPTY or words.field.endswith(_CUT)
    named = None if silent else _read(_WORDS.get(words.field.casefold(), words.field))
    if named is None and not silent:
        return Declared(None, said)
    return Declared(_together([*([named] if named else []), *map(_classifier, classes)]), said)


def _one_line(text: object) -> str:
    """Bytes that are no UTF-8 become marks of their own, so that every output can hold the text."""
    return " ".join(str(text or "").encode(errors="replace").decode().split())


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
