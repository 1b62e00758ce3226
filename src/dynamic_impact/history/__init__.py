"""What past runs say of each test, out of the event log; and this run's own record, into it."""

from dynamic_impact.history.reading import History, observations, past_of, read_history, typical_seconds
from dynamic_impact.history.recording import record

__all__ = ["History", "observations", "past_of", "read_history", "record", "typical_seconds"]
