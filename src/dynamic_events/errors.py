"""What can go wrong with events. A torn file is not here: it is a finding, reported by ``EventLog.read``."""

from dynamic_base import DynamicError, UsageError


class EventError(DynamicError):
    """The root of this room's failures."""


class EventInputError(EventError):
    """A record breaks the rules of the log; nothing was written."""


class QueryError(EventError, UsageError):
    """DuckDB refused the query."""
