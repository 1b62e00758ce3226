"""JUnit's XML, as test runners write it: read as data, never as a program."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from xml.parsers import expat  # nosec B407  # a DOCTYPE is refused below, so there are no entities to expand

from dynamic_impact.errors import ReportError

LARGEST = 256 * 2**20
_CHUNK = 2**20
_FAILED = frozenset(("failure", "error"))
_FLAKY = frozenset(("flakyFailure", "flakyError"))  # Maven's and Gradle's: failed, then passed on a new try
_SKIPPED = frozenset(("skipped",))


@dataclass(frozen=True, slots=True)
class Case:
    """One test case.

    Parameters
    ----------
    outcome : "pass", "fail", "flaky" or "skip"
    """

    classname: str
    name: str
    file: str
    seconds: float
    outcome: str


@dataclass(frozen=True, slots=True)
class Report:
    """One file's cases, when they ran (None where it does not say), and the seconds of its suites, set-up included."""

    time: datetime | None
    cases: tuple[Case, ...]
    seconds: float = 0.0


@dataclass(slots=True)
class _Reading:
    """What was seen so far of a file."""

    time: datetime | None = None
    cases: list[Case] = field(default_factory=list)
    suite_files: list[str] = field(default_factory=list)
    seconds: float = 0.0
    root: str = ""
    case: dict[str, str] | None = None
    outcome: str = "pass"

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self.root = self.root or tag
        if tag == "testsuite":
            self.time = self.time or _time(attributes.get("timestamp", ""))
            if not self.suite_files:
                self.seconds += _seconds(attributes.get("time", ""))
            self.suite_files.append(attributes.get("file", ""))
        elif tag == "testcase":
            self.case, self.outcome = dict(attributes), "pass"
        elif self.case is not None:
            self._judge(tag)

    def _judge(self, tag: str) -> None:
        if tag in _FAILED:
            self.outcome = "fail"
        elif tag in _FLAKY and self.outcome == "pass":
            self.outcome = "flaky"
        elif tag in _SKIPPED and self.outcome == "pass":
            self.outcome = "skip"

    def end(self, tag: str) -> None:
        if tag == "testsuite":
            self.suite_files.pop()
        elif tag == "testcase" and self.case is not None:
            file = self.case.get("file") or next(filter(None, reversed(self.suite_files)), "")
            seconds = _seconds(self.case.get("time", ""))
            name, classname = self.case.get("name", ""), self.case.get("classname", "")
            self.cases.append(Case(classname, name, file, seconds, self.outcome))
            self.case = None


def read_report(path: Path) -> Report:
    """Return what ``path`` reports.

    Raises
    ------
    ReportError : not there, larger than 256 MiB, cut short, no JUnit, or with a DOCTYPE (which JUnit has no use for,
        and through which a small file can become a huge one)
    """
    reading = _Reading()
    parser = expat.ParserCreate()
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.StartDoctypeDeclHandler = _refuse
    try:
        if path.stat().st_size > LARGEST:
            raise ReportError(f"{path} is larger than {LARGEST // 2**20} MiB", "split it by test suite")
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                parser.Parse(chunk, False)  # expat's own form
        parser.Parse(b"", True)
    except OSError as error:
        raise ReportError(f"cannot read {path} ({error.strerror})", "name a file that is there") from error
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise ReportError(f"{path} is cut short or no XML ({error})", "let the runner write it anew") from error
    except _DoctypeError as error:
        raise ReportError(f"{path} has a DOCTYPE, which no runner writes", "find out where it comes from") from error
    if reading.root not in ("testsuites", "testsuite"):
        raise ReportError(f"{path} is no JUnit report (its root is {reading.root!r})", "name a runner's report")
    return Report(reading.time, tuple(reading.cases), reading.seconds)


class _DoctypeError(Exception):
    """Stops the parser."""


def _refuse(*_: object) -> None:
    raise _DoctypeError


def _time(text: str) -> datetime | None:
    """Return ``text`` as UTC; one without a zone is taken as UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _seconds(text: str) -> float:
    """Return ``text`` as seconds, 0 where it is none; some runners write 1,234.5."""
    try:
        seconds = float(text.replace(",", ""))
    except ValueError:
        return 0.0
    return seconds if 0 <= seconds < float("inf") else 0.0
