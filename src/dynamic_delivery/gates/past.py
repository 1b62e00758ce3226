"""How long each gate took the last time."""

import json
from pathlib import Path

from dynamic_base import state_folder
from dynamic_delivery.gates.model import Outcome


def last_run(root: Path) -> Path:
    """Return the file that holds the last run of the gates of ``root``."""
    return state_folder(root) / "gates" / "last.json"


def last_seconds(root: Path) -> dict[str, float]:
    """Return how long each gate took the last time; nothing where no run came to its end, or its record is damaged."""
    try:
        rows = json.loads(last_run(root).read_bytes())["gates"]
        return {str(row["name"]): float(row["seconds"]) for row in rows if row["outcome"] != Outcome.SKIPPED}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
