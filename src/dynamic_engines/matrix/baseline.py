"""What was accepted: a readable file in the repository, a line a cell, which later runs are compared with."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from dynamic_base import DynamicError, write_atomic
from dynamic_engines.matrix.record import Matrix
from dynamic_engines.matrix.run import Cell, Status
from dynamic_engines.model import Maths, Precision

if TYPE_CHECKING:
    from pydantic import TypeAdapter


class BaselineFileError(DynamicError):
    """The baseline is not there, or is not one."""


class Key(NamedTuple):
    """What a cell is known by from run to run. Devices and drivers of one engine are one column: the worst counts."""

    kernel: str
    engine: str
    precision: Precision
    maths: Maths

    def __str__(self) -> str:
        return f"{self.kernel} on {self.engine} in {self.precision}, {self.maths} maths"


@dataclass(frozen=True, slots=True)
class Accepted:
    """One cell as it was accepted. There is no time in it: times of another day or machine decide nothing.

    Parameters
    ----------
    bound_share : the largest error over its bound, in two digits; each run draws other inputs
    kernel_digest : of the sources, so that a comparison of speed knows whether a commit holds what was accepted
    """

    kernel: str
    engine: str
    precision: Precision
    maths: Maths
    status: Status
    deterministic: bool | None
    bound_share: float
    remediation: str
    kernel_digest: str

    @property
    def key(self) -> Key:
        return Key(self.kernel, self.engine, self.precision, self.maths)


@dataclass(frozen=True, slots=True)
class Baseline:
    """All accepted cells, in the order of their keys."""

    schema: Literal["dynamic.matrix-baseline/1"] = field(default="dynamic.matrix-baseline/1", kw_only=True)
    cells: tuple[Accepted, ...]


# From what nobody minds to what everybody does.
_WORSE = (Status.PASS, Status.UNSUPPORTED, Status.XFAIL, Status.FAIL)


def accepted(matrix: Matrix) -> Baseline:
    """Return what a baseline holds of ``matrix``: its cells on devices that are there."""
    worst: dict[Key, Accepted] = {}
    for cell in matrix.cells:
        if cell.status is Status.NOT_PRESENT:
            continue
        new = _accepted(cell)
        old = worst.get(new.key)
        if old is None or _badness(new) > _badness(old):
            worst[new.key] = new
    return Baseline(tuple(worst[key] for key in sorted(worst)))


def merged(baseline: Baseline, new: Iterable[Accepted], gone: Iterable[Key]) -> Baseline:
    """Return ``baseline`` with ``new`` in place of its cells of those keys, and without those that are ``gone``."""
    cells = {cell.key: cell for cell in baseline.cells} | {cell.key: cell for cell in new}
    for key in gone:
        cells.pop(key, None)
    return Baseline(tuple(cells[key] for key in sorted(cells)))


def save_baseline(path: Path, baseline: Baseline) -> None:
    """Write ``baseline``, a line a cell, so that a change is read line by line.

    Raises
    ------
    WriteError : the disk refused; what stood there is untouched
    """
    lines = ",\n".join(json.dumps(asdict(cell)) for cell in baseline.cells)
    write_atomic(path, f'{{"schema": "{baseline.schema}", "cells": [\n{lines}\n]}}\n'.encode())


def load_baseline(path: Path) -> Baseline:
    """Read an accepted baseline.

    Raises
    ------
    BaselineFileError : not there, unreadable, torn, of another schema, or with two lines for one cell
    """
    try:
        baseline = _form().validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise BaselineFileError(f"there is no {path}", "accept a run: ./dynamic matrix diff --accept") from error
    except (OSError, ValueError) as error:
        said = " ".join(str(error).split())[:200]
        raise BaselineFileError(
            f"{path} is no baseline ({said})", f"take it from git again: git checkout {path}"
        ) from error
    keys = [cell.key for cell in baseline.cells]
    if len(set(keys)) < len(keys):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise BaselineFileError(f"{path} has two lines for {twice}", "keep one of them")
    return baseline


def _accepted(cell: Cell) -> Accepted:
    return Accepted(
        cell.kernel,
        cell.engine,
        cell.precision,
        cell.maths,
        cell.status,
        cell.deterministic,
        float(f"{cell.bound_share:.2g}") if cell.bound_share <= 1 else 1.0,
        cell.remediation,
        cell.kernel_digest,
    )


def _badness(cell: Accepted) -> tuple[int, bool, float]:
    return _WORSE.index(cell.status), cell.deterministic is False, cell.bound_share


@cache
def _form() -> "TypeAdapter[Baseline]":
    from pydantic import TypeAdapter  # not at import: as in record.py

    return TypeAdapter(Baseline)
