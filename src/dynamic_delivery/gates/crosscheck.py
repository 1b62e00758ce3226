"""Holds what two gates say of the same locks to each other: the snapshot's advisories, and Trivy's database.

Each of them is a verdict of its own. Where both decided, what one of them alone names is told beside both, since the
other's source may lack it; where one could not decide there is nothing to compare with.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from dynamic_delivery.gates.model import Finding, Outcome, Package, Report

PAIR = ("dependencies", "trivy-vuln")

_ID = re.compile(r"\b(?:CVE|GHSA|PYSEC|MAL|OSV)-[0-9A-Za-z-]+")
_MOST_NOTES = 20


@dataclass(frozen=True, slots=True)
class _Fault:
    """A fault of one package in one lock, under all the names that a finding gives it."""

    path: str
    package: Package
    rule: str
    names: frozenset[str]

    def same(self, other: "_Fault") -> bool:
        return (self.path, self.package) == (other.path, other.package) and not self.names.isdisjoint(other.names)


def cross_checked(reports: Sequence[Report]) -> tuple[Report, ...]:
    """Return ``reports``, with notes on how the two gates' answers differ where both have decided."""
    pair = [each for each in reports if each.gate in PAIR and each.outcome in {Outcome.PASSED, Outcome.FAILED}]
    if len(pair) != len(PAIR):
        return tuple(reports)
    both = frozenset(pair[0].read) & frozenset(pair[1].read)
    faults = {each.gate: [fault for fault in _faults(each) if fault.path in both] for each in pair}
    notes = tuple(_notes(faults, len(both)))
    return tuple(replace(each, notes=(*each.notes, *notes)) if each in pair else each for each in reports)


def _faults(report: Report) -> Iterator[_Fault]:
    for each in report.findings:
        if each.place is not None and each.package is not None and (names := _names(each)):
            yield _Fault(each.place.path, each.package, each.rule, names)


def _names(finding: Finding) -> frozenset[str]:
    """Return the names of a fault; nothing of a finding that is about something else."""
    if _ID.fullmatch(finding.rule) is None:
        return frozenset()
    return frozenset({finding.rule, *_ID.findall(finding.message)})


def _notes(faults: dict[str, list[_Fault]], locks: int) -> Iterator[str]:
    if not locks:
        return
    first, second = PAIR
    alone = [*_alone(first, faults[first], faults[second]), *_alone(second, faults[second], faults[first])]
    if not alone:
        yield f"{first} and {second} name the same faults ({len(faults[first])}) in the locks that both read ({locks})"
    yield from alone[:_MOST_NOTES]
    if len(alone) > _MOST_NOTES:
        yield f"{len(alone) - _MOST_NOTES} more faults are named by one of {first} and {second} alone"


def _alone(gate: str, faults: Sequence[_Fault], others: Sequence[_Fault]) -> Iterator[str]:
    for fault in faults:
        if not any(fault.same(other) for other in others):
            yield f"{gate} alone names {fault.rule} of {fault.package.name} {fault.package.version} ({fault.path})"
