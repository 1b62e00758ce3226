"""``3rdparty/python/licences.json``: what the wheels that the locks allow say of their licences, in their own words.

A row is bound to one artifact by its digest. It speaks for a pin that allows this artifact, and for no other: a pin
that changes has no row until the record is made anew.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dynamic_delivery.gates.errors import GateError
from dynamic_delivery.gates.licensing.metadata import Words
from dynamic_delivery.gates.locks.model import Locked

FILE = "3rdparty/python/licences.json"
SCHEMA = "dynamic.licences/1"
COMMAND = "./dynamic gate licences record"

_HINT = f"restore it from git, or write it anew with '{COMMAND} --anew'"


class RecordError(GateError):
    """The record of licences is not of its form."""


@dataclass(frozen=True, slots=True, order=True)
class Row:
    """What one artifact says.

    Parameters
    ----------
    name : str, normalised
    wheel : str, the file's name
    sha256 : str, hexadecimal, of the file
    """

    name: str
    version: str
    wheel: str
    sha256: str
    words: Words

    def speaks_for(self, package: Locked) -> bool:
        """Say whether this is an artifact that the pin allows."""
        named = (self.name, self.version) == (package.name, package.version)
        return named and f"sha256:{self.sha256}" in package.hashes


class Record:
    """All rows, by release."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self._by_release: dict[tuple[str, str], list[Row]] = {}
        for row in sorted(set(rows)):
            self._by_release.setdefault((row.name, row.version), []).append(row)

    @property
    def rows(self) -> tuple[Row, ...]:
        """Return them in order of name."""
        return tuple(row for _, held in sorted(self._by_release.items()) for row in held)

    def row(self, package: Locked) -> Row | None:
        """Return what is known of an artifact that the pin allows; None where nothing is."""
        held = self._by_release.get((package.name, package.version), ())
        return next((row for row in held if row.speaks_for(package)), None)

    def others(self, package: Locked) -> Sequence[Row]:
        """Return what is known of other artifacts of the same package, which the pin does not allow."""
        return [row for row in self.rows if row.name == package.name and not row.speaks_for(package)]


_Line = Annotated[str, Field(max_length=4096)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    package: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    version: Annotated[str, Field(min_length=1)]
    wheel: Annotated[str, Field(pattern=r"^[^/\\]+\.whl$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    expression: _Line = ""
    licence: _Line = ""
    classifiers: list[_Line] = []

    def row(self) -> Row:
        words = Words(self.expression, self.licence, tuple(self.classifiers))
        return Row(self.package, self.version, self.wheel, self.sha256, words)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)

    form: Annotated[Literal["dynamic.licences/1"], Field(alias="schema")]
    packages: list[_Row]


def read_record(root: Path) -> Record:
    """Return the record of ``root``; an empty one where there is none.

    Raises
    ------
    RecordError : it is not of its form
    """
    path = root / FILE
    try:
        content = path.read_bytes() if path.exists() else record_bytes(Record())
        return Record(each.row() for each in _File.model_validate_json(content).packages)
    except OSError as error:
        raise RecordError(f"{FILE} cannot be read ({error.strerror})", _HINT) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise RecordError(f"{FILE}: {where}: {first['msg']}", _HINT) from error


def record_bytes(record: Record) -> bytes:
    """Return the file that holds ``record``, a line each, so that a review sees each one."""
    rows = ",\n".join("  " + json.dumps(_fields(row), ensure_ascii=False) for row in record.rows)
    return f'{{"schema": "{SCHEMA}", "packages": [\n{rows}\n]}}\n'.encode()


def _fields(row: Row) -> Mapping[str, object]:
    """Leave out what is empty, so that a line can be read."""
    said = {"expression": row.words.expression, "licence": row.words.field, "classifiers": list(row.words.classifiers)}
    return {
        "package": row.name,
        "version": row.version,
        "wheel": row.wheel,
        "sha256": row.sha256,
        **{key: value for key, value in said.items() if value},
    }
