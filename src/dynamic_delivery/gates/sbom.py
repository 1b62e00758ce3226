"""Gate and document: what the locks bring in, as a CycloneDX bill of materials that is the same for the same locks.

References
----------
.. [1] OWASP, "CycloneDX v1.6", ECMA-424, 2024
.. [2] package-url, "purl-spec", types ``pypi`` and ``npm``
"""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from dynamic_base import digest
from dynamic_delivery.gates.licensing.spdx import LicenceError, parse_licence
from dynamic_delivery.gates.locks.model import PYPI, Locked, LockError
from dynamic_delivery.gates.locks.reading import is_lock, read_lock
from dynamic_delivery.gates.model import Finding, Gate, Outcome, Package, Place, Report, Scope, Severity, numbered

NAME = "sbom"
SPEC = "1.6"

Locks = Mapping[str, Sequence[Locked]]

_ALGORITHMS = {"sha1": "SHA-1", "sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512"}
# The name space of serial numbers that are derived from what they number; any fixed one would do.
_SPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "sbom.dynamic")


def purl(package: Locked) -> str:
    """Return the package URL, which also is the component's reference in the document."""
    kind = "pypi" if package.ecosystem == PYPI else "npm"
    name = "/".join(quote(part, safe="") for part in package.name.split("/"))
    return f"pkg:{kind}/{name}" + (f"@{quote(package.version, safe=':')}" if package.version else "")


def bill(locks: Locks) -> dict[str, Any]:
    """Return the CycloneDX document of all packages of ``locks`` (by path): no time, and a derived serial number."""
    merged: dict[str, list[tuple[str, Locked]]] = {}
    for path, held in sorted(locks.items()):
        for package in held:
            merged.setdefault(purl(package), []).append((path, package))
    content = {
        "components": [_component(ref, held) for ref, held in sorted(merged.items())],
        "dependencies": [_dependencies(ref, held) for ref, held in sorted(merged.items())],
    }
    return {
        "$schema": f"http://cyclonedx.org/schema/bom-{SPEC}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": SPEC,
        "serialNumber": f"urn:uuid:{uuid.uuid5(_SPACE, digest(content))}",
        "version": 1,
        "metadata": {"lifecycles": [{"phase": "pre-build"}]},
        **content,
    }


def _component(ref: str, held: Sequence[tuple[str, Locked]]) -> dict[str, Any]:
    package = held[0][1]
    group, _, name = package.name.rpartition("/")
    hashes = sorted({each for _, other in held for each in other.hashes})
    places = sorted({f"{path}:{other.line}" for path, other in held})
    return {
        "type": "library",
        "bom-ref": ref,
        **({"group": group} if group else {}),
        "name": name,
        **({"version": package.version} if package.version else {}),
        **({"hashes": [_hash(each) for each in hashes]} if hashes else {}),
        **({"licenses": licences} if (licences := _licences(other.licence for _, other in held)) else {}),
        "purl": ref,
        "properties": [{"name": "dynamic:lock", "value": place} for place in places],
    }


def _hash(text: str) -> dict[str, str]:
    kind, _, value = text.partition(":")
    return {"alg": _ALGORITHMS[kind], "content": value}


def _licences(said: Iterable[str]) -> list[dict[str, Any]]:
    """What is declared: as an expression where it is one, else as a name; all names where locks differ."""
    texts = sorted(set(filter(None, said)))
    try:
        [text] = texts
        return [{"expression": str(parse_licence(text))}]
    except (LicenceError, ValueError):  # none, or several
        return [{"license": {"name": text}} for text in texts]


def _dependencies(ref: str, held: Sequence[tuple[str, Locked]]) -> dict[str, Any]:
    ecosystem = held[0][1].ecosystem
    needs = {purl(Locked(ecosystem, *need)) for _, other in held for need in other.needs}
    return {"ref": ref, **({"dependsOn": sorted(needs)} if needs else {})}


def judge(scope: Scope) -> Report:
    """Say whether every locked package of the scope can stand in a bill with its content's digest."""
    findings: list[Finding] = []
    read = []
    for path in filter(is_lock, scope.files):
        try:
            held = read_lock(scope.root, path)
        except LockError as error:
            findings.append(_unread(path, error))
            continue
        read.append(path)
        findings.extend(_gaps(path, held))
    outcome = Outcome.FAILED if findings else Outcome.PASSED
    return Report(NAME, outcome, numbered(findings), read=tuple(read))


def _unread(path: str, error: LockError) -> Finding:
    return Finding(
        gate=NAME,
        rule="lock-not-read",
        severity=Severity.HIGH,
        message=f"no package of {path} stands in the bill: {error.message}",
        fix=error.hint or "lock again",
        place=Place(path),
    )


def _gaps(path: str, held: Sequence[Locked]) -> Iterator[Finding]:
    for package in held:
        if package.hashes:
            continue
        yield Finding(
            gate=NAME,
            rule="no-digest",
            severity=Severity.MEDIUM,
            message=f"{package.pin} is locked without a digest: what is installed cannot be told from its name",
            fix="lock with hashes",
            place=Place(path, package.line),
            package=Package(package.ecosystem, package.name, package.version),
            context=package.pin,
        )


GATE = Gate(name=NAME, what="locked packages that a bill of materials cannot identify", looks_at=is_lock, judge=judge)
