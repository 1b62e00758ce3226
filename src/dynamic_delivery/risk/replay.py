"""The past changes whose outcome is known, measured as they stood."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from dynamic_base import Clock
from dynamic_delivery.risk.edits import LOG, Edit, Past, numstat_pairs
from dynamic_delivery.risk.logistic import F64, Flags
from dynamic_delivery.risk.model import Measure
from dynamic_delivery.risk.ownership import Owners, ownership_measures
from dynamic_delivery.risk.record import PastRun, record_measures
from dynamic_delivery.risk.size import size_measures
from dynamic_delivery.risk.spread import Spread, affected_by
from dynamic_delivery.risk.table import REPLAYED
from dynamic_events import EventLog
from dynamic_impact.git import Git

NEWEST = 500  # past changes; each costs a search of the graph
_HEX = re.compile(r"[0-9a-f]{40,64}")
_RUNS = "SELECT time, attributes FROM events WHERE kind = 'run.finished' ORDER BY time, run"


@dataclass(frozen=True, slots=True)
class Run:
    """A run of tests on record: which two trees it judged, and how it ended."""

    base: str
    head: str
    head_tree: str
    past: PastRun


@dataclass(frozen=True, slots=True)
class PastChange:
    """A change between two commits that git still holds, and whether a run of just that ever failed."""

    base: str
    head: str
    base_time_s: int
    edits: tuple[Edit, ...]
    failed: bool


def read_runs(root: Path, clock: Clock) -> tuple[Run, ...]:
    """Return the runs on record of ``root``, oldest first."""
    rows = EventLog(root, clock).query(_RUNS).rows
    return tuple(run for time, attributes in rows if (run := _run(time, attributes)) is not None)


def _run(time: datetime, attributes: str) -> Run | None:
    told: Mapping[str, Any] = json.loads(attributes)
    files, failed = told.get("changed.files"), told.get("failed")
    if not isinstance(files, list) or not isinstance(failed, int):
        return None  # another program's
    base, head, tree = (
        str(told.get(f"vcs.ref.{name}", "")) for name in ("base.revision", "head.revision", "head.tree")
    )
    if not all(not name or _HEX.fullmatch(name) for name in (base, head, tree)):
        return None
    past = PastRun(int(time.replace(tzinfo=UTC).timestamp()), frozenset(map(str, files)), failed > 0)
    return Run(base, head, tree, past)


def past_changes(git: Git, below: str, runs: Sequence[Run]) -> tuple[PastChange, ...]:
    """Return the newest changes that ``runs`` judged, oldest first.

    A run counts where it judged a commit as it is (what was edited and not committed is gone), and git holds that and
    its base. Runs of one change are one: it failed if any of them did.
    """
    failed: dict[tuple[str, str], bool] = {}
    for run in runs:
        if run.base and run.head and run.base != run.head:
            failed[run.base, run.head] = failed.get((run.base, run.head), False) or run.past.failed
    trees = dict(_trees(git, sorted({name for pair in failed for name in pair})))
    clean = {(run.base, run.head) for run in runs if run.head in trees and trees[run.head][0] == run.head_tree}
    pairs = [pair for pair in failed if pair in clean and pair[0] in trees][-NEWEST:]
    edits = numstat_pairs(git, [(trees[base][0], trees[head][0]) for base, head in pairs], below)
    return tuple(
        PastChange(base, head, trees[base][1], of_pair, failed[base, head])
        for (base, head), of_pair in zip(pairs, edits, strict=True)
    )


def _trees(git: Git, commits: Sequence[str]) -> Iterator[tuple[str, tuple[str, int]]]:
    """Return of each of ``commits`` that git holds its tree and its time."""
    if not commits:
        return
    asked = "".join(f"{name}^{{commit}}\n" for name in commits).encode()
    known = git.ask("cat-file", "--batch-check=%(objectname)", stdin=asked).checked("see 'git fsck'").stdout.decode()
    there = [name for name, line in zip(commits, known.splitlines(), strict=True) if line == name]
    if not there:
        return
    words = (*LOG, "--no-walk=unsorted", "--no-color", "--stdin", "--format=%H %T %ct")
    shown = git.ask(*words, stdin="".join(f"{name}\n" for name in there).encode()).checked("see 'git fsck'").stdout
    for line in shown.decode().splitlines():
        name, tree, time_s = line.split(" ")
        yield name, (tree, int(time_s))


def measured(
    changes: Sequence[PastChange], past: Past, runs: Sequence[PastRun], owners: Owners, spread: Spread
) -> tuple[F64, Flags]:
    """Return what the replayed facts came to for each change, float64[n, n_replayed], and which failed.

    The graph and the owners are today's: those of each past commit would take a reading by Pants each.
    """
    rows = [_scaled(_measures(change, past, runs, owners, spread)) for change in changes]
    failed = np.array([change.failed for change in changes], np.bool_)
    return np.array(rows, np.float64).reshape(len(changes), len(REPLAYED)), failed


def _measures(
    change: PastChange, past: Past, runs: Sequence[PastRun], owners: Owners, spread: Spread
) -> tuple[Measure, ...]:
    files = [edit.path for edit in change.edits]
    return (
        *size_measures(change.edits, past),
        *spread.measures(*affected_by(spread.graph, files)),
        *record_measures(files, past, runs, change.base_time_s),
        *ownership_measures(owners, files, ""),
    )


def _scaled(measures: Sequence[Measure]) -> list[float]:
    by_name = {measure.name: measure.scaled for measure in measures}
    return [by_name[name] for name in REPLAYED]
