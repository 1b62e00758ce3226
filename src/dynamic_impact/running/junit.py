"""Tells the members of a batch apart by the JUnit reports that Pants writes of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree  # nosec B405  # reports that the test runner itself wrote a moment ago

_SAID = ("failure", "error")
_SHOWN = 20_000


@dataclass(frozen=True, slots=True)
class Case:
    """One test case.

    Parameters
    ----------
    place : str, dotted: the module and the classes that it stands in
    said : str, what a failing one said; "" of one that passed or was skipped
    """

    place: str
    name: str
    seconds: float
    failed: bool
    said: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """One member's part of a batch."""

    seconds: float
    failed: bool
    said: str


def read_cases(folder: Path) -> tuple[Case, ...]:
    """Return the cases of all reports in ``folder``; one that cannot be read has none."""
    found: list[Case] = []
    for path in sorted(folder.rglob("*.xml")):
        try:
            found.extend(_case(element) for element in ElementTree.parse(path).iter("testcase"))  # nosec B314
        except (OSError, ElementTree.ParseError, ValueError):
            continue
    return tuple(found)


def shares(cases: Iterable[Case], members: Sequence[str], sources: Mapping[str, Sequence[str]]) -> Mapping[str, Share]:
    """Return the part of each of ``members`` that has cases; nothing where a failing case is nobody's.

    Parameters
    ----------
    members : addresses
    sources : the files of a target; where an address has none, the file that the address itself names

    Notes
    -----
    pytest's ``classname`` is the file's path with dots, then the classes; a file that could not be imported is a case
    without one, named by that path.
    """
    owners: dict[str, list[str]] = {}
    for address in members:
        for path in sources.get(address, ()) or (address.partition(":")[0].partition("@")[0],):
            owners.setdefault(path.removesuffix(".py").replace("/", "."), []).append(address)
    held: dict[str, list[Case]] = {}
    for case in cases:
        owner = _owner(case, owners)
        if not owner and case.failed:
            return {}
        for address in owner:
            held.setdefault(address, []).append(case)
    return {address: _share(own) for address, own in held.items()}


def _owner(case: Case, owners: Mapping[str, list[str]]) -> list[str]:
    place = case.place or case.name
    while place:
        if place in owners:
            return owners[place]
        place = place.rpartition(".")[0]
    return []


def _share(cases: Sequence[Case]) -> Share:
    said = "\n\n".join(f"{case.place}.{case.name}\n{case.said}".strip(".") for case in cases if case.failed)
    return Share(round(sum(case.seconds for case in cases), 3), any(case.failed for case in cases), said[:_SHOWN])


def _case(element: ElementTree.Element) -> Case:
    said = [child for child in element if child.tag in _SAID]
    words = "\n".join((child.text or child.get("message") or "").strip() for child in said)
    return Case(
        element.get("classname", ""), element.get("name", ""), float(element.get("time") or 0), bool(said), words
    )
