"""Joins what the gates found with what is known of it: who owns it, whether it is new, and which waiver covers it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from dynamic_delivery.gates.baseline import baseline_of, is_new
from dynamic_delivery.gates.model import Finding, Report
from dynamic_delivery.gates.owners import owner_of
from dynamic_delivery.gates.scope import Scoped
from dynamic_delivery.gates.waivers import Applied, Waiver, applied, covering, read_waivers


@dataclass(frozen=True, slots=True)
class Known:
    """What is known before any gate has looked.

    Parameters
    ----------
    accepted : fingerprints that the base accepts
    renames : by new path, the old one of a renamed file
    owner : names the owners of a finding's file
    """

    accepted: frozenset[str]
    renames: Mapping[str, str]
    owner: Callable[[Finding], str]
    waivers: tuple[Waiver, ...]


@dataclass(frozen=True, slots=True)
class Marked:
    """A finding.

    Parameters
    ----------
    owner : as CODEOWNERS names them, with spaces between; "" for nobody
    new : the base does not accept it
    waiver : the one that covers it today, or None
    """

    finding: Finding
    owner: str
    new: bool
    waiver: Waiver | None


@dataclass(frozen=True, slots=True)
class Marks:
    """All findings, in the gates' order, and what came of each waiver."""

    findings: tuple[Marked, ...]
    waivers: tuple[Applied, ...]


def read_known(scoped: Scoped) -> Known:
    """Return what the repository knows of findings.

    Raises
    ------
    WaiverError : a waiver does not say all that it must
    BaselineError : what the base accepts cannot be read
    UnreadableError : CODEOWNERS cannot be read
    """
    root = scoped.scope.root
    waivers = read_waivers(root)
    accepted = frozenset(row.fingerprint for row in baseline_of(root, scoped.base))
    return Known(accepted, scoped.renames, owner_of(root), waivers)


def mark(reports: Iterable[Report], known: Known, today: date, *, whole: bool) -> Marks:
    """Return the findings of ``reports``, each with its marks.

    Parameters
    ----------
    whole : every gate has looked at every file; else a waiver that fits nothing here may fit elsewhere
    """
    findings = [finding for report in reports for finding in report.findings]
    marked = tuple(
        Marked(
            each,
            known.owner(each),
            is_new(each, known.accepted, known.renames),
            covering(known.waivers, each, today),
        )
        for each in findings
    )
    return Marks(marked, applied(known.waivers, findings, today, whole=whole))
