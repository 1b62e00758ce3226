"""From a folder to arrays; a snapshot that is not whole is never read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from dynamic_ai.datasets.layout import FLOAT, LABEL, TIME
from dynamic_ai.datasets.model import F64, I64, U8
from dynamic_ai.datasets.verify import columns_of, manifest_of, verify_snapshot
from dynamic_ai.errors import SnapshotError
from dynamic_base.sealed import MANIFEST

_Number = TypeVar("_Number", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A dataset as it was written.

    Parameters
    ----------
    names : the features, in the order of the columns of ``features``
    features : float64[n_rows, n_features]
    label : uint8[n_rows], 0 or 1
    time : int64[n_rows], microseconds since 1970
    validation, test : the first row of each split; train begins at 0
    """

    digest: str
    names: tuple[str, ...]
    features: F64 = field(repr=False)
    label: U8 = field(repr=False)
    time: I64 = field(repr=False)
    validation: int
    test: int
    manifest: Mapping[str, object] = field(repr=False)

    def part(self, split: str) -> tuple[F64, U8]:
        """Return features and labels of ``train``, ``validation`` or ``test``."""
        rows = {
            "train": slice(0, self.validation),
            "validation": slice(self.validation, self.test),
            "test": slice(self.test, None),
        }[split]
        return self.features[rows], self.label[rows]


def read_snapshot(folder: Path) -> Snapshot:
    """Read the snapshot in ``folder``, after verifying each of its files.

    Raises
    ------
    SnapshotError : no snapshot, or one that is not whole
    """
    found = verify_snapshot(folder)
    if found.faults:
        first = found.faults[0]
        raise SnapshotError(f"{folder / first.file} {first.reason}", f"see './dynamic datasets verify {folder}'")
    manifest = manifest_of(folder).document
    try:
        return _arrays(folder, manifest, found.digest)
    except (KeyError, TypeError, ValueError) as error:
        raise SnapshotError(
            f"{folder / MANIFEST} does not fit its files ({error})", "take the snapshot again"
        ) from error


def _arrays(folder: Path, manifest: Mapping[str, object], digest: str) -> Snapshot:
    rows = manifest["rows"]
    columns = columns_of(manifest)
    features = [column for column in columns if column["role"] == "feature"]
    (label,) = (column for column in columns if column["role"] == "label")
    (time,) = (column for column in columns if column["role"] == "time")
    splits = manifest["splits"]
    if not isinstance(splits, dict) or not isinstance(rows, int) or not features:
        raise TypeError("splits or rows")
    validation, test = int(splits["validation"]["from"]), int(splits["test"]["from"])
    if not 0 < validation < test < rows:
        raise ValueError("an empty split")
    stacked = np.stack([_column(folder, column, FLOAT, rows, np.float64) for column in features], axis=1)
    return Snapshot(
        digest,
        tuple(str(column["name"]) for column in features),
        stacked,
        _column(folder, label, LABEL, rows, np.uint8),
        _column(folder, time, TIME, rows, np.int64),
        validation,
        test,
        manifest,
    )


def _column(
    folder: Path, column: Mapping[str, object], dtype: str, rows: int, native: type[_Number]
) -> npt.NDArray[_Number]:
    if column["dtype"] != dtype:
        raise ValueError(f"{column['name']} is {column['dtype']}, not {dtype}")
    raw = np.frombuffer((folder / str(column["file"])).read_bytes(), dtype)
    if raw.size != rows:
        raise ValueError(f"{column['name']} has {raw.size} rows, not {rows}")
    return raw.astype(native)
