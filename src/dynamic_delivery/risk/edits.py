"""What git says was edited: lines by file, of one change or of each commit of the past."""

import os
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from dynamic_impact.git import Git

WINDOW = 2_000  # commits; older ones say little of who knows a file today
MASS_EDIT = 200  # files; a commit of more is a reformatting or a move
LOG = ("-c", "log.showSignature=false", "log")  # a person's own configuration may add lines
_NUMSTAT = ("--numstat", "-M", "--no-ext-diff", "--no-textconv")
_FIX = re.compile(r"\b(fix(e[ds]|ing)?|hotfix(es)?|bug-?fix(es)?|revert(s|ed)?)\b", re.IGNORECASE)
_PAIR = re.compile(r"(?:\A|(?<=[\0\n]))([0-9a-f]{40,64}) ([0-9a-f]{40,64})\n")
_HEAD = re.compile(r"([0-9a-f]{40,64})\x02(\d+)\x02([^\x02]*)\x02(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Edit:
    """Lines added to and removed from one file; 0 of a binary one, whose lines git does not count."""

    path: str
    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit of the past, its files named from the build root.

    Parameters
    ----------
    time_s : int, s since 1970, when it was committed
    author : the address, as git's mailmap has it
    is_fix : its subject says that it mends something
    """

    name: str
    time_s: int
    author: str
    is_fix: bool
    edits: tuple[Edit, ...]

    @property
    def lines(self) -> int:
        return sum(edit.added + edit.removed for edit in self.edits)


@dataclass(frozen=True)
class Past:
    """The newest commits, oldest first."""

    commits: tuple[Commit, ...] = ()

    @cached_property
    def of_file(self) -> Mapping[str, tuple[Commit, ...]]:
        """The commits that edited each file, oldest first; a mass edit says nothing of a single one."""
        found: dict[str, list[Commit]] = defaultdict(list)
        for commit in self.commits:
            if len(commit.edits) <= MASS_EDIT:
                for edit in commit.edits:
                    found[edit.path].append(commit)
        return {path: tuple(commits) for path, commits in found.items()}

    def sizes(self, of: str) -> tuple[float, ...]:
        """Return how many ``lines`` or ``files`` each commit edited, least first."""
        return self._sizes[of]

    @cached_property
    def _sizes(self) -> dict[str, tuple[float, ...]]:
        edited = [commit for commit in self.commits if commit.edits]
        return {
            "lines": tuple(sorted(float(commit.lines) for commit in edited)),
            "files": tuple(sorted(float(len(commit.edits)) for commit in edited)),
        }


def read_past(git: Git, below: str, head: str) -> Past:
    """Return the newest WINDOW commits up to ``head``, merges left out; none of an unborn branch.

    Raises
    ------
    ProcessFailedError : git cannot read its history

    Notes
    -----
    One call of git.
    """
    if not head:
        return Past()
    words = (*LOG, "-z", "--no-color", "--no-merges", f"-n{WINDOW}", *_NUMSTAT)
    done = git.ask(*words, "--format=%x01%H%x02%ct%x02%aE%x02%s", head, "--")
    return parse_past(done.checked("see 'git fsck'").stdout, below)


def parse_past(raw: bytes, below: str = "") -> Past:
    """Return what ``git log -z --numstat --format=%x01%H%x02%ct%x02%aE%x02%s`` printed."""
    found = []
    for text in re.split(r"(?:\A|\0)\x01(?=[0-9a-f]{40})", os.fsdecode(raw))[1:]:
        head, _, rest = text.partition("\0")
        if match := _HEAD.fullmatch(head.rstrip("\n")):
            name, time_s, author, subject = match.groups()
            edits = tuple(_below(_edits(rest), below))
            found.append(Commit(name, int(time_s), author, bool(_FIX.search(subject)), edits))
    found.reverse()  # of one second, the parent stays before its child
    return Past(tuple(sorted(found, key=lambda commit: commit.time_s)))


def edits_between(git: Git, base_tree: str, head_tree: str, below: str) -> tuple[Edit, ...]:
    """Return what differs between two trees, a renamed file under its new name."""
    return tuple(_below(_edits(os.fsdecode(git.differ(base_tree, head_tree, "-z", *_NUMSTAT))), below))


def numstat_pairs(git: Git, pairs: Sequence[tuple[str, str]], below: str) -> tuple[tuple[Edit, ...], ...]:
    """Return what differs between the two trees of each of ``pairs``, by one call of git."""
    if not pairs:
        return ()
    asked = "".join(f"{base} {head}\n" for base, head in pairs).encode()
    done = git.ask("diff-tree", "--stdin", "-r", "-z", *_NUMSTAT, stdin=asked).checked("see 'git fsck'")
    parts = _PAIR.split(os.fsdecode(done.stdout))[1:]
    found = {(parts[at], parts[at + 1]): parts[at + 2] for at in range(0, len(parts), 3)}
    return tuple(tuple(_below(_edits(found.get(pair, "")), below)) for pair in pairs)


def _edits(text: str) -> Iterator[Edit]:
    """Read ``--numstat -z``: "added, tab, removed, tab, path", or no path and then the old and the new one."""
    fields = iter(text.lstrip("\n").split("\0"))
    for field in fields:
        added, _, rest = field.lstrip("\n").partition("\t")
        removed, tab, path = rest.partition("\t")
        if not tab:
            continue
        if not path:
            next(fields, "")
            path = next(fields, "")
        yield Edit(path, *(int(lines) if lines.isdecimal() else 0 for lines in (added, removed)))


def _below(edits: Iterator[Edit], below: str) -> Iterator[Edit]:
    """Return the edits below the build root, named from it; bytes that are no UTF-8 are spelled out."""
    prefix = "" if below in ("", ".") else f"{PurePosixPath(below)}/"
    for edit in edits:
        if edit.path.startswith(prefix):
            name = os.fsencode(edit.path.removeprefix(prefix)).decode(errors="backslashreplace")
            yield Edit(name, edit.added, edit.removed)


def before(commits: Sequence[Commit], time_s: int) -> tuple[Commit, ...]:
    """Return those of ``commits`` that were there at ``time_s``."""
    return tuple(commit for commit in commits if commit.time_s <= time_s)
