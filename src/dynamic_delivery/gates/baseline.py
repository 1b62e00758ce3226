"""The findings that were accepted when the gates came: ``ci/gates-baseline.json``, as the base of a change holds it.

It is read from the base revision, never from the files as they are, so that no change can accept its own findings: for
that there are waivers, which name an owner and end (docs/adr/0040).
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dynamic_base import write_atomic
from dynamic_delivery.gates.errors import BaselineError
from dynamic_delivery.gates.model import Finding
from dynamic_impact.git import Git

FILE = "ci/gates-baseline.json"
SCHEMA = "dynamic.gates-baseline/1"


@dataclass(frozen=True, slots=True, order=True)
class Accepted:
    """One accepted finding. All but the fingerprint and the gate is for a reader."""

    gate: str
    rule: str
    where: str
    fingerprint: str
    message: str = ""


def baseline_of(root: Path, commit: str) -> tuple[Accepted, ...]:
    """Return what ``commit`` accepts; nothing where it holds no such file, or is "".

    Raises
    ------
    BaselineError : its file is not what it should be
    """
    if not commit:
        return ()
    git = Git(root)
    prefix = root.resolve().relative_to(git.top.resolve())
    content = git.read(git.tree(commit), (prefix / FILE).as_posix())
    return parse_baseline(content, f"{FILE} of {commit[:12]}") if content is not None else ()


def parse_baseline(content: bytes, name: str) -> tuple[Accepted, ...]:
    """Return the accepted findings in ``content``; see ``baseline_of``."""
    try:
        document = json.loads(content)
        if document["schema"] != SCHEMA:
            raise BaselineError(f"{name} has the schema {document['schema']!r}, not {SCHEMA}", _HINT)
        return tuple(Accepted(**{key: str(row[key]) for key in _KEYS}) for row in document["accepted"])
    except (ValueError, TypeError, KeyError) as error:
        raise BaselineError(f"{name} cannot be read ({type(error).__name__}: {error})", _HINT) from error


_KEYS = ("gate", "rule", "where", "fingerprint", "message")
_HINT = "restore it, or write it anew with './dynamic gate baseline --accept'"


def is_new(finding: Finding, accepted: Collection[str], renames: Mapping[str, str]) -> bool:
    """Say whether no accepted fingerprint is that of ``finding``, here or in the file that its own was renamed from."""
    if finding.fingerprint in accepted:
        return False
    old = renames.get(finding.place.path, "") if finding.place else ""
    if not (old and finding.place):
        return True
    return replace(finding, place=replace(finding.place, path=old)).fingerprint not in accepted


def accepting(findings: Iterable[Finding]) -> tuple[Accepted, ...]:
    """Return the rows that accept ``findings``."""
    rows = (
        Accepted(
            each.gate,
            each.rule,
            each.place.path if each.place else each.package.name if each.package else "",
            each.fingerprint,
            each.message,
        )
        for each in findings
    )
    return tuple(sorted(rows))


def baseline_bytes(accepted: Sequence[Accepted]) -> bytes:
    """Return the file that holds ``accepted``, a line each, so that a review sees each one."""
    rows = ",\n".join(
        "  " + json.dumps({key: getattr(row, key) for key in _KEYS}, ensure_ascii=False) for row in sorted(accepted)
    )
    return f'{{"schema": "{SCHEMA}", "accepted": [\n{rows}\n]}}\n'.encode()


def write_baseline(root: Path, accepted: Sequence[Accepted]) -> Path:
    """Write ``accepted`` to the file of ``root``, and return its path."""
    path = root / FILE
    write_atomic(path, baseline_bytes(accepted))
    return path
