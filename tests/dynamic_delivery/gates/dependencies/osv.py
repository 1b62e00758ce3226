"""Advisories in OSV form, as short as a test can be, and the locks and scopes that they are held to."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dynamic_base import TickingClock
from dynamic_delivery.gates.dependencies import check
from dynamic_delivery.gates.model import Report, Scope

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)

CLICK_LOCK = f"""\
click==8.1.0 \\
    --hash=sha256:{"a" * 64}
    # via -r a.in
"""


def record(name: str = "click", ecosystem: str = "PyPI", **over: Any) -> dict[str, Any]:
    """Return an advisory of all versions below 8.2, with any field laid over; ``events`` and ``versions`` go inside."""
    events = over.pop("events", [{"introduced": "0"}, {"fixed": "8.2"}])
    affected: dict[str, Any] = {
        "package": {"ecosystem": ecosystem, "name": name},
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
    }
    if (versions := over.pop("versions", None)) is not None:
        affected["versions"] = versions
    return {
        "schema_version": "1.7.4",
        "id": "GHSA-0000-0000-0001",
        "modified": "2026-11-29T12:00:00Z",
        "summary": "It does what it should not",
        "database_specific": {"severity": "MODERATE"},
        "affected": [affected],
        **over,
    }


def commits(**over: Any) -> dict[str, Any]:
    """Return an advisory that names commits alone."""
    held = record(**over)
    held["affected"][0]["ranges"] = [
        {"type": "GIT", "repo": "https://example.org/click", "events": [{"introduced": "0"}, {"fixed": "0" * 40}]}
    ]
    return held


def write(path: Path, *records: Mapping[str, Any]) -> Path:
    """Write each record to a file of its own in the folder ``path``."""
    path.mkdir(parents=True, exist_ok=True)
    for number, each in enumerate(records):
        (path / f"{number}.json").write_text(json.dumps(each))
    return path


def judged(root: Path, locks: Mapping[str, str], advisories: str = "advisories", **settings: str) -> Report:
    """Write ``locks`` below ``root``, and hold them to the snapshot ``root/advisories`` at noon of NOW's day."""
    for path, text in locks.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    given = {"run.network": settings.pop("network", "false"), "dependencies.advisories": advisories}
    given.update({f"dependencies.{key}": value for key, value in settings.items()})
    return check(Scope(root, tuple(sorted(locks)), settings=given), TickingClock(NOW))
