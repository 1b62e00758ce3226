"""What a gate is asked, and what it answers; every tool's words are turned into these at the rim."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path


class Severity(StrEnum):
    """How bad a finding is, worst first; ``rank`` orders them."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 is the worst."""
        return list(Severity).index(self)


class Outcome(StrEnum):
    """What a gate came to. Only ``PASSED`` is a yes; ``SKIPPED``: the change has nothing for it to look at."""

    PASSED = "passed"
    FAILED = "failed"
    UNDECIDED = "undecided"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a finding is.

    Parameters
    ----------
    path : str, relative to the repository's root, with ``/``
    line, column : int, counted from 1; 0 where the whole file is meant
    """

    path: str
    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True)
class Package:
    """A released package, as its ecosystem names it: ``PyPI`` (normalised name) or ``npm``."""

    ecosystem: str
    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Tool:
    """The program that looked.

    Parameters
    ----------
    sha256 : str, hexadecimal, of the file that was run; "" for what is no single file
    """

    name: str
    version: str
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a gate found.

    Parameters
    ----------
    gate : str, the row's name
    rule : str, as the tool names it: ``F401``, ``AVD-DS-0002``, ``CVE-2026-1234``
    message : str, one line; never holds a secret
    fix : str, one line: how to mend it
    context : str, what stays the same when lines move: the line's text without its spaces at both ends; for a package
        the pin; "" where there is neither. A gate that finds secrets gives a digest of the secret in its place.
    occurrence : int, counts from 0 the findings that are alike in all that the fingerprint is made of
    fixed_in : of a vulnerability, the first version without it, "" where there is none yet; None: nothing is said, and
        the policy takes a fix for granted
    """

    gate: str
    rule: str
    severity: Severity
    message: str
    fix: str
    place: Place | None = None
    package: Package | None = None
    context: str = ""
    occurrence: int = 0
    fixed_in: str | None = None

    @property
    def fingerprint(self) -> str:
        """32 hexadecimal digits that stay the same when lines move: no line number goes in."""
        parts = (
            self.gate,
            self.rule,
            self.place.path if self.place else "",
            f"{self.package.ecosystem}:{self.package.name}" if self.package else "",
            self.context,
            str(self.occurrence),
        )
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def numbered(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return ``findings`` in order of place, those that are otherwise alike counted, so that fingerprints differ."""
    seen: dict[str, int] = {}
    found = []
    for each in sorted(findings, key=_order):
        first = replace(each, occurrence=0)
        count = seen.get(first.fingerprint, 0)
        seen[first.fingerprint] = count + 1
        found.append(replace(each, occurrence=count))
    return tuple(found)


def _order(finding: Finding) -> tuple[str, int, int, str, str]:
    place = finding.place or Place("")
    return (place.path, place.line, place.column, finding.rule, finding.message)


@dataclass(frozen=True, slots=True)
class Report:
    """What one gate answers.

    Parameters
    ----------
    findings : ``numbered``; a gate with none may still be UNDECIDED
    reason, fix : why it could not decide, and the next step; "" otherwise
    read : the files that were looked at; a tool that was given a file and did not read it is a finding. A gate that
        passed and read nothing is undecided: the runner sees to that.
    notes : what a person should know and nobody must act on: the age of an advisory snapshot
    """

    gate: str
    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    reason: str = ""
    fix: str = ""
    tool: Tool | None = None
    read: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Scope:
    """What is looked at.

    Parameters
    ----------
    root : Path, the repository
    files : what the change affects, relative, ``/``, sorted, each there: what it edits, and the sources of each target
        that it can break; with ``everything`` all that is tracked, or new and not ignored
    changed : those of them that the change itself edits, for a gate whose finding depends on no other file
    deleted : what the change takes away, sorted
    commits : int, how many lie between the base and HEAD: what they add and take back again is in no file
    base : the revision that the change is compared with; "" with ``everything``
    settings : options by ``gate.key``, from the command and ``ci/gates.toml``
    """

    root: Path
    files: tuple[str, ...]
    base: str = ""
    everything: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)
    changed: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    commits: int = 0


def _never(_: Scope) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Gate:
    """One row of the table.

    Parameters
    ----------
    looks_at : says of a path whether the gate wants it; the runner skips the gate when no file of the scope is wanted
    beyond : says of a scope whether there is work all the same: a history to look at, a file whose loss is judged
    judge : looks, and answers, in a process of its own. May raise ToolError, which the runner turns into UNDECIDED.
    tools : names of the programs that it needs, as ``tools.py`` finds them
    most_s : float, seconds, after which it is stopped and UNDECIDED, with all that it started
    """

    name: str
    what: str
    looks_at: Callable[[str], bool]
    judge: Callable[[Scope], Report]
    tools: tuple[str, ...] = ()
    most_s: float = 1200.0
    beyond: Callable[[Scope], bool] = _never

    def wants(self, scope: Scope) -> bool:
        """Say whether there is anything in ``scope`` for it."""
        return any(map(self.looks_at, scope.files)) or self.beyond(scope)
