import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_base import TickingClock
from dynamic_base.canonical import CanonicalError
from dynamic_base.files import WriteError
from dynamic_events import AttributeValue, Event, EventInputError, EventLog
from dynamic_events.model import decode, encode


@pytest.fixture
def log(tmp_path: Path) -> EventLog:
    return EventLog(tmp_path, TickingClock())


def append(log: EventLog, run: str = "run-1", count: int = 2) -> Path:
    return log.append(
        run,
        [log.event("test.finished", run, f"//src/a:{n}", {"test.case.result.status": "pass"}) for n in range(count)],
    )


def run_python(code: str, *arguments: str) -> subprocess.Popen[bytes]:
    """Start ``code`` with this process's import path."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments], env=environment, stdout=subprocess.PIPE, stdin=subprocess.PIPE
    )


def test_what_was_appended_is_read_back_oldest_first(log: EventLog) -> None:
    late = log.event("run.finished", "run-2", "main")
    early = Event(UUID(int=1), datetime(2025, 12, 31, 23, tzinfo=UTC), "run.started", "run-1", "main")
    log.append("run-2", [late])
    path = log.append("run-1", [early])
    assert log.read().events == (early, late)
    assert path.relative_to(log.root).as_posix().startswith(".dynamic/events/2025-12/run-1-")
    assert (log.root / ".dynamic" / ".gitignore").read_text() == "*\n"


def test_a_file_is_plain_json_with_the_time_in_utc(log: EventLog) -> None:
    zone = timezone(timedelta(hours=2))
    event = Event(
        UUID(int=7), datetime(2026, 5, 4, 1, 30, tzinfo=zone), "run.started", "r", "é", {"vcs.ref.head.name": "main"}
    )
    assert json.loads(log.append("r", [event]).read_bytes()) == {
        "schema": 1,
        "id": "00000000-0000-0000-0000-000000000007",
        "time": "2026-05-03T23:30:00.000000+00:00",
        "kind": "run.started",
        "run": "r",
        "subject": "é",
        "attributes": {"vcs.ref.head.name": "main"},
    }


_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_values: st.SearchStrategy[AttributeValue] = st.one_of(
    _text,
    st.booleans(),
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.integers(2**53, 2**300).map(str),
    st.floats(allow_nan=False, allow_infinity=False),
    st.lists(_text, max_size=3).map(tuple),
)
_names = st.lists(st.sampled_from(["cicd", "run_id", "a1"]), min_size=1, max_size=3).map(".".join)
_zones = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45)), timezone(timedelta(hours=-11))])
_events = st.builds(
    Event,
    st.uuids(),
    st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(9000, 1, 1), timezones=_zones),  # noqa: DTZ001
    _names,
    st.just("run"),
    _text,
    st.dictionaries(_names, _values, max_size=4),
)


@settings(deadline=None)
@given(st.lists(_events, min_size=1, max_size=4))
def test_any_event_survives_the_round_trip_and_encodes_to_the_same_bytes(events: list[Event]) -> None:
    content = encode(events)
    assert decode(content) == tuple(events)
    assert encode(decode(content)) == content


@pytest.mark.parametrize("value", [2**53, float("nan"), float("inf"), "\ud800"])
def test_a_value_that_json_cannot_carry_exactly_is_refused_and_nothing_is_written(
    log: EventLog, value: AttributeValue
) -> None:
    event = log.event("a", "run", "s", {"size": value})
    with pytest.raises(CanonicalError):
        log.append("run", [event])
    assert log.read().events == ()


def test_records_that_break_the_rules_are_refused(log: EventLog) -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001
    with pytest.raises(EventInputError, match="no zone"):
        Event(UUID(int=1), naive, "a", "run", "s")
    with pytest.raises(EventInputError, match="cannot name a file"):
        log.event("a", "../run", "s")
    with pytest.raises(EventInputError, match="'Bad Kind' is not dotted"):
        log.event("Bad Kind", "run", "s")
    with pytest.raises(EventInputError, match="another run"):
        log.append("run-1", [log.event("a", "run-2", "s")])
    with pytest.raises(EventInputError, match="empty"):
        log.append("run-1", [])


@pytest.mark.parametrize(
    "damage", [lambda b: b[:-9], lambda b: b.replace(b"pass", b"fail"), lambda _: b""], ids=["cut", "edited", "emptied"]
)
def test_a_damaged_file_is_set_aside_kept_and_reported_until_removed(log: EventLog, damage: object) -> None:
    assert callable(damage)
    append(log, "good")
    path = append(log, "bad")
    damaged = damage(path.read_bytes())
    path.write_bytes(damaged)
    first = log.read()
    for reading in (first, log.read()):
        assert reading == first
        assert [event.run for event in reading.events] == ["good", "good"]
        (torn,) = reading.torn
        assert torn.path.parent.name == "torn"
        assert torn.path.name.endswith(path.name)
        assert torn.path.read_bytes() == damaged
    assert not path.exists()


def test_a_file_read_while_it_was_being_copied_counts_once_it_is_whole(log: EventLog) -> None:
    path = append(log)
    content = path.read_bytes()
    path.write_bytes(content[:20])
    (torn,) = log.read().torn
    torn.path.write_bytes(content)
    assert len(log.read().events) == 2
    assert log.read().torn == ()


def test_two_readers_may_find_the_same_torn_file(log: EventLog, monkeypatch: pytest.MonkeyPatch) -> None:
    path = append(log)
    path.write_bytes(b"")
    replace = Path.replace

    def replace_too_late(self: Path, target: Path) -> Path:
        replace(self, target)  # the other reader
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", replace_too_late)
    assert log.read().torn == log.read().torn
    assert log.read().torn[0].path.parent.name == "torn"


def test_a_newer_schema_and_a_foreign_file_stay_in_place_and_are_reported(log: EventLog) -> None:
    newer = log.append("run", [Event(UUID(int=1), datetime(2026, 1, 1, tzinfo=UTC), "a", "run", "s", schema=2)])
    foreign = newer.with_name("notes.jsonl")
    foreign.write_text("{}")
    assert {file.path: file.reason for file in log.read().torn} == {
        foreign: "its name carries no digest",
        newer: "schema 2, this program reads 1: update this program",
    }


def test_a_file_whose_events_the_caller_keeps_is_not_opened_again(log: EventLog) -> None:
    first, second = append(log, "run-1"), append(log, "run-2")
    assert log.names() == {first.name, second.name}
    first.write_bytes(b"torn since")
    rest = log.read(skip={first.name})
    assert ({event.run for event in rest.events}, rest.files, rest.torn) == ({"run-2"}, (second.name,), ())
    assert [torn.path.name.partition(".")[2] for torn in log.read().torn] == [first.name]


def test_merging_is_copying_and_a_folder_copied_twice_doubles_nothing(log: EventLog) -> None:
    path = append(log)
    for copy in ("from-ci", "from-ci-again"):
        target = log.folder / copy / path.name
        target.parent.mkdir()
        target.write_bytes(path.read_bytes())
    assert len(log.read().events) == 2
    assert log.query("SELECT count(*) FROM events").rows == ((2,),)


_WRITER = """
import os, sys
from pathlib import Path
from dynamic_base import SystemClock
from dynamic_events import EventLog
log = EventLog(Path(sys.argv[1]), SystemClock())
if sys.argv[2] == "hang":
    def hang(handle):
        print("half-way", flush=True)
        sys.stdin.read()
    os.fsync = hang
