"""What the clone has gathered: hooks, recordings, past runs and advisories."""

import shlex
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from dynamic_base import state_folder
from dynamic_delivery.doctor.model import Ground, Seen, State
from dynamic_delivery.gates.advisories.fetch import is_url
from dynamic_delivery.gates.advisories.model import SnapshotError
from dynamic_delivery.gates.advisories.snapshot import read_snapshot
from dynamic_delivery.gates.advisories.source import SETTING, find_snapshot
from dynamic_delivery.gates.dependencies import STALE_DAYS
from dynamic_delivery.gates.settings import FILE, read_settings
from dynamic_delivery.gates.table import GATES
from dynamic_delivery.hooks.place import hooks_folder, is_shared, own_again, placed
from dynamic_events import EventLog

_DAYS = 14
_GUIDE = "docs/guides/gates-dependencies.md"
_ANEW = "./dynamic gate run --only dependencies --network"
_RUNS = "SELECT count(*) FROM events WHERE kind = 'run.finished'"


def hooks(ground: Ground) -> Iterator[Seen]:
    """Look at the hooks that git would run."""
    folder = hooks_folder(ground.git)
    first = f"{own_again(ground.git)} && " if is_shared(ground.git, folder) else ""
    for each in placed(folder):
        name = f"{each.hook.name} hook"
        if each.state == "ours":
            yield Seen(name, State.OK, str(each.path))
            continue
        state = State.OLD if each.state == "old" else State.MISSING
        said = {"old": "it is of another version", "other": "somebody else's stands there", "none": "there is none"}
        found, before = said[each.state], first
        if each.state == "other" and each.earlier and not first:
            found += f", and {each.earlier.name} beside it: only one can be kept"
            before = f"rm -i {shlex.quote(str(each.earlier))} && "
        yield Seen(name, state, found, f"{before}./dynamic hooks install")


def recordings(ground: Ground) -> Iterator[Seen]:
    """Look for recordings of what each test executes."""
    folder = state_folder(ground.root) / "impact" / "recordings" / "tests"
    count = sum(1 for _ in folder.glob("*/*"))
    if count:
        yield Seen("recordings", State.OK, f"of {count} tests")
    else:
        yield Seen("recordings", State.MISSING, "no test is recorded", "./dynamic impact record --all")


def runs(ground: Ground) -> Iterator[Seen]:
    """Look for past runs, which order tests and calibrate the risk of a change."""
    ((count,),) = EventLog(ground.root, ground.clock).query(_RUNS).rows
    if count:
        yield Seen("past runs", State.OK, f"{count} on record")
    else:
        yield Seen("past runs", State.MISSING, "no run is on record", "./dynamic run")


def advisories(ground: Ground) -> Iterator[Seen]:
    """Look at the age of the snapshot of advisories that the settings name."""
    settings = read_settings(ground.root, [*(gate.name for gate in GATES), "dependencies"])
    given = settings.get(SETTING, "").strip()
    most = settings.get(STALE_DAYS, str(_DAYS))
    if not given:
        found = f"no snapshot is named ({SETTING} in ci/gates.toml; {_GUIDE} says how)"
        yield Seen("advisories", State.MISSING, found, f"${{EDITOR:-vi}} {FILE}")
        return
    anew = _ANEW if is_url(given.split()[0]) else f"cp -rT NEWER_SNAPSHOT {shlex.quote(given)}"
    try:
        taken = _taken(find_snapshot(ground.root, settings, lambda _: None))
    except SnapshotError as error:
        yield Seen("advisories", State.MISSING, error.message, anew)
        return
    if taken is None:
        yield Seen("advisories", State.UNKNOWN, f"{given} holds no advisory that says how old it is", anew)
        return
    days = (ground.clock.now() - taken).days
    old = not most.isdecimal() or days > int(most)
    yield Seen("advisories", State.OLD if old else State.OK, f"{days} days old, and may be {most}", anew if old else "")


def _taken(path: Path) -> datetime | None:
    """Return when a snapshot says that it was taken; else what is newest in it, of the ecosystem that is oldest.

    Raises
    ------
    SnapshotError : there is none, or it cannot be read
    """
    snapshot = read_snapshot(path, frozenset())
    return snapshot.taken or min(snapshot.newest.values(), default=None)
