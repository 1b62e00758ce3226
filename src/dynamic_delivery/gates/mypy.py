"""mypy, strict, through ``./pants check``: what it says of a file depends on the packages that the file can import.

Only Pants knows them: each resolve has its own, and Pants' plugins another Python. A mypy started beside it would judge
another set, so the gate and CI would differ. Pants prints what mypy printed, once for each partition, and mypy ends
with a line that counts: without that line nothing is believed.

Severity: an ``error`` is HIGH where it kept mypy from the rest (syntax), otherwise MEDIUM.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dynamic_base import Completed
from dynamic_delivery.gates.bounded import ended_as, last_words
from dynamic_delivery.gates.errors import OutputError
from dynamic_delivery.gates.looking import NOT_READ, Source, looked, wanted
from dynamic_delivery.gates.model import Finding, Gate, Place, Report, Scope, Severity
from dynamic_delivery.gates.pants_run import pants_tool, plain, run_pants
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
_END = re.compile(r"^[✓✕] mypy (?P<how>succeeded|failed|skipped)\.$")


@dataclass(frozen=True, slots=True)
class Checked:
    """What mypy said in all partitions, and of how many files it said it."""

    findings: tuple[Finding, ...]
    files: int


def looks_at(path: str) -> bool:
    """Say whether ``path`` is Python."""
    return path.endswith((".py", ".pyi"))


def judge(scope: Scope) -> Report:
    """Check the types of each file, with all that it imports."""
    files = wanted(scope, looks_at)
    done = ended_as(run_pants(scope, _WORDS, files), _ENDS)
    checked = parse(done, Source(scope.root))
    findings = list(checked.findings)
    if checked.files != len(files):
        said = f"mypy checked {checked.files} of {len(files)} files"
        fix = "give each file an owner that skips no mypy, and mend what kept mypy from the rest"
        findings.append(Finding("mypy", NOT_READ, Severity.MEDIUM, said, fix))
    return looked("mypy", findings, pants_tool(scope), files if checked.files == len(files) else ())


def parse(done: Completed, source: Source) -> Checked:
    """Return what mypy said through Pants.

    Raises
    ------
    OutputError : an end is missing, Pants' or mypy's own, or the lines are not those that mypy counted
    """
    try:
        lines = [plain(line) for line in done.stderr.decode("utf-8").splitlines()]
    except UnicodeDecodeError as error:
        raise OutputError("Pants printed what is no UTF-8", "run ./pants check by hand") from error
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
    return Checked(findings, sum(int(match["checked"] or 0) for match in counts))


def _findings(lines: Sequence[str], source: Source) -> list[Finding]:
    """Return the errors, each with the notes that follow it on its line as how to mend it."""
    found: list[tuple[re.Match[str], list[str]]] = []
    for match in filter(None, map(_SAID.match, lines)):
        if match["level"] == "error":
            found.append((match, []))
        elif found and found[-1][0]["path"] == match["path"]:
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


GATE = Gate("mypy", "types, strict (mypy, through Pants)", looks_at, judge)
