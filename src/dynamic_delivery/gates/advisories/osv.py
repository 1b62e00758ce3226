"""OSV records, schema 1.0 to 1.7, read strictly where a finding depends on it.

References
----------
.. [1] OSSF, "Open Source Vulnerability format" 1.7.4, 2025
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from dynamic_delivery.gates.advisories import severity as severities
from dynamic_delivery.gates.advisories.model import Advisory, AdvisoryError, Affected, Range
from dynamic_delivery.gates.locks.model import PYPI
from dynamic_delivery.gates.locks.versions import Event, Kind
from dynamic_delivery.gates.model import Severity
from dynamic_impact.locks import normalised

_MOST_CHARACTERS = 200  # of a summary
_KINDS: tuple[Kind, ...] = ("introduced", "fixed", "last_affected", "limit")


def read_time(value: object) -> datetime:
    """Return an RFC 3339 time in UTC; ValueError for anything else."""
    if not isinstance(value, str):
        raise ValueError("a time is text")
    read = datetime.fromisoformat(value)
    try:
        return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    except OverflowError as error:  # at the ends of the calendar
        raise ValueError(str(error)) from error


def _whole(text: str) -> str:
    """JSON can spell half a character, which no output can hold."""
    text.encode()
    return text


_Time = Annotated[datetime, BeforeValidator(read_time)]
_Text = Annotated[str, AfterValidator(_whole)]


class _Strict(BaseModel):
    """Fields that no finding depends on are not looked at. GitHub and others write null for an empty list."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class _Score(_Strict):
    type: str
    score: str


class _Event(_Strict):
    introduced: str | None = None
    fixed: str | None = None
    last_affected: str | None = None
    limit: str | None = None

    def event(self) -> Event:
        held = [(kind, version) for kind in _KINDS if (version := getattr(self, kind)) is not None]
        if len(held) != 1:
            raise AdvisoryError("an event is not exactly one of introduced, fixed, last_affected and limit")
        return Event(*held[0])


class _Range(_Strict):
    type: Literal["SEMVER", "ECOSYSTEM", "GIT"]
    events: list[_Event]


class _Package(_Strict):
    ecosystem: str
    name: str = Field(min_length=1)


class _Affected(_Strict):
    package: _Package | None = None
    severity: list[_Score] | None = None
    ranges: list[_Range] | None = None
    versions: list[str] | None = None
    ecosystem_specific: dict[str, Any] | None = None
    database_specific: dict[str, Any] | None = None


class _Record(_Strict):
    id: _Text = Field(min_length=1)
    modified: _Time
    schema_version: str = "1.0.0"
    withdrawn: _Time | None = None
    aliases: list[_Text] | None = None
    summary: _Text | None = None
    severity: list[_Score] | None = None
    affected: list[_Affected] | None = None
    database_specific: dict[str, Any] | None = None


def read_record(document: object, entry: str) -> Advisory:
    """Return the advisory that one OSV record is.

    Raises
    ------
    AdvisoryError : it is no record of schema 1, with the field that says so
    """
    try:
        record = _Record.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the record"
        raise AdvisoryError(f"{where}: {first['msg']}") from error
    except RecursionError as error:
        raise AdvisoryError("it nests too deeply") from error
    if not record.schema_version.startswith("1."):
        raise AdvisoryError(f"its schema is {record.schema_version[:20]!r}, and 1.x is known")
    return Advisory(
        id=record.id,
        aliases=tuple(record.aliases or ()),
        modified=record.modified,
        withdrawn=record.withdrawn is not None,
        summary=" ".join((record.summary or "").split())[:_MOST_CHARACTERS],
        severity=_severity(record),
        affected=tuple(_affected(each) for each in record.affected or () if each.package is not None),
        entry=entry,
    )


def _severity(record: _Record) -> Severity | None:
    if record.id.startswith("MAL-"):  # a package that was made to do harm
        return Severity.CRITICAL
    return severities.of_vectors(each.score for each in record.severity or ()) or _word(record.database_specific)


def _word(held: Mapping[str, Any] | None) -> Severity | None:
    return severities.of_word((held or {}).get("severity"))


def _affected(held: _Affected) -> Affected:
    package = held.package
    if package is None:
        raise AdvisoryError("a package is missing")
    ecosystem = package.ecosystem.partition(":")[0]
    return Affected(
        ecosystem=ecosystem,
        name=normalised(package.name) if ecosystem == PYPI else package.name,
        ranges=tuple(Range(each.type, _events(each)) for each in held.ranges or ()),
        versions=tuple(held.versions or ()),
        severity=severities.of_vectors(each.score for each in held.severity or ())
        or _word(held.database_specific)
        or _word(held.ecosystem_specific),
    )


def _events(held: _Range) -> tuple[Event, ...]:
    events = tuple(each.event() for each in held.events)
    if not any(event.kind == "introduced" for event in events):
        raise AdvisoryError("a range has no introduced event")
    return events
