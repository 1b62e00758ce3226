"""Order of versions as PyPI (PEP 440) and npm (SemVer 2.0) have it, and the spans of it that an OSV range covers."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache, total_ordering
from typing import Literal

from packaging.version import InvalidVersion, Version
from semver import Version as SemVer

from dynamic_delivery.gates.errors import GateError

Kind = Literal["introduced", "fixed", "last_affected", "limit"]


class VersionError(GateError):
    """A version that its ecosystem's rules cannot read, so that it cannot be compared."""


@total_ordering
@dataclass(frozen=True, slots=True)
class Release:
    """One version that can be compared with others of its ecosystem.

    Parameters
    ----------
    order : what is compared, of one type within an ecosystem
    build : this is a local build (PEP 440: ``1.0+cpu``) of ``public``, which is what bounds are held to: an advisory
        speaks of 1.0, and a rebuild of 1.0 has its faults
    """

    order: Version | SemVer
    build: bool = False

    @property
    def public(self) -> "Release":
        """Return the version that this is a build of."""
        return Release(Version(self.order.public)) if self.build and isinstance(self.order, Version) else self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Release) and bool(self.order == other.order)

    def __hash__(self) -> int:
        return hash(self.order)

    def __lt__(self, other: "Release") -> bool:
        return bool(self.order < other.order)  # type: ignore[operator]  # one ecosystem, so one type


def _pypi(text: str) -> Release:
    version = Version(text)
    return Release(version, version.local is not None)


def _npm(text: str) -> Release:
    # npm itself reads "v1.2.3" and "=1.2.3"; advisories leave ".0" out.
    return Release(SemVer.parse(text.strip().lstrip("=v"), optional_minor_and_patch=True))


READERS: dict[str, Callable[[str], Release]] = {"PyPI": _pypi, "npm": _npm}


@lru_cache(maxsize=1 << 16)
def read_version(ecosystem: str, text: str) -> Release:
    """Return ``text`` as a version of ``ecosystem``, one of READERS.

    Raises
    ------
    VersionError : it is none
    """
    try:
        return READERS[ecosystem](text)
    except (InvalidVersion, ValueError, TypeError) as error:
        raise VersionError(f"{text!r} is no version of {ecosystem}", "write it as the registry does") from error


@dataclass(frozen=True, slots=True)
class Event:
    """One point of an OSV range, as written; ``0`` is before every version, a ``limit`` of ``*`` after every one."""

    kind: Kind
    version: str


@dataclass(frozen=True, slots=True)
class Span:
    """Versions from ``start`` (None: from the first) to ``end`` (None: with no end), which may belong to it or not."""

    start: Release | None
    end: Release | None
    with_end: bool = False

    def holds(self, version: Release) -> bool:
        """Say whether ``version`` lies in it."""
        return not _before(version, self.start) and _until(version, self.end, self.with_end)


def _before(version: Release, bound: Release | None) -> bool:
    return bound is not None and _beside(version, bound) < bound


def _until(version: Release, bound: Release | None, with_bound: bool) -> bool:
    if bound is None:
        return True
    held = _beside(version, bound)
    return held <= bound if with_bound else held < bound


def _beside(version: Release, bound: Release) -> Release:
    """A local build is compared as its public version, unless the bound itself names a build."""
    return version if bound.build else version.public


def same(version: Release, named: Release) -> bool:
    """Say whether an advisory that names ``named`` means ``version``."""
    return _beside(version, named) == named


def spans(ecosystem: str, events: Sequence[Event]) -> tuple[Span, ...]:
    """Return what the ``events`` of one OSV range cover, in order.

    Raises
    ------
    VersionError : a bound is no version of ``ecosystem``

    References
    ----------
    .. [1] OSSF, "Open Source Vulnerability format" 1.7.4, 2025, section "Evaluation"
    """
    limit = _limit(ecosystem, events)
    found: list[Span] = []
    start: Release | None = None
    open_ = False
    for version, kind in _sorted(ecosystem, events):
        if kind == "introduced" and not open_:
            start, open_ = version, True
        elif kind != "introduced" and open_:
            found.append(Span(start, version, kind == "last_affected"))
            open_ = False
    if open_:
        found.append(Span(start, None))
    return tuple(_cut(found, limit))


def _sorted(ecosystem: str, events: Iterable[Event]) -> list[tuple[Release | None, Kind]]:
    """Order the events; at one version a last_affected comes last, since it ends only what is above it."""
    read = [
        (None if event.kind == "introduced" and event.version == "0" else read_version(ecosystem, event.version), event)
        for event in events
        if event.kind != "limit"
    ]
    first = [(None, event.kind) for version, event in read if version is None]
    rest = [(version, event.kind) for version, event in read if version is not None]
    rest.sort(key=lambda each: (each[0], each[1] == "last_affected"))
    return [*first, *rest]


def _limit(ecosystem: str, events: Iterable[Event]) -> Release | None:
    """Return the highest limit: a version below any of them counts."""
    named = [event.version for event in events if event.kind == "limit"]
    return None if not named or "*" in named else max(read_version(ecosystem, text) for text in named)


def _cut(found: Iterable[Span], limit: Release | None) -> Iterable[Span]:
    for span in found:
        if limit is None or (span.end is not None and span.end < limit):
            yield span
        elif span.start is None or span.start < limit:
            yield Span(span.start, limit)
