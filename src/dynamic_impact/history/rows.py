"""Every result on record as rows of one array, which loads in a blink where the events would be parsed for seconds.

The events stay the record. This is made from them, kept beside them, and made anew when it is torn, of another format,
or older than what it was made from.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dynamic_base import write_atomic
from dynamic_base.files import WriteError
from dynamic_events import Event
from dynamic_impact.rank import FEATURES

TEST = "test.finished"
RUN = "run.finished"
OUTCOMES = ("pass", "fail", "flaky")
KEPT_RESULTS = 500  # a test; older ones weigh next to nothing, and the events still hold them
KEPT_RUNS = 2_000  # whose changed files are known; the rows of older runs stay
ROW = np.dtype(
    [
        ("subject", "<i4"),
        ("time", "<i8"),  # microseconds since 1970, UTC
        ("outcome", "i1"),  # a place in OUTCOMES
        ("seconds", "<f8"),
        ("cached", "?"),
        ("machine", "<i4"),
        ("revision", "<i4"),
        ("run", "<i4"),
        ("attempts", "<i2"),
        ("high", "<u8"),  # the event's id: the same event in two files counts once
        ("low", "<u8"),
        ("features", "<f4", (len(FEATURES),)),  # as they stood before the run; NaN where it was not ranked
    ]
)
_FORMAT = ["dynamic.impact.history/1", *FEATURES, ROW.descr]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Rows = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Results:
    """All results, in order of subject and then time.

    Parameters
    ----------
    names : what the rows' ``subject``, ``machine``, ``revision`` and ``run`` stand for
    changed : by run, the files that had changed (the first 200)
    files : the event files that this was made from
    """

    rows: Rows = field(default_factory=lambda: np.empty(0, ROW))
    names: tuple[str, ...] = ()
    changed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    files: frozenset[str] = frozenset()

    def with_events(self, events: Iterable[Event], files: Sequence[str]) -> "Results":
        """Return these and the results among ``events``, each once, the newest of each test. O(n log n)."""
        places = {name: place for place, name in enumerate(self.names)}
        changed = dict(self.changed)
        fresh = []
        for event in events:
            if event.kind == TEST:
                fresh.append(_row(event, places))
            elif event.kind == RUN:
                listed = event.attributes.get("changed.files", ())
                changed[event.run] = listed if isinstance(listed, tuple) else ()
        rows = np.concatenate([self.rows, np.array(fresh, ROW)])
        newest = dict(sorted(changed.items())[-KEPT_RUNS:])  # a run's id begins with its time
        return Results(_newest(rows), tuple(places), newest, self.files | set(files))


def _row(event: Event, places: dict[str, int]) -> tuple[object, ...]:
    read = event.attributes.get
    status = read("test.case.result.status", "pass")
    # What was ranked before there was a feature is a result of which that feature said nothing.
    unranked = 0.0 if read("rank.likelihood") is not None else "nan"

    def place(name: object) -> int:
        return places.setdefault(str(name), len(places))

    return (
        place(event.subject),
        (event.time - _EPOCH) // timedelta(microseconds=1),
        OUTCOMES.index(status) if status in OUTCOMES else 0,
        _number(read("duration_s", 0.0)),
        bool(read("cached", False)),
        place(read("host.class", "")),
        place(read("vcs.ref.head.revision", "")),
        place(event.run),
        int(np.nan_to_num(np.clip(_number(read("attempts", 1)), 1, 99), nan=1)),
        event.id.int >> 64,
        event.id.int & (2**64 - 1),
        tuple(_number(read(f"rank.{name}", unranked)) for name in FEATURES),
    )


def _number(value: object) -> float:
    """Return ``value`` as a number; NaN for what another program wrote that is none."""
    try:
        return float(value)  # type: ignore[arg-type]  # that is the question
    except (TypeError, ValueError):
        return float("nan")


def _newest(rows: Rows) -> Rows:
    """Return ``rows`` in order, each event once, and of each subject the newest."""
    rows = rows[np.lexsort((rows["low"], rows["high"], rows["time"], rows["subject"]))]
    once = np.ones(len(rows), bool)
    once[1:] = (rows["low"][1:] != rows["low"][:-1]) | (rows["high"][1:] != rows["high"][:-1])
    rows = rows[once]
    ends = np.searchsorted(rows["subject"], rows["subject"], side="right")
    kept: Rows = rows[ends - np.arange(len(rows)) <= KEPT_RESULTS]
    return kept


def time_of(row: np.void) -> datetime:
    """Return when the result of ``row`` was recorded."""
    return _EPOCH + timedelta(microseconds=int(row["time"]))


def load(path: Path) -> Results | None:
    """Return what was kept at ``path``, or None where nothing whole is."""
    try:
        header, _, body = path.read_bytes().partition(b"\n")
        head = json.loads(header)
        if head["format"] != json.loads(json.dumps(_FORMAT)) or head["sha256"] != _digest(head, body):
            return None
        changed = {run: tuple(files) for run, files in head["changed"].items()}
        rows = np.frombuffer(body, ROW)
        return Results(rows, tuple(head["names"]), changed, frozenset(head["files"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def save(path: Path, results: Results) -> None:
    """Keep ``results``; a full or read-only disk only costs the next reading its time."""
    head: dict[str, Any] = {
        "format": _FORMAT,
        "names": results.names,
        "changed": results.changed,
        "files": sorted(results.files),
    }
    body = results.rows.tobytes()
    try:
        write_atomic(path, json.dumps({**head, "sha256": _digest(head, body)}).encode() + b"\n" + body)
    except WriteError:
        return


def _digest(head: dict[str, Any], body: bytes) -> str:
    told = {name: value for name, value in head.items() if name != "sha256"}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode() + b"\n" + body).hexdigest()
