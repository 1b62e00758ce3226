"""Lockfiles, down to the requirement: which pins an edit changed, and which requirements stand on them.

Another form is one file here and one row in FORMATS.
"""

from dynamic_impact.locks.model import Lock, LockEdit, LockFormatError, Pin, compare_locks, name_of, normalised
from dynamic_impact.locks.packages import parse_toml
from dynamic_impact.locks.pex import parse_pex
from dynamic_impact.locks.requirements import parse_requirements

FORMATS = (parse_pex, parse_toml, parse_requirements)

__all__ = [
    "FORMATS",
    "Lock",
    "LockEdit",
    "LockFormatError",
    "Pin",
    "compare_locks",
    "name_of",
    "normalised",
    "parse_lock",
]


def parse_lock(text: str) -> Lock:
    """Read a lock of any known form.

    Raises
    ------
    LockFormatError : of no known form, or one that does not say what needs what
    """
    for parse in FORMATS:
        if (lock := parse(text)) is not None:
            return lock
    raise LockFormatError("it is no requirements file, PEX lock, uv.lock or poetry.lock")
