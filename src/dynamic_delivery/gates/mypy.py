"""mypy, strict, through ``./pants check``: what it says of a file depends on the packages that the file can import.

Only Pants knows them: each resolve has its own, and Pants' plugins another Python. A mypy started beside it would judge
another set, so the gate and CI would differ. Pants prints what mypy printed, once for each partition, and mypy ends
with a line that counts: without that line nothing is believed. What mypy says besides is a finding: an option that it
does not know (``strickt``) is a warning and exit 0, and the check is then another than the one that was meant.

Severity: an ``error`` is HIGH where it kept mypy from the rest (syntax), otherwise MEDIUM.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dynamic_base import Completed
from dynamic_delivery.gates.bounded import ended_as, last_words
from dynamic_delivery.gates.errors import OutputError
from dynamic_delivery.gates.looking import NOT_READ, Source, looked, wanted, warned
from dynamic_delivery.gates.model import Finding, Gate, Place, Report, Scope, Severity
from dynamic_delivery.gates.pants_run import MOST_S, Entry, complaints, entries, pants_tool, run_pants
from dynamic_delivery.gates.reading import one_line

_WORDS = ("check", "--only=mypy")
_ENDS = (0, 1, 2)  # mypy's own, which Pants hands on: none, errors, and errors that kept it from the rest
_SAID = re.compile(
    r"^(?P<path>[^\s:][^:]*):(?:(?P<line>\d+):)?(?:(?P<column>\d+):)? (?P<level>error|note): (?P<text>.*?)"
    r"(?:  \[(?P<code>[a-z0-9-]+)\])?$"
)
_CLEAN = re.compile(r"^Success: no issues found in (?P<checked>\d+) source files?$")
_COUNT = re.compile(
    r"^Found (?P<errors>\d+) errors? in \d+ files? \((?:checked (?P<checked>\d+) source files?|errors prevented.*)\)$"
)
_FRAME = re.compile(r"^(?:Completed: Typecheck using MyPy\b|Partition #\d+\b)")
_END = re.compile(r"^[✓✕] mypy (?P<how>succeeded|failed|skipped)\.$")


@dataclass(frozen=True, slots=True)
class Checked:
    """What mypy said in all partitions, and of how many files it said it.

    Parameters
    ----------
    besides : what it printed that is neither an error, nor a note to one, nor a count
    """

    findings: tuple[Finding, ...]
    files: int
    besides: tuple[str, ...] = ()


def looks_at(path: str) -> bool:
    """Say whether ``path`` is Python."""
    return path.endswith((".py", ".pyi"))


def judge(scope: Scope) -> Report:
    """Check the types of each file, with all that it imports."""
    files = wanted(scope, looks_at)
    done = ended_as(run_pants(scope, _WORDS, files), _ENDS)
    checked = parse(done, Source(scope.root))
    besides = replace(done, stderr="\n".join(checked.besides).encode())
    said, _ = warned("mypy", besides)
    said_by_pants, notes = complaints("mypy", done)
    findings = [*checked.findings, *said, *said_by_pants]
    if checked.files != len(files):
        counted = f"mypy checked {checked.files} of {len(files)} files"
        fix = "give each file an owner that skips no mypy, and mend what kept mypy from the rest"
        findings.append(Finding("mypy", NOT_READ, Severity.MEDIUM, counted, fix))
    return looked("mypy", findings, pants_tool(scope), files if checked.files == len(files) else (), notes)


def parse(done: Completed, source: Source) -> Checked:
    """Return what mypy said through Pants.

    Raises
    ------
    OutputError : an end is missing, Pants' or mypy's own, or the lines are not those that mypy counted
    """
    try:
        said = entries(done.stderr.decode("utf-8").splitlines())
    except UnicodeDecodeError as error:
        raise OutputError("Pants printed what is no UTF-8", "run ./pants check by hand") from error
    lines = [line for entry in said for line in entry.lines]
    ends = [match["how"] for line in lines if (match := _END.match(line))]
    expected = "failed" if done.exit_code else "succeeded"
    if ends != [expected]:
        raise OutputError(
            f"Pants exited {done.exit_code} without saying that mypy {expected} ({last_words(done)})",
            "run ./pants check by hand",
        )
    findings = tuple(_findings(lines, source))
    counts = [match for line in lines if (match := _CLEAN.match(line) or _COUNT.match(line))]
    errors = sum(int(match.groupdict().get("errors") or 0) for match in counts)
    if not counts or errors != len(findings) or bool(errors) != bool(done.exit_code):
        raise OutputError(
            f"mypy counted {errors} errors, and {len(findings)} were printed (exit {done.exit_code})",
            "run ./pants check by hand",
        )
    return Checked(findings, sum(int(match["checked"] or 0) for match in counts), _besides(said))


def _besides(said: Sequence[Entry]) -> tuple[str, ...]:
    """Return the lines of mypy's own message that mean nothing to this file."""
    own = [line for entry in said if _FRAME.match(entry.lines[0]) for line in entry.lines]
    known = (_FRAME, _SAID, _CLEAN, _COUNT, _END)
    return tuple(line for line in own if line.strip() and not any(pattern.match(line) for pattern in known))


def _findings(lines: Sequence[str], source: Source) -> list[Finding]:
    """Return the errors, each with the notes that follow it on its line as how to mend it."""
    found: list[tuple[re.Match[str], list[str]]] = []
    for match in filter(None, map(_SAID.match, lines)):
        if match["level"] == "error":
            found.append((match, []))
        elif found and (found[-1][0]["path"], found[-1][0]["line"]) == (match["path"], match["line"]):
            found[-1][1].append(one_line(match["text"]))
    return [_finding(match, notes, source) for match, notes in found]


def _finding(match: re.Match[str], notes: Sequence[str], source: Source) -> Finding:
    rule = match["code"] or "error"
    path = source.path("mypy", match["path"])
    place = Place(path, int(match["line"] or 0), int(match["column"] or 0))
    severity = Severity.HIGH if rule == "syntax" else Severity.MEDIUM
    fix = " ".join(notes)[:300] or f"see https://mypy.readthedocs.io/en/stable/_refs.html#code-{rule}"
    context = source.line(path, place.line)
    return Finding("mypy", rule, severity, one_line(match["text"]), fix, place, context=context)


GATE = Gate("mypy", "types, strict (mypy, through Pants)", looks_at, judge, most_s=MOST_S)
