"""Edges that ``pants peek`` leaves out, though a result goes over them."""

import posixpath
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dynamic_impact.model import Target

# Of Pants 2.17: a `python_requirement` written by hand does not depend on its resolve's lock, as a generated one does.
_PINNED = ("python_requirement", "jvm_artifact")


@dataclass(frozen=True, slots=True)
class Need:
    """What a target needs and does not say among its dependencies.

    Parameters
    ----------
    resolve : whose lock pins it, or ""
    runnable : the program that it runs, as its BUILD file spells it, or ""
    """

    address: str
    resolve: str
    runnable: str


def need_of(document: Mapping[str, Any]) -> Need | None:
    """Return what a target of a ``peek`` document needs beyond its dependencies, or None."""
    resolve = document.get("resolve") if document["target_type"] in _PINNED else None
    runnable = document.get("runnable")
    if not resolve and not isinstance(runnable, str):
        return None
    return Need(str(document["address"]), str(resolve or ""), runnable if isinstance(runnable, str) else "")


def with_implied(targets: Sequence[Target], needs: Iterable[Need]) -> Iterator[Target]:
    """Yield ``targets`` with the dependencies that ``needs`` adds where they name a target."""
    wanted = {need.address: need for need in needs}
    known = frozenset(target.address for target in targets) if wanted else frozenset()
    locks = {target.address.rpartition(":")[2]: target.address for target in targets if target.type == "_lockfile"}
    for target in targets:
        need = wanted.get(target.address)
        more = [] if need is None else [a for a in _unsaid(need, locks, known) if a not in target.dependencies]
        yield replace(target, dependencies=(*target.dependencies, *more)) if more else target


def _unsaid(need: Need, locks: Mapping[str, str], known: Container[str]) -> Iterator[str]:
    if need.resolve and (lock := locks.get(f"_{need.resolve}_lockfile")):
        yield lock
    if need.runnable:
        yield from _resolved(need.runnable, need.address, known)


def _resolved(spec: str, user: str, known: Container[str]) -> Iterable[str]:
    """Return the target that ``spec`` names where ``user`` is declared; none if it is unknown."""
    folder = user.partition(":")[0].partition("#")[0].removeprefix("//")
    path, colon, name = spec.partition(":")
    if path.startswith("//"):
        path = path[2:]
    elif not path or path.startswith("."):
        path = posixpath.normpath(posixpath.join(folder, path)).removeprefix(".")
    plain = [path] if not colon or name == posixpath.basename(path) else []
    spelled = [*([f"{path}:{name}"] if colon else []), *plain]
    return (address for short in spelled for address in (short, f"//{short}") if address in known)
