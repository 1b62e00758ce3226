"""The results on record, by test."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

from dynamic_base import Clock, state_folder
from dynamic_events import EventLog
from dynamic_impact.history.rows import OUTCOMES, Results, Rows, load, save, time_of
from dynamic_impact.model import Observation
from dynamic_impact.plan import Past

PRIOR_S = 2.0  # of a test in a repository without history: a start of pytest and little else
_RECENT = 20


class Observations(Mapping[str, tuple[Observation, ...]]):
    """By address, every result on record, oldest first; made when looked up."""

    def __init__(self, results: Results) -> None:
        self._results = results
        subjects = results.rows["subject"]
        starts = np.flatnonzero(np.r_[True, subjects[1:] != subjects[:-1]]) if len(subjects) else np.empty(0, int)
        spans = pairwise([*starts.tolist(), len(subjects)])
        self._spans = {results.names[int(subjects[start])]: (start, end) for start, end in spans}

    def __getitem__(self, address: str) -> tuple[Observation, ...]:
        names = self._results.names
        return tuple(
            Observation(
                time=time_of(row),
                outcome=OUTCOMES[int(row["outcome"])],
                seconds=float(row["seconds"]),
                cached=bool(row["cached"]),
                machine=names[int(row["machine"])],
                revision=names[int(row["revision"])],
                attempts=int(row["attempts"]),
            )
            for row in self.rows(address)
        )

    def rows(self, address: str) -> Rows:
        """Return the results of ``address`` as they are kept."""
        start, end = self._spans[address]
        rows: Rows = self._results.rows[start:end]
        return rows

    def __iter__(self) -> Iterator[str]:
        return iter(self._spans)

    def __len__(self) -> int:
        return len(self._spans)


@dataclass(frozen=True)
class History:
    """All that past runs say."""

    results: Results

    @cached_property
    def observations(self) -> Observations:
        return Observations(self.results)

    def before(self, moment: datetime) -> "History":
        """Return what was known at ``moment``."""
        rows = self.results.rows
        known = rows[rows["time"] < int(moment.timestamp() * 1_000_000)]
        return History(Results(known, self.results.names, self.results.changed, self.results.files))

    def failed_with(self, files: Collection[str]) -> Mapping[str, tuple[int, int]]:
        """Return, by address, how often it failed and how often it ran when one of ``files`` had changed."""
        wanted = frozenset(files)
        runs = {run for run, changed in self.results.changed.items() if not wanted.isdisjoint(changed)}
        names = self.results.names
        places = [place for place, name in enumerate(names) if name in runs]
        rows = self.results.rows
        rows = rows[np.isin(rows["run"], places)]
        ran = np.bincount(rows["subject"], minlength=len(names))
        failed = np.bincount(rows["subject"][rows["outcome"] == OUTCOMES.index("fail")], minlength=len(names))
        return {names[place]: (int(failed[place]), int(ran[place])) for place in np.flatnonzero(ran).tolist()}

    def training(self) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return what was known of each ranked test before its run (float64[n, features]) and whether it failed.

        A flaky one counts as passed: nothing was broken.
        """
        rows = self.results.rows[np.isfinite(self.results.rows["features"]).all(axis=1)]
        rows = rows[np.argsort(rows["time"], kind="stable")]
        return rows["features"].astype(np.float64), rows["outcome"] == OUTCOMES.index("fail")


def read_history(build_root: Path, clock: Clock) -> History:
    """Return what the events of ``build_root`` say; only files that were not read before are parsed."""
    log = EventLog(build_root, clock)
    path = build_root / ".dynamic" / "impact" / "history" / "results"
    kept = load(path) or Results()
    if not kept.files <= log.names():  # a file was taken away, and its results with it
        kept = Results()
    reading = log.read(skip=kept.files)
    if not reading.files:
        return History(kept)
    results = kept.with_events(reading.events, reading.files)
    state_folder(build_root)
    save(path, results)
    return History(results)


def observations(build_root: Path, clock: Clock) -> Mapping[str, tuple[Observation, ...]]:
    """Return, by address, every result on record (the newest 500 a test), oldest first."""
    return read_history(build_root, clock).observations


def past_of(build_root: Path, clock: Clock) -> Mapping[str, Past]:
    """Return, by address, the last result of each test on record and the seconds of its last real run."""
    found = read_history(build_root, clock).observations
    return {address: _past(found.rows(address)) for address in found}


def _past(rows: Rows) -> Past:
    ran = rows[~rows["cached"]]
    last = ran[-1] if len(ran) else rows[-1]
    return Past(float(last["seconds"]), failed=bool(rows[-1]["outcome"] == OUTCOMES.index("fail")))


def typical_seconds(found: Observations) -> Callable[[str], float]:
    """Return what says how long a test takes, s: the median of its last 20 real runs; without one, that of all tests.

    Where no test ever ran, 2 s.
    """

    def of(address: str) -> float | None:
        rows = found.rows(address)
        seconds = rows["seconds"][~rows["cached"] & np.isfinite(rows["seconds"])][-_RECENT:]
        return float(np.median(seconds)) if len(seconds) else None

    known = {address: seconds for address in found if (seconds := of(address)) is not None}
    unseen = median(known.values()) if known else PRIOR_S
    return lambda address: known.get(address, unseen)
