"""Bars of one instrument, read strictly: a row that is wrong is refused, or mended by a rule that was asked for."""

from dynamic_ta.data.errors import (
    BadBarsError,
    BarsSnapshotError,
    CorruptFileError,
    DataError,
    MendingError,
    UnknownSourceError,
)
from dynamic_ta.data.mending import NO_MENDING, RULES, Mending, mending_of
from dynamic_ta.data.model import Applied, BadRow, Bars, Notice, Origin, Reading
from dynamic_ta.data.read import SAMPLES, read_bars, read_positive, read_source
from dynamic_ta.data.snapshots import Snapshot, read_snapshot, snapshot, verify_snapshot, write_snapshot
from dynamic_ta.data.splits import Split

__all__ = [
    "NO_MENDING",
    "RULES",
    "SAMPLES",
    "Applied",
    "BadBarsError",
    "BadRow",
    "Bars",
    "BarsSnapshotError",
    "CorruptFileError",
    "DataError",
    "Mending",
    "MendingError",
    "Notice",
    "Origin",
    "Reading",
    "Snapshot",
    "Split",
    "UnknownSourceError",
    "mending_of",
    "read_bars",
    "read_positive",
    "read_snapshot",
    "read_source",
    "snapshot",
    "verify_snapshot",
    "write_snapshot",
]
