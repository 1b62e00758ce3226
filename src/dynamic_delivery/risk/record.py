"""What the past of the edited files says."""

from collections.abc import Sequence
from dataclasses import dataclass

from dynamic_delivery.risk.edits import Commit, Past, before
from dynamic_delivery.risk.model import Measure
from dynamic_delivery.risk.scales import Scaled, half_at

_DAY_S = 86_400
_YOUNG_DAYS = 30.0
_DOUBT = 2.0  # runs that passed, as if seen before: one failure alone is no rate


@dataclass(frozen=True, slots=True)
class PastRun:
    """One run of tests on record that says what had changed."""

    time_s: int
    files: frozenset[str]
    failed: bool


def record_measures(files: Sequence[str], past: Past, runs: Sequence[PastRun], time_s: int) -> tuple[Measure, ...]:
    """Return what was known of ``files`` at ``time_s``.

    Parameters
    ----------
    runs : in any order; those of a later time are left out
    time_s : int, s since 1970, when the change began

    Notes
    -----
    O(commits of the files + runs).
    """
    of_each = {path: before(past.of_file.get(path, ()), time_s) for path in files}
    commits = {commit.name: commit for of_one in of_each.values() for commit in of_one}
    authors = {commit.author for commit in commits.values()}
    fixes = sum(commit.is_fix for commit in commits.values())
    wanted = frozenset(files)
    seen = [run.failed for run in runs if run.time_s <= time_s and not wanted.isdisjoint(run.files)]
    count = len(commits)
    return (
        _counted("past_changes", count, half_at(count, 20), f"{count} commits edited these files before"),
        _counted(
            "authors",
            len(authors),
            half_at(max(len(authors) - 1, 0), 3),
            f"{len(authors)} people edited these files before",
            "(value - 1)",
        ),
        _failures(sum(seen), len(seen)),
        _counted("past_fixes", fixes, half_at(fixes, 3), f"{fixes} of those commits were fixes"),
        _age(of_each, time_s),
    )


def file_risk(path: str, past: Past, runs: Sequence[PastRun], time_s: int) -> float:
    """Return 0 to 1: the mean of what `record_measures` says of one file."""
    measures = record_measures([path], past, runs, time_s)
    return round(sum(measure.scaled for measure in measures) / len(measures), 6)


def _counted(name: str, count: int, scaled: Scaled, sentence: str, of: str = "value") -> Measure:
    return Measure(name, float(count), scaled.scaled, scaled.scale.replace("value", of), sentence)


def _failures(failed: int, ran: int) -> Measure:
    scale = f"failures / (runs + {_DOUBT:g})"
    if not ran:
        return Measure("past_failures", None, 0.0, scale, "no run on record had one of these files changed")
    rate = failed / (ran + _DOUBT)
    sentence = f"{failed} of {ran} runs with one of them changed failed"
    return Measure("past_failures", failed / ran, rate, scale, sentence)


def _age(of_each: dict[str, tuple[Commit, ...]], time_s: int) -> Measure:
    scale = f"mean over the files of 2^(-days/{_YOUNG_DAYS:g}), 1 for a new one"
    if not of_each:
        return Measure("age", None, 0.0, scale, "no file was edited")
    days = [max(time_s - commits[-1].time_s, 0) / _DAY_S if commits else 0.0 for commits in of_each.values()]
    scaled = sum(0.5 ** (each / _YOUNG_DAYS) for each in days) / len(days)
    new = sum(not commits for commits in of_each.values())
    mean = sum(days) / len(days)
    sentence = f"last edited {mean:.1f} days before, on average; {new} of {len(days)} are new to the history"
    return Measure("age", mean, scaled, scale, sentence)
