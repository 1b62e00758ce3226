"""Waivers: findings that somebody answers for, until a day; data in ``ci/waivers.toml``.

A waiver is about one finding, by its fingerprint, or about all findings of a rule in the files that a pattern of
CODEOWNERS' kind covers. docs/guides/gates.md shows both. Whether anybody knows its owner is for the policy to say.
"""

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from dynamic_ags.errors import PatternError
from dynamic_ags.patterns import Pattern, pattern
from dynamic_delivery.gates.errors import WaiverError
from dynamic_delivery.gates.model import Finding

FILE = "ci/waivers.toml"
_KEYS = {"fingerprint", "rule", "path", "reason", "owner", "expires"}
_FINGERPRINT = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Waiver:
    """One waiver, by fingerprint, or by rule and path.

    Parameters
    ----------
    path : None with a fingerprint
    expires : date, the last day on which it holds, UTC
    """

    reason: str
    owner: str
    expires: date
    fingerprint: str = ""
    rule: str = ""
    path: Pattern | None = None

    def fits(self, finding: Finding) -> bool:
        """Say whether it is about ``finding``."""
        if self.fingerprint:
            return finding.fingerprint == self.fingerprint
        return (
            self.path is not None
            and finding.rule == self.rule
            and finding.place is not None
            and self.path.matches(finding.place.path)
        )

    @property
    def name(self) -> str:
        """What it is about, for a person."""
        return self.fingerprint or f"{self.rule} in {self.path.text if self.path else ''}"


@dataclass(frozen=True, slots=True)
class Applied:
    """A waiver, and what came of it. An expired one covers nothing, whether it fits or not.

    Parameters
    ----------
    used : it fits a finding, or only a part was looked at, which cannot tell
    """

    waiver: Waiver
    expired: bool
    used: bool


def read_waivers(root: Path) -> tuple[Waiver, ...]:
    """Return the waivers of ``root``; none where it has no such file.

    Raises
    ------
    WaiverError : the file cannot be read, or a waiver does not say all that it must; it names which
    """
    path = root / FILE
    if not path.exists():
        return ()
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise WaiverError(f"{FILE} cannot be read ({error})", "mend the line that it names") from error
    rows = document.get("waiver", [])
    if set(document) - {"waiver"} or not isinstance(rows, list):
        raise WaiverError(f"{FILE} holds something else than waivers", "begin each with a line [[waiver]]")
    return tuple(_waiver(number, row) for number, row in enumerate(rows, 1))


def _waiver(number: int, row: object) -> Waiver:
    name = f"{FILE}: waiver {number}"
    if not isinstance(row, dict):
        raise WaiverError(f"{name} is no table", "begin it with a line [[waiver]]")
    if unknown := sorted(set(row) - _KEYS):
        raise WaiverError(f"{name} has the key {unknown[0]}", f"its keys are {', '.join(sorted(_KEYS))}")
    for key in ("fingerprint", "rule", "path", "reason", "owner"):
        if not isinstance(row.get(key, ""), str):
            raise WaiverError(f"{name}: {key} is no text", "put it in quotes")
    if missing := next((key for key in ("reason", "owner") if not row.get(key, "").strip()), ""):
        raise WaiverError(f"{name} has no {missing}", "say why the finding may stand, and who answers for it")
    expires = row.get("expires")
    if not isinstance(expires, date) or isinstance(expires, datetime):
        raise WaiverError(f"{name}: expires is no date", "give its last day, without quotes: expires = 2027-03-01")
    by_print, by_place = "fingerprint" in row, "rule" in row or "path" in row
    if by_print == by_place or (by_place and not (row.get("rule") and row.get("path"))):
        raise WaiverError(f"{name} must say what it is about", "give a fingerprint, or both a rule and a path")
    if by_print and not _FINGERPRINT.fullmatch(row["fingerprint"]):
        raise WaiverError(f"{name}: {row['fingerprint']!r} is no fingerprint", "copy the 32 digits from --json")
    try:
        where = pattern(row["path"]) if by_place else None
    except PatternError as error:
        raise WaiverError(f"{name}: {error.message}", error.hint) from error
    return Waiver(row["reason"], row["owner"], expires, row.get("fingerprint", ""), row.get("rule", ""), where)


def covering(waivers: Sequence[Waiver], finding: Finding, today: date) -> Waiver | None:
    """Return the first waiver that covers ``finding`` today."""
    return next((waiver for waiver in waivers if today <= waiver.expires and waiver.fits(finding)), None)


def applied(waivers: Sequence[Waiver], findings: Iterable[Finding], today: date, *, whole: bool) -> tuple[Applied, ...]:
    """Return each waiver with whether it has expired, and whether it is used; ``whole``: everything was looked at."""
    found = tuple(findings)
    return tuple(
        Applied(waiver, today > waiver.expires, not whole or any(waiver.fits(finding) for finding in found))
        for waiver in waivers
    )
