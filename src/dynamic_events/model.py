"""One event, and its line in a file."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from dynamic_base import canonical_json
from dynamic_events.errors import EventInputError

SCHEMA = 1
AttributeValue = str | bool | int | float | tuple[str, ...]

_DOTTED = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_EXACT = 2**53


@dataclass(frozen=True, slots=True)
class Event:
    """What happened, once.

    Parameters
    ----------
    time : aware datetime; kept in UTC, to the microsecond
    kind : str, dotted lower-case, e.g. ``test.finished``
    run : str, letters, digits, ``.``, ``_`` and ``-``, at most 100; it starts the file's name
    subject : str, what it happened to: a target's address, an environment, a commit
    attributes : OpenTelemetry CI/CD names where they exist (``cicd.pipeline.run.id``), else dotted lower-case.
        Integers of 2**53 and beyond go in as strings: JSON readers would round them. The file knows one kind of
        number, so a whole float comes back as an equal int.

    Raises
    ------
    EventInputError : a naive time, or a name that does not fit
    """

    id: UUID
    time: datetime
    kind: str
    run: str
    subject: str
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict, hash=False)
    schema: int = SCHEMA

    def __post_init__(self) -> None:
        if self.time.tzinfo is None:
            raise EventInputError(f"the time of event {self.kind} has no zone", "use the UTC clock of dynamic_base")
        if not _RUN.fullmatch(self.run):
            raise EventInputError(
                f"run {self.run!r} cannot name a file", "use letters, digits, '.', '_' and '-', at most 100"
            )
        for name in (self.kind, *self.attributes):
            if not _DOTTED.fullmatch(name):
                raise EventInputError(f"{name!r} is not dotted lower-case", "write it like cicd.pipeline.run.id")
        object.__setattr__(self, "time", self.time.astimezone(UTC))
        object.__setattr__(self, "attributes", dict(self.attributes))

    def document(self) -> dict[str, object]:
        """Return the event as JSON's kinds."""
        return {
            "schema": self.schema,
            "id": str(self.id),
            "time": self.time.isoformat(timespec="microseconds"),
            "kind": self.kind,
            "run": self.run,
            "subject": self.subject,
            "attributes": self.attributes,
        }


def encode(events: Iterable[Event]) -> bytes:
    """Return the file's bytes: one canonical JSON line an event.

    Raises
    ------
    CanonicalError : an attribute that JSON cannot carry exactly
    """
    return b"".join(canonical_json(event.document()) + b"\n" for event in events)


def decode(content: bytes) -> tuple[Event, ...]:
    """Return the events of a file's bytes.

    Raises
    ------
    EventInputError : a line of another schema, or one that is no event
    """
    return tuple(_event(line) for line in content.splitlines())


def _event(line: bytes) -> Event:
    try:
        document: dict[str, Any] = json.loads(line, parse_int=_number)
        if document.get("schema") != SCHEMA:
            raise EventInputError(
                f"schema {document.get('schema')}, this program reads {SCHEMA}", "update this program"
            )
        attributes = {k: tuple(v) if isinstance(v, list) else v for k, v in document["attributes"].items()}
        time = datetime.fromisoformat(document["time"])
        return Event(UUID(document["id"]), time, document["kind"], document["run"], document["subject"], attributes)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EventInputError(f"a line is not an event ({error})") from error


def _number(digits: str) -> int | float:
    """Read back as a float what only a float can have written: canonical JSON prints 1e20 without its exponent."""
    value = int(digits)
    return value if abs(value) < _EXACT else float(digits)
