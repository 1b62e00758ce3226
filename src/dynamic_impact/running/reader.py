"""Follows one call of Pants line by line, and understands what it says while it works."""

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from dynamic_impact.running.model import Outcome, Result, Watcher

BATCH = re.compile(r"^(?P<first>.+) and \d+ other files?$")

_LOG = re.compile(r"^\d\d:\d\d:\d\d\.\d\d \[[A-Z]+\] ")
_COMPLETED = re.compile(
    r"^(?P<at>\S+) \[[A-Z]+\] Completed: (?P<what>.+?) - (?P<subject>.+) - "
    r"(?:(?P<word>succeeded|no tests found)|failed \(exit code -?\d+\))\.?"
)
_STARTING = re.compile(r"^(?P<at>\S+) \[[A-Z]+\] Starting: (?P<what>.+)$")
_SUMMARY = re.compile(
    r"^(?P<sigil>[✓✕]) (?P<subject>.+?) (?P<word>succeeded|failed)"
    r"(?: in (?P<seconds>[\d.]+)s)?(?: \((?P<source>[^)]*)\))?\.$"
)
_EMPTY = "no tests found"
_KEPT_LINES = 400
_DAY_S = 86_400.0


@dataclass(slots=True)
class Reader:
    """What one call of Pants said so far."""

    goal: str
    watcher: Watcher
    _summed: list[Result] = field(default_factory=list)
    _ends: dict[str, Result] = field(default_factory=dict)
    _starts: list[tuple[str, float]] = field(default_factory=list)
    _outputs: dict[str, list[str]] = field(default_factory=dict)
    _failing: str = ""
    _told: bool = True
    _last: list[str] = field(default_factory=list)

    def line(self, text: str) -> None:
        """Take the next line."""
        if match := _COMPLETED.match(text):
            self._complete(match)
        elif match := _SUMMARY.match(text):
            self.quiet()
            self._failing = ""
            self._summed.append(self._sum_up(match))
        elif self._failing and not _LOG.match(text):
            self._outputs.setdefault(self._failing, []).append(text)
        else:
            self.quiet()
            self._failing = ""
            if match := _STARTING.match(text):
                self._starts.append((match["what"], _seconds(match["at"])))
                self.watcher.started(match["what"])
            self._last = [*self._last, text][-_KEPT_LINES:]

    def quiet(self) -> None:
        """Nothing came for a while: what a failing test says has been said."""
        if not self._told:
            self._told = True
            self.watcher.ended(self._failing, passed=False, output=self._output(self._failing))

    @property
    def has_failure(self) -> bool:
        """Say whether a failure was told of."""
        return any(end.outcome is Outcome.FAILED for end in self._ends.values()) and self._told

    def results(self, addresses: AbstractSet[str]) -> list[Result]:
        """Return what came of each subject: by the closing summary, else (it was cut short) by its own last line."""
        self.quiet()
        seen = {result.subject for result in self._summed}
        cut = [end for subject, end in self._ends.items() if subject not in seen and self._is_ours(end, addresses)]
        return [
            *self._summed,
            *(Result(end.goal, end.subject, end.outcome, end.seconds, end.source, self._output_of(end)) for end in cut),
        ]

    def complaint(self) -> str:
        """Return the words of a call that ended badly without a failing result."""
        said = [text.strip() for text in self._last if text.strip()]
        named = [text for text in said if "[ERROR]" in text or re.match(r"^\w+(Error|Exception)\b", text)]
        return (named or said or ["no message"])[-1]

    def _complete(self, match: re.Match[str]) -> None:
        self.quiet()
        subject, passed = match["subject"], bool(match["word"])
        self._failing = "" if passed else subject
        self._told = passed
        seconds = self._lasted(subject, _seconds(match["at"]))
        source = _EMPTY if match["word"] == _EMPTY else "ran" if seconds else "cached"
        outcome = Outcome.PASSED if passed else Outcome.FAILED
        self._ends[subject] = Result(self.goal, subject, outcome, seconds, source)
        if passed:
            self.watcher.ended(subject, passed=True, output="")

    def _lasted(self, subject: str, end: float) -> float:
        """Return the seconds since the start of ``subject``, by Pants' own stamps; 0 where it was not started."""
        for what, start in reversed(self._starts):
            if what.endswith((f" {subject}", f"`{subject}`")):
                return round((end - start) % _DAY_S, 2)
        return 0.0

    def _is_ours(self, end: Result, addresses: AbstractSet[str]) -> bool:
        """Say whether ``end`` is a test's; tools' steps have ends of their own."""
        return self.goal == "test" and (end.subject in addresses or BATCH.match(end.subject) is not None)

    def _sum_up(self, match: re.Match[str]) -> Result:
        failed = match["word"] == "failed"
        outcome = Outcome.FAILED if failed else Outcome.PASSED
        output = self._output(match["subject"]) if failed else ""
        source = match["source"] or "ran"
        return Result(self.goal, match["subject"], outcome, float(match["seconds"] or 0), source, output)

    def _output_of(self, end: Result) -> str:
        return self._output(end.subject) if end.outcome is Outcome.FAILED else ""

    def _output(self, subject: str) -> str:
        return "\n".join(self._outputs.get(subject, [])).strip()


def _seconds(stamp: str) -> float:
    """Return the seconds of the day of Pants' ``HH:MM:SS.cc``; 0 where it is none."""
    parts = stamp.split(":")
    if len(parts) != 3:  # noqa: PLR2004  # hours, minutes, seconds
        return 0.0
    try:
        return int(parts[0]) * 3600 + int(parts[1]) * 60 + float(parts[2])
    except ValueError:
        return 0.0
