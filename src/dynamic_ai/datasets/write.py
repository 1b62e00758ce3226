"""From a table to a folder, the same bytes for the same table."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dynamic_ai.datasets.layout import FLOAT, LABEL, SCHEMA, SUFFIX, TIME
from dynamic_ai.datasets.model import Table
from dynamic_ai.errors import SnapshotError, SnapshotExistsError
from dynamic_base import canonical_json
from dynamic_base.sealed import MANIFEST, FolderTakenError, SealError, seal, sha256


def write_snapshot(folder: Path, table: Table) -> str:
    """Write ``table`` to ``folder``, whole or not at all, and return the snapshot's digest.

    A folder that holds this very snapshot is left as it is.

    Raises
    ------
    SnapshotExistsError : the folder holds something else
    SnapshotError, WriteError : the disk refused
    """
    files = snapshot_files(table)
    try:
        return seal(folder, files.pop(MANIFEST), files)
    except FolderTakenError as error:
        raise SnapshotExistsError(error.message, error.hint) from error
    except SealError as error:
        raise SnapshotError(error.message, error.hint) from error


def snapshot_files(table: Table) -> dict[str, bytes]:
    """Return the manifest and the columns of ``table``, by file name. No clock, machine or order of a dict is in it."""
    columns: list[dict[str, object]] = []
    files: dict[str, bytes] = {}
    for name, role, dtype, values, definition in _columns(table):
        content = np.ascontiguousarray(values).astype(dtype).tobytes()
        file = f"{name}.{SUFFIX[dtype]}"
        files[file] = content
        columns.append(
            {"name": name, "role": role, "dtype": dtype, "file": file, "sha256": sha256(content), **definition}
        )
    files[MANIFEST] = canonical_json(
        {
            "schema": SCHEMA,
            "source": {"name": table.source.name, "sha256": table.source.digest, "licence": table.source.licence},
            "recipe": {"name": table.recipe.name, "version": table.recipe.version},
            "rows": int(table.time.size),
            "columns": columns,
            "splits": _splits(table),
        }
    )
    return files


def _columns(
    table: Table,
) -> list[tuple[str, str, str, npt.NDArray[np.generic], Mapping[str, object]]]:
    return [
        ("time", "time", TIME, table.time, {"definition": {"unit": "us", "since": "1970-01-01T00:00:00Z"}}),
        *(
            (feature.name, "feature", FLOAT, feature.values, {"definition": dict(feature.definition)})
            for feature in table.features
        ),
        ("label", "label", LABEL, table.label, {"definition": {"formula": table.recipe.label}}),
    ]


def _splits(table: Table) -> dict[str, object]:
    cuts = (0, table.splits.validation, table.splits.test, int(table.time.size))
    names = ("train", "validation", "test")
    return {
        name: {"from": start, "to": end, "first": _iso(table, start), "last": _iso(table, end - 1)}
        for name, start, end in zip(names, cuts[:-1], cuts[1:], strict=True)
    }


def _iso(table: Table, row: int) -> str:
    return str(np.datetime64(int(table.time[row]), "us").astype("datetime64[s]"))
