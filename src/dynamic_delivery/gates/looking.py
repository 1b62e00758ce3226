"""What the gates of one shape share: which files, their lines, and the report."""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cache
from pathlib import Path, PurePosixPath

from dynamic_base import Completed
from dynamic_delivery.gates.errors import OutputError
from dynamic_delivery.gates.model import Finding, Outcome, Place, Report, Scope, Severity, Tool, numbered
from dynamic_delivery.gates.reading import one_line

NOT_READ = "not-read"
WARNED = "tool-warning"
_GIVEN = "run it by hand on the files that the gate was given"
_MOST_LINE_BYTES = 1 << 24
_MOST_MESSAGE = 300


def wanted(scope: Scope, looks_at: Callable[[str], bool]) -> list[str]:
    """Return the files of ``scope`` that a gate looks at, written so that no program takes one for an option."""
    return [f"./{path}" if path.startswith("-") else path for path in scope.files if looks_at(path)]


def unread(gate: str, given: Iterable[str], read: Collection[str]) -> list[Finding]:
    """Return a finding for each file that was given to a tool and that it does not say it read."""
    return [
        Finding(
            gate,
            NOT_READ,
            Severity.HIGH,
            f"{gate} was given this file and did not read it",
            "see by hand why it is passed over; an exclusion of a folder may match more than was meant",
            Place(path),
        )
        for path in map(_bare, given)
        if path not in read
    ]


def warned(gate: str, done: Completed, harmless: Sequence[re.Pattern[str]] = ()) -> tuple[list[Finding], list[str]]:
    """Return what a tool said on stderr: findings, and as notes the lines that a pattern of ``harmless`` knows."""
    findings, notes = [], []
    for line in filter(None, map(one_line, done.stderr.decode(errors="replace").splitlines())):
        if any(pattern.search(line) for pattern in harmless):
            notes.append(line)
        else:
            fix = "mend what it warns of, or list the line as harmless in the gate's file"
            findings.append(
                Finding(gate, WARNED, Severity.MEDIUM, line[:_MOST_MESSAGE], fix, context=line[:_MOST_MESSAGE])
            )
    return findings, notes


def looked(
    gate: str, findings: Iterable[Finding], tool: Tool, read: Iterable[str], notes: Iterable[str] = ()
) -> Report:
    """Return the report of a gate that has looked: it failed if it found anything; the policy says what blocks."""
    found = numbered(tuple(findings))
    outcome = Outcome.FAILED if found else Outcome.PASSED
    return Report(
        gate, outcome, found, tool=tool, read=tuple(sorted(set(map(_bare, read)))), notes=tuple(dict.fromkeys(notes))
    )


def _bare(path: str) -> str:
    return path.removeprefix("./")


class Source:
    """The repository's files, by line; each is read once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._roots = (root, root.resolve())  # a tool may tell where links end
        self._lines = cache(self._read)

    def path(self, tool: str, said: str) -> str:
        """Return a path that a tool printed as a relative one.

        Raises
        ------
        OutputError : it is not of this repository
        """
        path = PurePosixPath(said)
        if path.is_absolute():
            root = next((root for root in self._roots if path.is_relative_to(root)), None)
            if root is None:
                raise OutputError(f"{tool} speaks of {said!r}, which is outside of {self._root}", _GIVEN)
            path = path.relative_to(root)
        if not path.parts or ".." in path.parts:
            raise OutputError(f"{tool} speaks of {said!r}, which no file was called", _GIVEN)
        return path.as_posix()

    def line(self, path: str, number: int) -> str:
        """Return a line without the spaces at its ends; "" where there is none."""
        lines = self._lines(path)
        return lines[number - 1].strip() if 1 <= number <= len(lines) else ""

    def _read(self, path: str) -> Sequence[str]:
        try:
            file = self._root / path
            if file.stat().st_size > _MOST_LINE_BYTES:
                return ()
            return file.read_text(encoding="utf-8", errors="replace").split("\n")  # as the tools count
        except (OSError, ValueError):  # a name that holds a zero byte is a ValueError
            return ()
