"""The record of decisions: files named by their content that nobody rewrites, so merging is copying."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from dynamic_ags.decide import Decision
from dynamic_base import canonical_json, state_folder, write_atomic


def encode(decisions: Sequence[Decision]) -> bytes:
    """Return one line of canonical JSON a decision."""
    return b"".join(canonical_json(decision.document()) + b"\n" for decision in decisions)


def record(root: Path, decisions: Sequence[Decision]) -> Path:
    """Write ``decisions`` as one new file below ``root/.dynamic/ags/decisions`` and return its path.

    Its name is the SHA-256 of its bytes, so ``sha256sum`` alone shows whether it was touched.

    Raises
    ------
    WriteError : the folder or the disk refused. A decision without a record is none: the caller must not go on.
    """
    content = encode(decisions)
    month = min(decision.time for decision in decisions).strftime("%Y-%m")
    path = state_folder(root) / "ags" / "decisions" / month / f"{hashlib.sha256(content).hexdigest()}.jsonl"
    write_atomic(path, content)
    return path
