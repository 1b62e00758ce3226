"""Bars that are known by their content: where they come from, which rules mended them, and their numbers, sealed.

The form is that of ``dynamic_base.sealed``: a manifest, a file of raw little-endian numbers for each column, and sums.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from dynamic_base import DynamicError, canonical_json
from dynamic_base.sealed import MANIFEST, Fault, Manifest, faults, read_manifest, seal, sha256
from dynamic_ta.data.cells import BadRows
from dynamic_ta.data.checks import check_order, check_ranges, check_values
from dynamic_ta.data.errors import BarsSnapshotError
from dynamic_ta.data.model import NUMBERS, Applied, Bars, Draft, Origin, Reading
from dynamic_ta.data.notices import gaps, jumps

SCHEMA = "dynamic.bars/1"
_TIME, _FLOAT = "<i8", "<f8"
_SUFFIX = {_TIME: "i64", _FLOAT: "f64"}


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """What is written: the manifest's bytes, each column's by file name, and the digest of the manifest."""

    digest: str
    manifest: bytes = field(repr=False)
    files: Mapping[str, bytes] = field(repr=False)


def snapshot(reading: Reading) -> Snapshot:
    """Return ``reading`` as bytes; no clock, machine or order of a dict is in them, and each rule applied is."""
    bars = reading.bars
    columns: list[dict[str, object]] = []
    files: dict[str, bytes] = {}
    moments = bars.time.astype("datetime64[us]").astype(np.int64)
    for name, dtype, values in (("time", _TIME, moments), *((name, _FLOAT, getattr(bars, name)) for name in NUMBERS)):
        file = f"{name}.{_SUFFIX[dtype]}"
        files[file] = np.ascontiguousarray(values).astype(dtype).tobytes()
        columns.append({"name": name, "dtype": dtype, "file": file, "sha256": sha256(files[file])})
    manifest = canonical_json(
        {
            "schema": SCHEMA,
            "source": {"name": reading.origin.name, "sha256": reading.origin.digest, "licence": reading.origin.licence},
            "mending": [applied.document() for applied in reading.applied],
            "time": {"unit": "us", "since": "1970-01-01T00:00:00"},
            "bars": bars.n_bars,
            "columns": columns,
        }
    )
    return Snapshot(sha256(manifest), manifest, files)


def write_snapshot(folder: Path, reading: Reading) -> str:
    """Write ``reading`` to ``folder``, whole or not at all, and return the snapshot's digest.

    Raises
    ------
    FolderTakenError : the folder holds something else
    """
    taken = snapshot(reading)
    return seal(folder, taken.manifest, taken.files)


def is_snapshot(folder: Path) -> bool:
    return (folder / MANIFEST).is_file()


def verify_snapshot(folder: Path, expected: str = "") -> tuple[str, tuple[Fault, ...]]:
    """Return the digest that the snapshot has now, and every fault; none means that it is whole.

    Raises
    ------
    BarsSnapshotError : there is no manifest of this schema
    """
    manifest = _manifest(folder)
    return manifest.digest, faults(folder, manifest, _sums(folder, manifest), expected)


def read_snapshot(folder: Path, expected: str = "") -> Reading:
    """Return the bars in ``folder``, after verifying each of its files; their digest is the snapshot's.

    Its notices number the bars from 0, since the rows of the file are gone.

    Raises
    ------
    BarsSnapshotError : no snapshot, one that was edited, or another than ``expected``
    """
    manifest = _manifest(folder)
    found = faults(folder, manifest, _sums(folder, manifest), expected)
    if found:
        raise BarsSnapshotError(f"{folder / found[0].file} {found[0].reason}", "take the snapshot again")
    try:
        return _reading(folder, manifest)
    except (KeyError, TypeError, ValueError) as error:
        raise _misfit(folder, str(error)) from error


def _manifest(folder: Path) -> Manifest:
    try:
        return read_manifest(folder, SCHEMA)
    except DynamicError as error:
        raise BarsSnapshotError(error.message, error.hint) from error


def _sums(folder: Path, manifest: Manifest) -> dict[str, str]:
    columns = manifest.document.get("columns")
    wanted = ("name", "dtype", "file", "sha256")
    if not isinstance(columns, list) or not all(
        isinstance(column, dict) and all(isinstance(column.get(key), str) for key in wanted) for column in columns
    ):
        raise _misfit(folder, "columns")
    if any(Path(column["file"]).name != column["file"] for column in columns):
        raise _misfit(folder, "a column outside the folder")
    return {column["file"]: column["sha256"] for column in columns}


def _reading(folder: Path, manifest: Manifest) -> Reading:
    document = manifest.document
    columns, source, mending = document["columns"], document["source"], document["mending"]
    if not isinstance(columns, list) or not isinstance(source, dict) or not isinstance(mending, list):
        raise TypeError("columns, source or mending")
    files = {column["name"]: folder / column["file"] for column in columns}
    moments = np.frombuffer(files["time"].read_bytes(), _TIME).astype("datetime64[us]")
    numbers = {name: np.frombuffer(files[name].read_bytes(), _FLOAT).astype(np.float64) for name in NUMBERS}
    if {moments.size, *(values.size for values in numbers.values())} != {document["bars"]} or not moments.size:
        raise ValueError("columns of different lengths")
    applied = tuple(Applied(str(rule["rule"]), _rows_of(str(rule["which"]))) for rule in mending)
    draft = Draft(np.arange(moments.size), moments, numbers)
    _check(folder, draft)
    for array in (moments, *numbers.values()):
        array.setflags(write=False)
    bars = Bars(name=str(source["name"]), digest=manifest.digest, time=moments, **numbers)
    origin = Origin(bars.name, str(source["sha256"]), str(source["licence"]))
    return Reading(bars, origin, applied, (*gaps(draft), *jumps(draft)))


def _check(folder: Path, draft: Draft) -> None:
    """Refuse what no file of bars could have given: whoever writes manifest and sums anew can seal anything."""
    bad: BadRows = {}
    check_values(draft, bad, negative=True)
    check_ranges(draft, bad)
    check_order(draft, bad)
    if bad:
        first = min(bad)
        raise _misfit(folder, f"bar {first}: {bad[first].reason}")


def _rows_of(ranges: str) -> tuple[int, ...]:
    rows: list[int] = []
    for part in filter(None, ranges.split(", ")):
        first, _, last = part.partition("-")
        rows.extend(range(int(first), int(last or first) + 1))
    return tuple(rows)


def _misfit(folder: Path, what: str) -> BarsSnapshotError:
    return BarsSnapshotError(f"{folder / MANIFEST} does not fit its files ({what})", "take the snapshot again")
