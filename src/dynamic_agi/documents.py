"""What scenarios and profiles have in common: TOML, checked key by key."""

import importlib.resources
import tomllib
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from dynamic_agi.errors import ScenarioError, UnknownNameError

_HOUR_MS = 3_600_000
_DATA = importlib.resources.files("dynamic_agi") / "data"

_Document = TypeVar("_Document", bound="Document")


class Document(BaseModel):
    """A table of a file: no key that is not known, nothing that changes later."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _ordered(span: tuple[int, int]) -> tuple[int, int]:
    if span[0] > span[1]:
        raise ValueError(f"the first of {list(span)} is the larger one; write [least, most]")
    return span


Ms = Annotated[int, Field(ge=0, le=_HOUR_MS)]
PositiveMs = Annotated[int, Field(ge=1, le=_HOUR_MS)]
Span = Annotated[tuple[Ms, Ms], AfterValidator(_ordered)]
Chance = Annotated[float, Field(ge=0, le=1)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]


def load(folder: str, wanted: str, kind: type[_Document]) -> _Document:
    """Return the document named ``wanted``, one of the package's ``folder`` or a file whose name ends in .toml.

    Raises
    ------
    UnknownNameError : no such name, no such file
    ScenarioError : the file is not TOML, or a key does not fit; the message holds the key's path
    """
    if wanted.endswith(".toml"):
        try:
            return parse(Path(wanted).read_bytes(), wanted, kind)
        except OSError as error:
            raise UnknownNameError(f"cannot read {wanted} ({error.strerror})", "name an existing file") from error
    known = names(folder)
    if wanted not in known:
        raise UnknownNameError(f"no {folder[:-1]} {wanted!r}", f"choose from {', '.join(known)}, or name a .toml file")
    return parse((_DATA / folder / f"{wanted}.toml").read_bytes(), f"{wanted}.toml", kind)


def names(folder: str) -> tuple[str, ...]:
    """Return what the package has in ``folder``, sorted."""
    return tuple(
        sorted(file.name.removesuffix(".toml") for file in (_DATA / folder).iterdir() if file.name.endswith(".toml"))
    )


def parse(content: bytes, source: str, kind: type[_Document]) -> _Document:
    """Return the document that ``content`` holds.

    Raises
    ------
    ScenarioError : ``content`` is not TOML, or a key does not fit
    """
    try:
        return kind.model_validate(tomllib.loads(content.decode()))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{source} is not TOML ({error})", "correct the file at that place") from error
    except ValidationError as error:
        raise unfit(source, error) from error


def unfit(source: str, error: ValidationError) -> ScenarioError:
    """Return the first fault of a document as an error that holds the path of its key and what would fit."""
    first = error.errors(include_url=False)[0]
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"]).lstrip(".")
    wrong = first["msg"].removeprefix("Value error, ")
    match first["type"]:
        case "extra_forbidden":
            wrong, fix = "no such key", "remove it, or correct its spelling"
        case "missing":
            wrong, fix = "the key is missing", "add it"
        case "value_error":
            fix = "correct it there"
        case _:
            fix = f"it is {first['input']!r} now"
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return ScenarioError(f"{source}: {path or 'the file'}: {wrong}{more}", fix)
