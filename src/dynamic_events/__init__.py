"""The event log: immutable records, one file a run, any number of writers, read with DuckDB."""

from dynamic_events.errors import EventError, EventInputError, QueryError
from dynamic_events.log import EventLog, Reading, Torn
from dynamic_events.model import SCHEMA, AttributeValue, Event
from dynamic_events.query import Rows

__all__ = [
    "SCHEMA",
    "AttributeValue",
    "Event",
    "EventError",
    "EventInputError",
    "EventLog",
    "QueryError",
    "Reading",
    "Rows",
    "Torn",
]
