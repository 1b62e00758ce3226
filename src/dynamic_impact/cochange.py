"""Which files git saw edited together, in the newest commits."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from dynamic_impact.git import Git

WINDOW = 1_000
MASS_EDIT = 200
"""A commit of more files than this is a reformatting or a move: it says nothing of what belongs together."""


@dataclass(frozen=True, slots=True)
class CoChange:
    """The newest commits, counted from 0.

    Parameters
    ----------
    commits_of : by path from the build root, the commits that edited it
    born : by path, the commit that added it, if it is among them
    """

    commits_of: Mapping[str, frozenset[int]] = field(default_factory=dict)
    born: Mapping[str, int] = field(default_factory=dict)

    def touching(self, paths: Iterable[str]) -> frozenset[int]:
        """Return the commits that edited one of ``paths``."""
        return frozenset().union(*(self.commits_of.get(path, ()) for path in paths))


def read_cochange(git: Git, below: str, head: str) -> CoChange:
    """Return what the last WINDOW commits before and with ``head`` edited, merges left out.

    One call of git. An unborn branch has none, and a shallow clone what it holds.

    Parameters
    ----------
    below : the build root as a path from git's top, "" or "." for the same
    """
    return parse_log(git.log_files(head, WINDOW) if head else b"", below)


def parse_log(raw: bytes, below: str = "") -> CoChange:
    """Return what ``git log -z --name-status --no-renames --format=%x01`` printed."""
    commits_of: dict[str, set[int]] = {}
    born: dict[str, int] = {}
    prefix = "" if below in ("", ".") else f"{PurePosixPath(below)}/"
    for number, commit in enumerate(os.fsdecode(raw).split("\x01")[1:]):
        fields = [text.strip("\n") for text in commit.split("\0")]
        pairs = _pairs([text for text in fields if text])
        for status, path in pairs:
            if not path.startswith(prefix):
                continue
            name = path.removeprefix(prefix)
            if status == "A":
                born.setdefault(name, number)
            if len(pairs) <= MASS_EDIT:
                commits_of.setdefault(name, set()).add(number)
    return CoChange({path: frozenset(numbers) for path, numbers in commits_of.items()}, born)


def _pairs(fields: list[str]) -> list[tuple[str, str]]:
    return list(zip(fields[::2], fields[1::2], strict=False))
