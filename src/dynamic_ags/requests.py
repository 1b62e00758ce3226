"""What a person or a pipeline asks to be judged: checked at the rim, then turned into the policies' inputs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field, ValidationError

from dynamic_ags.errors import RequestError
from dynamic_ags.model import Manifest
from dynamic_ags.schema import Document, Handle, handle


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody wants to do something.

    Parameters
    ----------
    action : str, as the manifest names it
    author : str, whose change or wish it is
    approvals : who approved, handles in their one form
    changed : the paths that change, relative to the repository; empty where no file does
    """

    action: str
    author: str
    approvals: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


class _Request(Document):
    action: str
    author: Handle
    approvals: list[Handle] = Field(default_factory=list)
    changed: list[str] = Field(default_factory=list)


def read_request(path: Path) -> Request:
    """Read a request from a JSON file with the keys of ``Request``.

    Raises
    ------
    RequestError : no such file, no JSON, or a key that does not fit
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RequestError(f"cannot read the request {path} ({error})", "name a file with a JSON object") from error
    return _checked(value, str(path))


def new_request(action: str, author: str, approvals: Sequence[str], changed: Sequence[str]) -> Request:
    """Return the request that these words make; see ``read_request``."""
    words = {"action": action, "author": author, "approvals": list(approvals), "changed": list(changed)}
    return _checked(words, "the request")


def inputs_of(request: Request, manifest: Manifest) -> Mapping[str, Mapping[str, object]]:
    """Return what each policy is asked about ``request``: ``action``, and ``ownership`` where files change."""
    people: dict[str, object] = {"author": request.author, "approvals": list(request.approvals)}
    found: dict[str, Mapping[str, object]] = {"action": {"action": request.action, **people}}
    if request.changed:
        found["ownership"] = {**people, "changes": [_change(manifest, path) for path in request.changed]}
    return found


def _change(manifest: Manifest, path: str) -> dict[str, object]:
    owner = manifest.owner(path)
    return {"path": path, "roles": list(owner.roles) if owner else [], "protected": bool(owner and owner.protected)}


def _checked(value: object, name: str) -> Request:
    try:
        read = _Request.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"])) or "the document"
        raise RequestError(
            f"{name}: {key}: {first['msg']}", "the keys are action, author, approvals and changed"
        ) from error
    changed = tuple(_inside(path) for path in read.changed)
    return Request(read.action, handle(read.author), tuple(map(handle, read.approvals)), changed)


def _inside(path: str) -> str:
    """Return ``path`` if it is one that git would print: another spelling could dodge its owner."""
    if not path or path.startswith("/") or any(part in ("", ".", "..") for part in path.split("/")):
        raise RequestError(f"{path!r} is no path relative to the repository", "write it as 'git diff --name-only' does")
    return path
