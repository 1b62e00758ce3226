"""Which advisories hold of a locked package, and the release that is free of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dynamic_delivery.gates.advisories import severity as severities
from dynamic_delivery.gates.advisories.model import Advisory, Affected
from dynamic_delivery.gates.locks.model import Locked
from dynamic_delivery.gates.locks.versions import Release, Span, VersionError, read_version, same, spans
from dynamic_delivery.gates.model import Severity


@dataclass(frozen=True, slots=True)
class Match:
    """One fault of a locked package, under all its names.

    Parameters
    ----------
    advisories : those that say so, alike by alias, in order of id
    severity : the worst that they give; None where none gives any
    fixed : the first release above that none of them holds of; "" where none is named
    doubt : why it could not be decided; "" where the package is affected
    """

    advisories: tuple[Advisory, ...]
    severity: Severity | None
    fixed: str
    doubt: str

    @property
    def rule(self) -> str:
        """The CVE if one is named, the lowest if several; else the first database's id."""
        names = sorted(_names(self.advisories))
        return next((name for name in names if name.startswith("CVE-")), self.advisories[0].id)

    @property
    def others(self) -> tuple[str, ...]:
        """Return its other names."""
        return tuple(sorted(_names(self.advisories) - {self.rule}))


@dataclass(frozen=True, slots=True)
class _Held:
    """What one advisory says of one package: the spans that it covers, and what it leaves open."""

    advisory: Advisory
    affected: tuple[Affected, ...]
    spans: tuple[Span, ...]
    versions: tuple[str, ...]
    doubt: str

    def holds(self, ecosystem: str, version: Release, text: str) -> bool:
        return any(span.holds(version) for span in self.spans) or any(
            text == named or _same(ecosystem, version, named) for named in self.versions
        )


def match(package: Locked, advisories: Sequence[Advisory]) -> tuple[Match, ...]:
    """Return what ``advisories``, all of which speak of this package, say of its version.

    Raises
    ------
    VersionError : the version itself cannot be read
    """
    version = read_version(package.ecosystem, package.version)
    held = [_hold(package, advisory) for advisory in advisories]
    sure = [each for each in held if each.holds(package.ecosystem, version, package.version)]
    unsure = [each for each in held if each.doubt and each not in sure]
    found = [_match(package, version, group, "") for group in _alike(sure)]
    known = {name for each in found for name in _names(each.advisories)}
    open_ = [group for group in _alike(unsure) if not known & _names(each.advisory for each in group)]
    return (*found, *(_match(package, version, group, group[0].doubt) for group in open_))


def _hold(package: Locked, advisory: Advisory) -> _Held:
    affected = tuple(
        each for each in advisory.affected if (each.ecosystem, each.name) == (package.ecosystem, package.name)
    )
    covered: list[Span] = []
    doubts: list[str] = []
    for each in affected:
        ranges = [held for held in each.ranges if held.kind != "GIT"]
        if not ranges and not each.versions:
            doubts.append("it names commits alone" if each.ranges else "it names no versions")
        for held in ranges:
            try:
                covered.extend(spans(package.ecosystem, held.events))
            except VersionError as error:
                doubts.append(error.message)
    versions = tuple(version for each in affected for version in each.versions)
    return _Held(advisory, affected, tuple(covered), versions, "; ".join(doubts))


def _same(ecosystem: str, version: Release, named: str) -> bool:
    """Lists hold versions from before PEP 440, too: those are only ever equal letter for letter."""
    try:
        return same(version, read_version(ecosystem, named))
    except VersionError:
        return False


def _names(advisories: Iterable[Advisory]) -> set[str]:
    return {name for each in advisories for name in (each.id, *each.aliases)}


def _alike(held: Iterable[_Held]) -> Iterator[list[_Held]]:
    """Yield those that share a name, directly or through another, together."""
    groups: list[tuple[set[str], list[_Held]]] = []
    for each in held:
        names, members = _names([each.advisory]), [each]
        apart = []
        for group in groups:
            if group[0] & names:
                names |= group[0]
                members = group[1] + members
            else:
                apart.append(group)
        groups = [*apart, (names, members)]
    yield from (members for _, members in groups)


def _match(package: Locked, version: Release, group: Sequence[_Held], doubt: str) -> Match:
    advisories = tuple(sorted((each.advisory for each in group), key=lambda each: each.id))
    of_package = severities.worst(each.severity for held in group for each in held.affected)
    severity = of_package or severities.worst(each.severity for each in advisories)
    return Match(advisories, severity, "" if doubt else _fixed(package, version, group), doubt)


def _fixed(package: Locked, version: Release, group: Sequence[_Held]) -> str:
    """Return the lowest end of a span above ``version`` that no advisory of the group holds of, or ""."""
    ends = {span.end for held in group for span in held.spans if span.end and version < span.end}
    for end in sorted(ends):
        if not any(held.holds(package.ecosystem, end, str(end.order)) for held in group):
            return str(end.order)
    return ""
