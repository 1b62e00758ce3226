"""Matrices on disk: one immutable, dated file a run."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from dynamic_base import DynamicError, state_folder, write_atomic
from dynamic_engines.matrix.run import Cell

if TYPE_CHECKING:
    from pydantic import TypeAdapter


class MatrixFileError(DynamicError):
    """A recorded matrix is not there, or is not one."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """The cells of one run.

    Parameters
    ----------
    time : UTC, when it started
    seed : of the inputs; the same seed draws them again
    oracle : the version of NumPy that computed the expected values, in float64
    partial : why cells may be missing that a whole run has: what was asked for, or that it did not come to its end
    """

    schema: Literal["dynamic.matrix/2"] = field(default="dynamic.matrix/2", kw_only=True)
    time: datetime
    seed: int
    oracle: str
    cells: tuple[Cell, ...]
    partial: str = ""

    def document(self) -> dict[str, object]:
        """Return the JSON form; NaN and infinity are strings."""
        from pydantic import ConfigDict, TypeAdapter  # as in _form

        anything = TypeAdapter(object, config=ConfigDict(ser_json_inf_nan="strings"))
        return dict(json.loads(anything.dump_json(self)))


def save(root: Path, matrix: Matrix) -> Path:
    """Write ``matrix`` under ``root/.dynamic/matrix``, over an earlier state of the same run, and return its path.

    Raises
    ------
    WriteError : the disk refused; the earlier state stands
    """
    path = state_folder(root) / "matrix" / f"{matrix.time:%Y%m%dT%H%M%S%f}-{matrix.seed}.json"
    write_atomic(path, json.dumps(matrix.document(), indent=1).encode())
    return path


def latest(root: Path) -> Path:
    """Return the path of the newest matrix under ``root``.

    Raises
    ------
    MatrixFileError : none was recorded
    """
    found = sorted((root / ".dynamic" / "matrix").glob("*.json"))
    if not found:
        raise MatrixFileError(f"no matrix was recorded in {root}", "make one: ./dynamic matrix run")
    return found[-1]


def load(path: Path) -> Matrix:
    """Read a recorded matrix.

    Raises
    ------
    MatrixFileError : unreadable, torn, or of another schema
    """
    try:
        return _form().validate_json(path.read_bytes())
    except (OSError, ValueError) as error:
        said = " ".join(str(error).split())[:200]
        raise MatrixFileError(f"{path} is no matrix ({said})", "make a new one: ./dynamic matrix run") from error


@cache
def _form() -> "TypeAdapter[Matrix]":
    from pydantic import TypeAdapter  # not at import: this room's users need no documents

    return TypeAdapter(Matrix)
