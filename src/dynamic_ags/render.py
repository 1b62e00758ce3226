"""Decisions, differences and tests, for a person."""

from collections.abc import Iterator, Sequence

from rich.text import Text

from dynamic_ags.decide import Decision, Denial, Outcome
from dynamic_ags.differences import Difference
from dynamic_ags.policy_tests import CaseResult
from dynamic_base import canonical_json

_STYLE = {Outcome.ALLOWED: "green", Outcome.DENIED: "red", Outcome.UNDECIDED: "yellow"}


def decision_lines(decision: Decision) -> Iterator[Text]:
    """Yield the outcome, and of each denial the rule, what it is about, and what to do."""
    yield Text.assemble((decision.outcome.value, _STYLE[decision.outcome]), f"  {decision.subject}")
    if decision.failure:
        yield Text(f"  {decision.failure}; that is never a yes")
    for denial in (*decision.denials, *decision.undecided):
        yield from denial_lines(denial)
    for warning in decision.warnings:
        yield Text(f"  note: {warning.message} ({warning.fix})")


def denial_lines(denial: Denial) -> Iterator[Text]:
    """Yield the rule and where it stands, what it says, the value that it is about, and what to do."""
    yield Text.assemble("  ", (denial.rule, "bold"), f"  {denial.place.file}:{denial.place.line}")
    yield Text(f"    {denial.message}")
    where = denial.path if denial.path.startswith("data.") else f"input.{denial.path}"
    yield Text(f"    {where} = {canonical_json(denial.value).decode()}")
    yield Text(f"    fix: {denial.fix}")


def difference_lines(difference: Difference) -> Iterator[Text]:
    """Yield what both sides say and where, why it matters, and which side to change."""
    yield Text.assemble((difference.kind, "red"), f"  {difference.subject}")
    for name, side in (("manifest", difference.manifest), ("artifact", difference.artifact)):
        yield Text(f"  {name}  {side.place}  {side.says}")
    yield Text(f"  why       {difference.why}")
    yield Text(f"  change    {difference.change}")


def case_lines(results: Sequence[CaseResult]) -> Iterator[Text]:
    """Yield each test that failed, and the count."""
    for result in results:
        if not result.passed:
            yield Text.assemble(("failed", "red"), f"  {result.name}  {result.place.file}:{result.place.line}")
            yield Text(f"  {result.said}")
    failed = sum(not result.passed for result in results)
    yield Text(f"{len(results) - failed} passed, {failed} failed")
