"""Saved ``pants peek`` documents in place of Pants, where a repository's own Pants cannot be started."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dynamic_impact.errors import PantsFailedError

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
        """Return the saved targets.

        Raises
        ------
        PantsFailedError : a file is missing or no peek document, or the base was not saved
        """
        del daemon
        path = self.head if build_root == self.build_root else self.base
        if path is None:
            raise PantsFailedError("its targets were not saved", f"name them with --base-graph FILE; {_HOW}")
        try:
            document = json.loads(path.read_bytes())
        except (OSError, ValueError) as error:
            raise PantsFailedError(f"{path} is no JSON ({error})", _HOW) from error
        if not isinstance(document, list) or not all(_is_target(item) for item in document):
            raise PantsFailedError(f"{path} is no list of targets", _HOW)
        return document

    def setting(self) -> str:
        """Return what names the graphs that come from these files: a digest of their content."""
        paths = [path for path in (self.head, self.base) if path is not None and path.is_file()]
        return "saved-" + hashlib.sha256(b"\0".join(path.read_bytes() for path in paths)).hexdigest()[:12]

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


def _is_target(item: object) -> bool:
    return isinstance(item, dict) and isinstance(item.get("address"), str) and isinstance(item.get("target_type"), str)
