"""Lockfiles and SBOMs as they are given to Trivy, and beside them locks whose faults are known."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from dynamic_delivery.gates.errors import ToolError
from dynamic_delivery.gates.locks.model import LockError
from dynamic_delivery.gates.locks.reading import is_lock
from dynamic_delivery.gates.trivy import pins
from dynamic_delivery.gates.trivy.given import Given
from dynamic_delivery.gates.trivy.log import redacted
from dynamic_delivery.gates.trivy.pins import Pins
from dynamic_delivery.gates.trivy.report import Result

PYPI, NPM, SBOM = "PyPI", "npm", "SBOM"
IMAGE_MARK = "oci-layout"
# Releases with advisories that have stood for years: CVE-2019-19844 and CVE-2022-22817; CVE-2019-10744 and
# CVE-2021-44906. A database that knows nothing of either does not speak of the ecosystem.
PLANTED: Mapping[str, Mapping[str, str]] = {
    PYPI: {"django": "1.4.0", "pillow": "2.0.0"},
    NPM: {"lodash": "4.17.0", "minimist": "0.0.8"},
}
_NPM_LOCKS = ("package-lock.json", "npm-shrinkwrap.json")
_SBOMS = (".cdx.json", ".spdx.json", "bom.json")


@dataclass(frozen=True, slots=True)
class Lock:
    """A file that was given.

    Parameters
    ----------
    name : str, below the folder that Trivy is started in
    kind : str, ``PYPI``, ``NPM`` or ``SBOM``
    """

    path: str
    name: str
    kind: str
    pins: Pins


def kind_of(path: str) -> str | None:
    """Return the kind of a lockfile or SBOM by its name; None for any other file."""
    name = PurePosixPath(path).name
    if name in _NPM_LOCKS:
        return NPM
    if name.endswith(_SBOMS):
        return SBOM
    return PYPI if is_lock(path) else None  # one of another tool is refused when it is read


def give(given: Given, files: Iterable[str]) -> tuple[Lock, ...]:
    """Give each lock and SBOM, under a name that Trivy reads, and return them with what they pin."""
    return tuple(lock for number, path in enumerate(files) if (lock := _give(given, number, path)))


_READERS: Mapping[str, tuple[str, Callable[[str], Pins]]] = {
    PYPI: ("locks/{}/requirements.txt", pins.requirements),
    NPM: ("locks/{}/package-lock.json", pins.npm),
    SBOM: ("sbom-{}.cdx.json", pins.components),
}


def _give(given: Given, number: int, path: str) -> Lock | None:
    kind = kind_of(path)
    content = given.content(path) if kind else None
    if kind is None or content is None:
        return None
    form, reader = _READERS[kind]
    try:
        text = content.decode("utf-8-sig")
        pins = reader(text)
    except LockError as error:
        given.refused[path] = redacted(error.message)
        return None
    except (ValueError, AttributeError, TypeError, KeyError, RecursionError) as error:
        given.refused[path] = f"it cannot be read ({type(error).__name__}: {redacted(str(error))})"
        return None
    if kind == PYPI and pins.loose and not pins.pins:
        given.refused[path] = "it is no requirements-style lock, and no other is looked at"
        return None
    given.put(path, form.format(number), text.encode())
    return Lock(path, form.format(number), kind, pins)


def untried(locks: Iterable[Lock]) -> tuple[str, ...]:
    """Return the kinds of package in SBOMs for which nothing is planted: the database may not speak of them."""
    tried = {name.lower() for name in PLANTED}
    kinds = {
        pin.name.removeprefix("pkg:").partition("/")[0] for lock in locks if lock.kind == SBOM for pin in lock.pins.pins
    }
    return tuple(sorted(kinds - tried))


def ecosystems(locks: Iterable[Lock]) -> tuple[str, ...]:
    """Return the ecosystems of ``locks`` for which there are releases to plant."""
    kinds = set()
    for lock in locks:
        kinds |= {lock.kind} if lock.kind != SBOM else set(_of_components(lock))
    return tuple(name for name in PLANTED if name in kinds)


def _of_components(lock: Lock) -> Iterator[str]:
    for name in PLANTED:
        if any(pin.name.startswith(f"pkg:{name.lower()}/") for pin in lock.pins.pins):
            yield name


def plant(given: Given, wanted: Iterable[str]) -> None:
    """Give one more lock for each ecosystem, of releases that are known to be vulnerable."""
    for ecosystem in wanted:
        releases = PLANTED[ecosystem]
        if ecosystem == PYPI:
            content = "".join(f"{name}=={version}\n" for name, version in releases.items())
        else:
            packages = {f"node_modules/{name}": {"version": version} for name, version in releases.items()}
            content = json.dumps({"name": "planted", "lockfileVersion": 3, "packages": packages})
        given.put("", _READERS[ecosystem][0].format("planted"), content.encode())


def believe(wanted: Iterable[str], results: Iterable[Result]) -> None:
    """Make sure that the database found a fault in what was planted.

    Raises
    ------
    ToolError : it found none: what it does not find elsewhere says nothing
    """
    faulty = {result.target for result in results if result.vulnerabilities}
    for ecosystem in wanted:
        if _READERS[ecosystem][0].format("planted") not in faulty:
            releases = ", ".join(f"{name} {version}" for name, version in PLANTED[ecosystem].items())
            raise ToolError(
                f"the vulnerability database does not speak of {ecosystem}: it knows no fault of {releases}",
                "fetch it again: trivy fs --download-db-only --cache-dir DIR",
            )
