"""pytest: the tests among what a change affects, run by Pants, read from the JUnit files that it writes.

Pants' exit status alone is not believed: each test file must have a report with a case in it that was not skipped, and
a report of a file that was not asked for decides nothing. Without any result the gate could not decide. What Pants
warns of is a finding.

Severity: a failed test is HIGH; a test file without a report is MEDIUM. One that its BUILD file switches off for every
ordinary run (``skip_tests``, as the slow suite's) is a note, as long as another one gave a result.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree  # nosec B405  # without declarations of types or entities, see `parse`

from dynamic_base import Completed, state_folder
from dynamic_delivery.gates.bounded import ended_as, last_words
from dynamic_delivery.gates.errors import OutputError, ToolError
from dynamic_delivery.gates.looking import NOT_READ, looked, wanted
from dynamic_delivery.gates.model import Finding, Gate, Place, Report, Scope, Severity
from dynamic_delivery.gates.pants_run import MOST_S, complaints, pants_tool, run_pants
from dynamic_delivery.gates.reading import document, one_line

_HAND = "run ./pants test on it by hand"
_MOST_MESSAGE = 300
_ENDS = range(6)  # pytest's own, which Pants hands on; what they mean is asked of the reports
_BAD = ("failure", "error")


@dataclass(frozen=True, slots=True)
class Suite:
    """What one JUnit file says: how many cases it holds, how many of them did not run, and what failed."""

    cases: int
    skipped: int
    findings: tuple[Finding, ...]

    def joined(self, other: "Suite") -> "Suite":
        return Suite(self.cases + other.cases, self.skipped + other.skipped, self.findings + other.findings)


@dataclass(frozen=True, slots=True)
class _Target:
    """A target of tests.

    Parameters
    ----------
    report : str, the stem of its JUnit file: Pants names that by the address, with dots
    skips : its BUILD file says ``skip_tests``
    """

    report: str
    sources: tuple[str, ...]
    skips: bool


def looks_at(path: str) -> bool:
    """Say whether ``path`` is a file of tests."""
    name = PurePosixPath(path).name
    return name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py"))


def judge(scope: Scope) -> Report:
    """Run the test files of the scope."""
    files = wanted(scope, looks_at)
    state = state_folder(scope.root) / "gates"
    state.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tests-", dir=state) as folder:
        # Pants takes a folder below the build root only.
        words = ("--test-report", f"--test-report-dir={Path(folder).relative_to(scope.root)}", "test")
        done = ended_as(run_pants(scope, words, files), _ENDS)
        targets = _targets(scope, files)
        suites = _suites(Path(folder), files, targets)
    findings = [finding for suite in suites.values() for finding in suite.findings]
    if not any(suite.cases for suite in suites.values()):
        raise ToolError(f"no test gave a result (Pants exited {done.exit_code}: {last_words(done)})", _HAND)
    if bool(findings) != bool(done.exit_code):
        raise OutputError(f"Pants exited {done.exit_code}, and {len(findings)} tests failed", _HAND)
    read = [path for path in files if path in suites and suites[path].cases > suites[path].skipped]
    silent = [path for path in files if path not in read]
    off = {path for target in targets if target.skips for path in target.sources}
    off -= {path for target in targets if not target.skips for path in target.sources}
    warnings, notes = complaints("pytest", done)
    findings += [*warnings, *(_without_result(path) for path in silent if path not in off)]
    notes += [f"{path} is not run: its BUILD file skips it" for path in silent if path in off]
    notes += [
        f"{suite.skipped} of {suite.cases} tests were skipped in {path}"
        for path, suite in suites.items()
        if suite.skipped
    ]
    return looked("pytest", findings, pants_tool(scope), read, notes)


def parse(data: bytes, path: str) -> Suite:
    """Return what a JUnit file says of the tests in ``path``.

    Raises
    ------
    OutputError : it is no whole JUnit file, or its counts are not those of its cases
    """
    try:
        text = data.decode("utf-8")
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            raise OutputError(f"the JUnit file of {path} declares entities", _HAND)
        root = ElementTree.fromstring(text)  # nosec B314  # no declarations: nothing can expand
    except (ElementTree.ParseError, ValueError) as error:
        raise OutputError(f"the JUnit file of {path} is none ({one_line(str(error))})", _HAND) from error
    suites = list(root.iter("testsuite"))
    cases = list(root.iter("testcase"))
    findings = tuple(_finding(case, bad, path) for case in cases for bad in case if bad.tag in _BAD)
    told = sum(_count(suite, name, path) for suite in suites for name in ("failures", "errors"))
    total = sum(_count(suite, "tests", path) for suite in suites)
    if not suites or told != len(findings) or total > len(cases):
        held = f"{len(cases)} and {len(findings)}"
        raise OutputError(f"the JUnit file of {path} counts {total} tests and {told} faults, but holds {held}", _HAND)
    # One that was expected to fail did run.
    skipped = [each for case in cases for each in case.findall("skipped") if each.get("type") != "pytest.xfail"]
    return Suite(len(cases), len(skipped), findings)


def _suites(folder: Path, files: list[str], targets: Sequence[_Target]) -> Mapping[str, Suite]:
    """Return what was reported of each of ``files``, by all of its targets."""
    found: dict[str, Suite] = {}
    for report in sorted(folder.rglob("*.xml")):
        for path in files:
            stem = path.removeprefix("./").replace("/", ".")
            of_target = any(report.stem == target.report and path in target.sources for target in targets)
            if of_target or report.stem == stem or report.stem.startswith(f"{stem}."):
                suite = parse(report.read_bytes(), path)
                found[path] = found[path].joined(suite) if path in found else suite
    return found


def _targets(scope: Scope, files: list[str]) -> tuple[_Target, ...]:
    """Return the targets of tests that ``files`` belong to; several may run one file."""
    return parse_targets(ended_as(run_pants(scope, ("peek",), files), range(1)))


def parse_targets(done: Completed) -> tuple[_Target, ...]:
    """Return the targets of tests among those that ``./pants peek`` printed.

    Raises
    ------
    OutputError : it is not what Pants prints
    """
    found = []
    for target in document("pants peek", done.stdout).items():
        skipped, sources = target.maybe("skip_tests"), target.maybe("sources")
        if skipped is not None and sources is not None:
            stem = target["address"].text().lstrip("/").replace("/", ".").replace(":", ".")
            found.append(_Target(stem, tuple(source.text() for source in sources.items()), skipped.truth()))
    return tuple(found)


def _count(suite: ElementTree.Element, name: str, path: str) -> int:
    try:
        return int(suite.attrib[name])
    except (KeyError, ValueError) as error:
        raise OutputError(f"the JUnit file of {path} has a suite without {name}", _HAND) from error


def _finding(case: ElementTree.Element, bad: ElementTree.Element, path: str) -> Finding:
    name = one_line("::".join(filter(None, (case.get("classname"), case.get("name"))))) or "the whole file"
    lines = (bad.get("message") or bad.text or "no message").strip().splitlines() or ["no message"]
    message = f"{name}: {one_line(lines[0])}"[:_MOST_MESSAGE]
    only = one_line(case.get("name", "")).partition("[")[0]
    fix = f"./pants test {path} -- -k {only}" if only else f"./pants test {path}"
    return Finding("pytest", bad.tag, Severity.HIGH, message, fix, Place(path), context=name)


def _without_result(path: str) -> Finding:
    fix = f"see why with ./pants test {path}"
    return Finding("pytest", NOT_READ, Severity.MEDIUM, "no test of this file gave a result", fix, Place(path))


GATE = Gate("pytest", "the affected tests (pytest, through Pants)", looks_at, judge, most_s=MOST_S)
