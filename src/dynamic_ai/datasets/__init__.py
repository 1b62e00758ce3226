"""Datasets: tables in memory, and snapshots that are known by their content."""

from dynamic_ai.datasets.model import Feature, Recipe, Source, Splits, Table
from dynamic_ai.datasets.read import Snapshot, read_snapshot
from dynamic_ai.datasets.verify import Verification, verify_snapshot
from dynamic_ai.datasets.write import write_snapshot
from dynamic_base.sealed import Fault

__all__ = [
    "Fault",
    "Feature",
    "Recipe",
    "Snapshot",
    "Source",
    "Splits",
    "Table",
    "Verification",
    "read_snapshot",
    "verify_snapshot",
    "write_snapshot",
]
