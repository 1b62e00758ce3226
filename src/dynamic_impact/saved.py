"""Saved ``pants peek`` documents in place of Pants, where a repository's own Pants cannot be started."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dynamic_impact.errors import PantsFailedError

_SPACE = re.compile(r"[ \t\r\n]*")
_NEEDED = ("address", "target_type")
_HOW = "write it there with 'pants peek :: >FILE'"


@dataclass(frozen=True, slots=True)
class SavedPants:
    """The Pants port over files (`dynamic_impact.pants.Pants`): it reads targets and runs nothing.

    Parameters
    ----------
    build_root : of the repository whose files are judged
    head : the targets of its files as they are
    base : those of the base; None where they were not saved
    """

    build_root: Path
    head: Path
    base: Path | None = None

    def peek(self, build_root: Path, *, daemon: bool) -> list[dict[str, Any]]:
        """Return the saved targets; `documents` takes less memory."""
        del daemon
        return list(self.documents(base=build_root != self.build_root))

    def documents(self, *, base: bool = False) -> Iterator[dict[str, Any]]:
        """Return the saved targets one by one, so that a million are never held at once.

        Raises
        ------
        PantsFailedError : a file is missing or no peek document, or the base was not saved
        """
        path = self._path(base=base)
        try:
            raw = path.read_bytes()
            text = raw.decode(json.detect_encoding(raw), "surrogatepass")
            del raw
            for item in _items(text):
                if not (isinstance(item, dict) and all(isinstance(item.get(name), str) for name in _NEEDED)):
                    raise PantsFailedError(f"{path} is no list of targets", _HOW)
                yield item
        except (OSError, ValueError) as error:
            raise PantsFailedError(f"{path} is no JSON ({error})", _HOW) from error

    def key(self, *, base: bool = False) -> str:
        """Return what names the graph that comes from the file, whatever the tree: a digest of its content.

        Raises
        ------
        PantsFailedError : the file is missing, or the base was not saved
        """
        path = self._path(base=base)
        try:
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()[:40]
        except OSError as error:
            raise PantsFailedError(f"cannot read {path} ({error.strerror})", _HOW) from error

    def setting(self) -> str:
        """Return what steers Pants beside the files: nothing, since it is not started (`key`)."""
        return "saved"

    def _path(self, *, base: bool) -> Path:
        path = self.base if base else self.head
        if path is None:
            raise PantsFailedError("its targets were not saved", f"name them with --base-graph FILE; {_HOW}")
        return path

    def run_goal(
        self,
        build_root: Path,
        goal: str,
        addresses: Sequence[str],
        options: Sequence[str],
        on_line: Callable[[str], None],
    ) -> int:
        del build_root, addresses, options, on_line
        raise PantsFailedError(f"a saved graph cannot {goal}", "leave --graph out, or only select")


def _items(text: str) -> Iterator[object]:
    """Return the items of a JSON list, one by one.

    Raises
    ------
    ValueError : it is no JSON list
    """
    decode = json.JSONDecoder().raw_decode
    at = _after(text, 0, "[")
    more = not text.startswith("]", at)
    while more:
        item, at = decode(text, at)
        yield item
        at = _SPACE.match(text, at).end()  # type: ignore[union-attr]  # it matches nothing too
        more = not text.startswith("]", at)
        at = _after(text, at, ",") if more else at
    if _after(text, at, "]") != len(text):
        raise ValueError("there is more after the list")


def _after(text: str, at: int, mark: str) -> int:
    """Return where what follows ``mark`` begins, with any space around it passed over."""
    found = re.compile(rf"[ \t\r\n]*{re.escape(mark)}[ \t\r\n]*").match(text, at)
    if found is None:
        raise ValueError(f"no {mark!r} at character {at}")
    return found.end()
