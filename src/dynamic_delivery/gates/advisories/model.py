"""Advisories as this house reasons with them, whatever database wrote them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from dynamic_delivery.gates.errors import GateError
from dynamic_delivery.gates.locks.versions import Event
from dynamic_delivery.gates.model import Severity


class AdvisoryError(GateError):
    """An entry of a snapshot that is no OSV record."""


class SnapshotError(GateError):
    """A snapshot that could not be had, or read."""


@dataclass(frozen=True, slots=True)
class Range:
    """An OSV range; ``kind`` is SEMVER, ECOSYSTEM or GIT, and the last one's events name commits."""

    kind: str
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Affected:
    """What an advisory says of one package."""

    ecosystem: str
    name: str
    ranges: tuple[Range, ...]
    versions: tuple[str, ...]
    severity: Severity | None


@dataclass(frozen=True, slots=True)
class Advisory:
    """One OSV record.

    Parameters
    ----------
    aliases : other databases' names of the same fault
    modified : datetime, UTC
    severity : of the record as a whole; None where none is given
    entry : the file, member or line that it stands in
    """

    id: str
    aliases: tuple[str, ...]
    modified: datetime
    withdrawn: bool
    summary: str
    severity: Severity | None
    affected: tuple[Affected, ...]
    entry: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was read of a set of advisories.

    Parameters
    ----------
    by_package : by (ecosystem, name), those that count: no withdrawn one
    newest : by ecosystem, the last ``modified`` of all its records
    taken : when the snapshot says that it was taken; None where it does not say
    count : int, records read, withdrawn ones among them
    corrupt : entries that could not be read, each with its file and reason
    left : int, files of a folder that are named as no advisories
    sha256 : hexadecimal, of the file, or of all names and contents of a folder
    """

    by_package: Mapping[tuple[str, str], tuple[Advisory, ...]]
    newest: Mapping[str, datetime]
    taken: datetime | None
    count: int
    corrupt: tuple[str, ...]
    left: int
    sha256: str
