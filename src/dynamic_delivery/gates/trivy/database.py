"""Trivy's vulnerability database, if one is there, and how old it is.

Without one nothing can be said; with an old one, nothing of the advisories since. Neither is a yes.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dynamic_delivery.gates.errors import ToolError

_FORM = 2
_FETCH = "where there is a network: trivy fs --download-db-only --cache-dir DIR; then set trivy-vuln.database=DIR"
_AHEAD = timedelta(days=1)  # clocks differ


@dataclass(frozen=True, slots=True)
class Database:
    """A database that is there.

    Parameters
    ----------
    cache : Path, what Trivy calls its cache folder
    updated : datetime, UTC, when it was built
    """

    cache: Path
    updated: datetime


def stands(cache: Path) -> bool:
    """Say whether a database was ever put below ``cache``, be it sound or not."""
    return (cache / "db").exists()


def read(cache: Path) -> Database:
    """Return the database below ``cache``.

    Raises
    ------
    ToolError : there is none, or its description cannot be read, or it is of another form than this Trivy reads
    """
    described = cache / "db" / "metadata.json"
    if not (cache / "db" / "trivy.db").is_file() or not described.is_file():
        raise ToolError(f"no vulnerability database in {cache}", _FETCH)
    try:
        known = json.loads(described.read_bytes())
        form, updated = known["Version"], _time(known["UpdatedAt"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ToolError(f"{described} does not describe a database ({type(error).__name__})", _FETCH) from error
    if form != _FORM:
        raise ToolError(f"the database in {cache} has form {form!r}, and trivy reads {_FORM}", _FETCH)
    return Database(cache, updated)


def age(database: Database, now: datetime, stale_days: int) -> str:
    """Return the age as a note.

    Raises
    ------
    ToolError : it is older than ``stale_days``, or from a day that has not come yet
    """
    passed = now - database.updated
    if passed < -_AHEAD:
        raise ToolError(f"the database is of {database.updated:%Y-%m-%d}, which has not come yet", "set this clock")
    if passed / timedelta(days=1) > stale_days:  # a setting may name more days than a timedelta can hold
        raise ToolError(f"the database is {passed.days} days old, and after {stale_days} it decides nothing", _FETCH)
    return f"vulnerability database of {database.updated:%Y-%m-%d %H:%M} UTC, {max(passed.days, 0)} days old"


def _time(text: str) -> datetime:
    """Go prints nanoseconds, which Python does not read."""
    moment = datetime.fromisoformat(re.sub(r"\.\d+", "", text))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
