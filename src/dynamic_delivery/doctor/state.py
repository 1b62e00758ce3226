"""What the clone has gathered: hooks, recordings, past runs and advisories."""

import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from dynamic_base import state_folder
from dynamic_delivery.doctor.model import Ground, Seen, State
from dynamic_delivery.gates.settings import read_settings
from dynamic_delivery.gates.table import GATES
from dynamic_delivery.hooks.place import hooks_folder, placed
from dynamic_events import EventLog

ADVISORIES, STALE_DAYS = "dependencies.advisories", "dependencies.stale_days"
_DAYS = 14
_RUNS = "SELECT count(*) FROM events WHERE kind = 'run.finished'"
_DATE_FILE = "snapshot.json"


def hooks(ground: Ground) -> Iterator[Seen]:
    """Look at the hooks that git would run."""
    for each in placed(hooks_folder(ground.git)):
        name = f"{each.hook.name} hook"
        if each.state == "ours":
            yield Seen(name, State.OK, str(each.path))
        else:
            state = State.OLD if each.state == "old" else State.MISSING
            said = {"old": "it is of another version", "other": "somebody else's stands there", "none": "there is none"}
            yield Seen(name, state, said[each.state], "./dynamic hooks install")


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
    given = settings.get(ADVISORIES, "")
    most = settings.get(STALE_DAYS, str(_DAYS))
    if not given:
        fix = f"./dynamic gate run --only dependencies --set {ADVISORIES}=PATH"
        yield Seen("advisories", State.MISSING, f"no snapshot is named ({ADVISORIES} in ci/gates.toml)", fix)
        return
    path = ground.root / given
    anew = f"cp -r NEWER_SNAPSHOT {given}"
    if not path.exists():
        yield Seen("advisories", State.MISSING, f"there is no {given}", anew)
        return
    taken = _taken(path)
    if taken is None:
        yield Seen("advisories", State.UNKNOWN, f"{given} does not date itself in {_DATE_FILE}", anew)
        return
    days = (ground.clock.now() - taken).days
    old = not most.isdecimal() or days > int(most)
    yield Seen("advisories", State.OLD if old else State.OK, f"{days} days old, and may be {most}", anew if old else "")


def _taken(path: Path) -> datetime | None:
    """Return when a snapshot says that it was taken."""
    try:
        if path.is_dir():
            content = (path / _DATE_FILE).read_bytes()
        else:
            with zipfile.ZipFile(path) as archive:
                content = archive.read(_DATE_FILE)
        told = datetime.fromisoformat(json.loads(content)["taken"])
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
        return None
    return told if told.tzinfo else told.replace(tzinfo=UTC)