for n in range(int(sys.argv[3])):
    log.append(sys.argv[2], [log.event("a.b", sys.argv[2], str(n), {"n": i}) for i in range(20)])
"""


def test_a_writer_killed_half_way_leaves_the_log_whole(log: EventLog) -> None:
    append(log)
    with run_python(_WRITER, str(log.root), "hang", "1") as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"half-way\n"
        writer.send_signal(signal.SIGKILL)
    assert writer.returncode == -signal.SIGKILL
    reading = log.read()
    assert (len(reading.events), reading.torn) == (2, ())


def test_two_processes_write_at_once_while_a_third_reads(log: EventLog) -> None:
    writers = [run_python(_WRITER, str(log.root), name, "25") for name in ("left", "right")]
    while any(writer.poll() is None for writer in writers):
        assert log.read().torn == ()
    assert [writer.communicate() and writer.returncode for writer in writers] == [0, 0]
    subjects = [(event.run, event.subject) for event in log.read().events]
    assert len(subjects) == 2 * 25 * 20
    assert set(subjects) == {(run, str(n)) for run in ("left", "right") for n in range(25)}


def test_a_full_disk_is_a_typed_error_and_the_log_stays_as_it_was(
    log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(log)
    before = log.read()

    def full_disk(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(WriteError, match="No space left"):
        append(log, "run-2")
    assert log.read() == before


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Take the right to write away; root has it whatever the mode says, so root becomes somebody else meanwhile."""
    folders = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
    for path in folders:
        path.chmod(0o555)
    try:
        if os.getuid() == 0:
            os.seteuid(65534)
        yield
    finally:
        os.seteuid(os.getuid())
        for path in folders:
            path.chmod(0o755)


def test_in_a_read_only_folder_a_torn_file_is_skipped_and_reported() -> None:
    with tempfile.TemporaryDirectory() as folder:  # pytest's tmp_path lies in a folder that only its owner may enter
        log = EventLog(Path(folder), TickingClock())
        append(log, "good")
        path = append(log, "bad")
        path.write_bytes(b"{}")
        with read_only(log.root):
            reading = log.read()
            with pytest.raises(WriteError, match="Permission denied"):
                append(log, "more")
        assert [event.run for event in reading.events] == ["good", "good"]
        (torn,) = reading.torn
        assert torn.path == path
        assert "left in place (Permission denied)" in torn.reason
        assert path.read_bytes() == b"{}"
