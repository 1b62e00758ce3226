"""The same answers as text for a person."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.markup import escape
from rich.table import Table

from dynamic_base import Console
from dynamic_impact.document import is_cached
from dynamic_impact.graph import FILE
from dynamic_impact.model import Affected, Fallback, Likelihood, Selection
from dynamic_impact.plan import Plan
from dynamic_impact.running.model import Outcome, Result

_MARK = {
    Outcome.PASSED: "[green]✓[/]",
    Outcome.FAILED: "[red]✕[/]",
    Outcome.FLAKY: "[yellow]~[/]",
    Outcome.NOT_RUN: "[yellow]-[/]",
}
_SHOWN = 4
_CAUSES = 20


def headline(selection: Selection) -> str:
    """Return what changed against what, in one line."""
    files = len(selection.change.files)
    against = f"{selection.change.base[:12]}, " if selection.change.base else ""
    spared = f", {len(selection.spared)} more left out by their recordings" if selection.spared else ""
    return (
        f"{files} file{'s' if files != 1 else ''} changed ({against}{escape(selection.change.reason)}): "
        f"{len(selection.tests)} of {selection.tests_total} tests and "
        f"{len(selection.affected)} of {selection.targets_total} targets affected{spared}"
    )


def remarks(selection: Selection) -> list[str]:
    """Return what was widened, and what belongs to no target."""
    wide = [f"[yellow]widened[/] {escape(f.path)} {escape(f.why)} {_width(f)}" for f in selection.fallbacks if f.path]
    unowned = selection.unowned
    if not unowned:
        return wide
    names = ", ".join(unowned[:_SHOWN]) + (", …" if len(unowned) > _SHOWN else "")
    return [*wide, f"[dim]no target owns {len(unowned)} of them: {escape(names)}[/]"]


def _width(fallback: Fallback) -> str:
    """Return how wide the answer is."""
    only = f", for {' and '.join(fallback.goals)} only" if fallback.goals else ""
    return ("every target" if fallback.everything else "every user of it") + only


def forecast(selection: Selection) -> str:
    """Return how much of the closure was taken, and what that is estimated to catch."""
    ranking = selection.ranking
    taken = sum(ranking.seconds.get(test.address, 0.0) for test in selection.tests)
    whole = sum(ranking.seconds.values())
    return (
        f"predictive: {len(selection.tests)} of {len(ranking.likelihoods)} tests, {taken:.1f} of {whole:.1f} s "
        f"of test time, {ranking.recall:.2%} of the failures expected in them; {escape(ranking.basis)}"
    )


def chance(likelihood: Likelihood) -> str:
    """Return what makes a failure likely or not, the heaviest part first."""
    parts = sorted((part for part in likelihood.parts if part.adds), key=lambda part: -abs(part.adds))
    told = ", ".join(f"{part.name} {part.value:.2g} adds {part.adds:+.2f}" for part in parts)
    return f"estimated {likelihood.p:.2%} chance to fail: {told or 'nothing known'}"


def selection_table(items: Sequence[Affected]) -> Table:
    """Return affected targets with the cause of each."""
    table = Table(box=None, pad_edge=False)
    for heading in ("affected", "type", "distance", "because of"):
        table.add_column(heading, overflow="fold")
    for item in items:
        table.add_row(
            escape(item.address), item.type, str(item.distance), escape(item.path[0].source.removeprefix(FILE))
        )
    return table


def explanation(item: Affected) -> str:
    """Return the path to ``item``, a line a step."""
    lines = [f"{escape(item.address)} ({item.type}) is affected, at distance {item.distance}:"]
    lines.extend(
        f"  {escape(step.source.removeprefix(FILE))}  [dim]{escape(step.why)}[/]  {escape(step.target)}"
        for step in item.path
    )
    if item.kept:
        lines.append(f"It is not left out: {escape(item.kept)}")
    return "\n".join(lines)


def absence(target: str, causes: Sequence[str], selection: Selection) -> str:
    """Return why no path leads to ``target``: what changed, and what would have to; or why the mode left it out."""
    if left_out := next((spared for spared in selection.spared if spared.address == target), None):
        return f"{escape(target)} is left out in mode {selection.mode}: {escape(left_out.why)}"
    changed = len(selection.change.files)
    shown = "\n".join(f"  {escape(path)}" for path in causes[:_CAUSES])
    more = f"\n  … and {len(causes) - _CAUSES} more" if len(causes) > _CAUSES else ""
    return (
        f"{escape(target)} cannot be broken by this change: none of its {len(causes)} files is among the {changed}"
        f" that changed. They are:\n{shown}{more}"
    )


def results_table(results: Sequence[Result], selection: Selection) -> Table:
    """Return each result with the reason why it was asked for."""
    reasons = {item.address: item.path[0].source.removeprefix(FILE) for item in selection.affected}
    table = Table(box=None, pad_edge=False)
    for heading in ("", "goal", "what ran", "time", "how", "because of"):
        table.add_column(heading, overflow="fold")
    for result in results:
        time = f"{result.seconds:.2f} s" if result.seconds else ""
        reason = reasons.get(result.subject, "")
        table.add_row(
            _MARK[result.outcome],
            result.goal,
            escape(result.subject),
            time,
            escape(_how(result)),
            escape(reason),
        )
    return table


def _how(result: Result) -> str:
    """Return where the result is from, and how many tries it took."""
    words = [result.source or result.outcome]
    if result.attempts:
        bad = sum(attempt.outcome is Outcome.FAILED for attempt in result.attempts)
        words.append(f"{result.outcome}: {bad} of {len(result.attempts)} tries failed")
    if result.worker:
        words.append(f"on {result.worker}")
    return ", ".join(words)


def verdict(selection: Selection, plan: Plan, results: Sequence[Result], seconds: float, *, part: bool = False) -> str:
    """Return the closing line: what came of it, how long it took, and, but of a ``part`` of a plan, what was saved."""
    count = {outcome: sum(result.outcome is outcome for result in results) for outcome in Outcome}
    words = [
        f"{count[Outcome.PASSED]} passed ({sum(map(is_cached, results))} cached)",
        f"{count[Outcome.FAILED]} failed",
    ]
    if count[Outcome.FLAKY]:
        words.append(f"{count[Outcome.FLAKY]} flaky")
    if count[Outcome.NOT_RUN]:
        words.append(f"{count[Outcome.NOT_RUN]} not run")
    left_out = selection.tests_total - len(selection.tests)
    saved = "" if part else f"; {left_out} of {selection.tests_total} tests left out"
    if saved and left_out and plan.everything_s - plan.expected_s >= 0.1:  # noqa: PLR2004  # what the eye can see
        saved += f", worth {plan.everything_s - plan.expected_s:.1f} s of test time on record"
    if not results:
        why = "this part of the plan is empty" if part else "no target of these goals can break by this change"
        return f"[green]nothing to run[/]: {why}, in {seconds:.1f} s{saved}"
    colour = "red" if count[Outcome.FAILED] or count[Outcome.NOT_RUN] else "yellow" if count[Outcome.FLAKY] else "green"
    return f"[{colour}]{', '.join(words)}[/] in {seconds:.1f} s{saved}"


@dataclass(slots=True)
class Progress:
    """Tells a person of each end as it comes (the port of `dynamic_impact.running.model.Watcher`).

    Parameters
    ----------
    say : shows what is going on now
    total : int, tests to come
    """

    console: Console
    say: Callable[[str], None]
    total: int
    ended_count: int = 0

    def started(self, what: str) -> None:
        self.say(f"{self.ended_count}/{self.total} {what}")

    def ended(self, subject: str, *, passed: bool, output: str) -> None:
        self.ended_count += 1
        mark = _MARK[Outcome.PASSED if passed else Outcome.FAILED]
        self.console.note(f"{mark} {self.ended_count}/{max(self.total, self.ended_count)} {escape(subject)}")
        if output:
            self.console.progress.print(output, markup=False)
