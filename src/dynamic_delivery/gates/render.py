"""A run of the gates for a person: a table of the gates, a line a finding with its fix, and the verdict last."""

import re
from collections.abc import Iterable, Iterator, Sequence

from rich.table import Table
from rich.text import Text

from dynamic_ags import Decision
from dynamic_ags.render import decision_lines
from dynamic_base import ExitCode
from dynamic_delivery.gates.marks import Marked
from dynamic_delivery.gates.model import Outcome, Report, Severity

_OUTCOMES = {Outcome.PASSED: "green", Outcome.FAILED: "red", Outcome.UNDECIDED: "yellow", Outcome.SKIPPED: "dim"}
_SEVERITIES = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
    Severity.INFO: "dim",
}
_ABOUT = re.compile(r"findings\[(\d+)\]")
_VERDICTS = {ExitCode.YES: ("allowed", "green"), ExitCode.NO: ("denied", "red")}


def reports_table(reports: Sequence[Report], findings: Iterable[Marked]) -> Table:
    """Return a row a gate."""
    found = list(findings)
    table = Table(box=None, pad_edge=False)
    for heading in ("gate", "outcome", "findings", "new", "time", "looked with"):
        table.add_column(heading, overflow="fold")
    for report in reports:
        of_gate = [marked for marked in found if marked.finding.gate == report.gate]
        fresh = sum(marked.new and marked.waiver is None for marked in of_gate)
        asked = report.outcome is not Outcome.SKIPPED
        table.add_row(
            report.gate,
            Text(report.outcome, style=_OUTCOMES[report.outcome]),
            str(len(of_gate)) if asked else "",
            str(fresh) if asked else "",
            f"{report.seconds:.1f} s" if asked else "",
            f"{report.tool.name} {report.tool.version}" if report.tool else "",
        )
    return table


def lines(reports: Sequence[Report], findings: Iterable[Marked]) -> Iterator[Text]:
    """Yield each finding that is new and not waived, the worst first, what could not be decided, and the notes.

    What the policy says of known findings and of waivers stands with the verdict.
    """
    shown = [marked for marked in findings if marked.new and marked.waiver is None]
    for marked in sorted(shown, key=lambda each: each.finding.severity.rank):
        yield finding_line(marked)
    for report in reports:
        if report.outcome is Outcome.UNDECIDED:
            fix = f"; fix: {report.fix}" if report.fix else ""
            yield Text.assemble((f"{report.gate}: could not decide", "yellow"), f": {report.reason}{fix}")
    for report in reports:
        for note in report.notes:
            yield Text(f"{report.gate}: {note}", style="dim")


def finding_line(marked: Marked) -> Text:
    """Return where, how bad, what, how to mend it, and whose it is."""
    finding, where = marked.finding, _where(marked)
    owner = f" [{marked.owner}]" if marked.owner else ""
    return Text.assemble(
        where,
        ": ",
        (finding.severity, _SEVERITIES[finding.severity]),
        f" {finding.gate} {finding.rule}: {finding.message}; fix: {finding.fix or 'see the message'}{owner}",
    )


def _where(marked: Marked) -> str:
    finding = marked.finding
    if finding.place:
        return f"{finding.place.path}:{finding.place.line}" if finding.place.line else finding.place.path
    return finding.package.name if finding.package else "the repository"


def next_lines(decision: Decision, findings: Sequence[Marked]) -> Iterator[Text]:
    """Yield what to do about the first finding that the policy denies."""
    numbers = (match[1] for denial in decision.denials if (match := _ABOUT.match(denial.path)))
    if (number := next(numbers, "")) and int(number) < len(findings):
        first = findings[int(number)]
        step = f"./dynamic gate explain {first.finding.fingerprint[:12]}"
        yield Text(f"next: mend {_where(first)}, or see what blocks it and how to waive it: {step}")


def verdict_lines(decision: Decision, code: ExitCode, reports: Sequence[Report]) -> Iterator[Text]:
    """Yield what the policy said, and last the verdict in one line."""
    yield from decision_lines(decision)
    word, style = _VERDICTS.get(code, ("could not decide", "yellow"))
    counts = ", ".join(
        f"{sum(report.outcome is outcome for report in reports)} {outcome}"
        for outcome in Outcome
        if any(report.outcome is outcome for report in reports)
    )
    failed = any(report.outcome is Outcome.FAILED for report in reports)
    let_pass = "; nothing of what failed blocks" if failed and code is ExitCode.YES else ""
    yield Text.assemble((word, style), f": {counts}{let_pass}")
