import errno
import io
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_base import ExitCode
from dynamic_base.files import WriteError
from dynamic_token import (
    Entry,
    Head,
    JournalBusyError,
    JournalError,
    Plan,
    RuleError,
    load_treasury,
    open_writer,
    repair,
    replay,
    simulate,
    verify_journal,
)
from dynamic_token.entry import seal, unseal
from dynamic_token.scenario import scenario
from tests.dynamic_token.processes import HALF_WAY, SMALL_DISK, WRITER, python

TREASURY = load_treasury()
PLAN = Plan(transfers=5)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a journal of two months."""
    path = tmp_path_factory.mktemp("whole") / "j.jsonl"
    simulate(path, TREASURY, PLAN, 2)
    return path.read_bytes()


@pytest.fixture
def journal(tmp_path: Path, whole: bytes) -> Path:
    path = tmp_path / "j.jsonl"
    path.write_bytes(whole)
    return path


def head_of(content: bytes) -> Head:
    head = replay(io.BytesIO(content), TREASURY).head
    assert head is not None
    return head


def test_every_byte_of_the_first_lines_is_guarded(whole: bytes) -> None:
    lines = whole.splitlines(keepends=True)[:4]
    content = b"".join(lines)
    owner = [n for n, line in enumerate(lines) for _ in line]
    for at in range(len(content)):
        damaged = bytearray(content)
        damaged[at] ^= 1
        verdict = replay(io.BytesIO(damaged), TREASURY)
        assert verdict.finding is not None
        assert verdict.finding.line == owner[at] + 1
        assert verdict.ledger.entries == owner[at]


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_any_cut_leaves_exactly_the_whole_entries_before_it(whole: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(whole) - 1))
    verdict = replay(io.BytesIO(whole[:at]), TREASURY, head_of(whole))
    assert verdict.finding is not None
    assert verdict.good_bytes == whole[:at].rfind(b"\n") + 1
    assert verdict.ledger.entries == whole[:at].count(b"\n")


def test_a_torn_line_is_named_and_the_good_prefix_kept(journal: Path, whole: bytes) -> None:
    journal.write_bytes(whole[:-7])
    verdict, size = verify_journal(journal, TREASURY)
    count = whole.count(b"\n")
    assert verdict.finding is not None
    assert (verdict.finding.line, verdict.ledger.entries, size) == (count, count - 1, len(whole) - 7)
    assert "cut short" in verdict.finding.reason
    assert journal.read_bytes() == whole[:-7]


def test_a_repair_moves_the_bad_end_aside_byte_for_byte(journal: Path, whole: bytes) -> None:
    at = whole.index(b"\n", len(whole) // 2) + 1
    tail = whole[at:].replace(b'"', b"'", 1)
    journal.write_bytes(whole[:at] + tail)
    aside = repair(journal, TREASURY)
    assert aside is not None
    assert aside.suffix == ".torn"
    assert (journal.read_bytes(), aside.read_bytes()) == (whole[:at], tail)
    assert verify_journal(journal, TREASURY)[0].finding is None
    assert repair(journal, TREASURY) is None


def test_a_repair_that_finds_no_good_entry_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_bytes(b"# no journal\n")
    with pytest.raises(JournalError, match="not one good entry"):
        repair(path, TREASURY)
    assert path.read_bytes() == b"# no journal\n"
    assert list(tmp_path.iterdir()) == [path]


def test_a_repair_without_room_for_the_copy_changes_nothing(
    journal: Path, whole: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.write_bytes(whole[:-7])

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WriteError, match="No space left"):
        repair(journal, TREASURY)
    assert journal.read_bytes() == whole[:-7]
    assert list(journal.parent.iterdir()) == [journal]


def test_whole_lines_cut_off_the_end_are_found_by_a_noted_head_and_only_by_it(whole: bytes) -> None:
    cut = whole[: whole.rindex(b"\n", 0, -1) + 1]
    assert replay(io.BytesIO(cut), TREASURY).finding is None
    finding = replay(io.BytesIO(cut), TREASURY, head_of(whole)).finding
    assert finding is not None
    assert "its end was cut off" in finding.reason
    assert replay(io.BytesIO(whole), TREASURY, head_of(cut)).finding is None


def test_a_history_rewritten_with_fresh_hashes_is_found_by_a_noted_head(tmp_path: Path, whole: bytes) -> None:
    other = tmp_path / "other.jsonl"
    simulate(other, TREASURY, Plan(seed=1, transfers=5), 3)
    finding = replay(io.BytesIO(other.read_bytes()), TREASURY, head_of(whole)).finding
    assert finding is not None
    assert "rewritten" in finding.reason


def test_a_line_made_anew_with_a_fresh_hash_breaks_the_chain_at_the_next(whole: bytes) -> None:
    lines = whole.splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if b'"kind":"transfer"' in line)
    honest = unseal(lines[at])
    lines[at], _ = seal(replace(honest.entry, details={"note": "forged"}), honest.prev)
    finding = replay(io.BytesIO(b"".join(lines)), TREASURY).finding
    assert finding is not None
    assert (finding.line, finding.reason[:15]) == (at + 2, "it does not fol")


def test_an_emptied_journal_is_not_whole(journal: Path) -> None:
    journal.write_bytes(b"")
    finding = verify_journal(journal, TREASURY)[0].finding
    assert finding is not None
    assert "no genesis" in finding.reason


def test_a_line_without_end_is_not_read_into_memory() -> None:
    class Endless(io.RawIOBase):
        asked = 0

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: object) -> int:
            assert isinstance(buffer, memoryview)
            self.asked += len(buffer)
            buffer[:] = b"x" * len(buffer)
            return len(buffer)

    source = Endless()
    assert replay(io.BufferedReader(source), TREASURY).finding is not None
    assert source.asked < 1 << 22


def make_folder(path: Path) -> None:
    path.mkdir()


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


@pytest.mark.parametrize("make", [make_folder, make_pipe, lambda _: None], ids=["folder", "pipe", "nothing"])
def test_what_cannot_be_read_as_a_journal_is_undecided(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "j.jsonl"
    make(path)
    with pytest.raises(JournalError) as caught:
        verify_journal(path, TREASURY)
    assert caught.value.exit_code == ExitCode.UNDECIDED
    assert str(path) in caught.value.message


def test_one_writer_at_a_time_and_no_verdict_meanwhile(journal: Path, whole: bytes) -> None:
    with open_writer(journal, TREASURY):
        other = python(WRITER, journal, "9", "5")
        _, said = other.communicate()
        assert other.returncode == 1
        assert "JournalBusyError" in said
        for attempt in (verify_journal, repair):
            with pytest.raises(JournalBusyError, match="another process"):
                attempt(journal, TREASURY)
    assert journal.read_bytes() == whole
    assert verify_journal(journal, TREASURY)[0].finding is None


def test_two_processes_that_start_at_once_leave_one_whole_journal(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    both = [python(WRITER, path, "12", "40") for _ in range(2)]
    ends = [(process.communicate()[1], process.returncode) for process in both]
    assert all(code == 0 or "JournalBusyError" in said for said, code in ends)
    assert any(code == 0 for _, code in ends)
    alone = tmp_path / "alone.jsonl"
    simulate(alone, TREASURY, Plan(transfers=40), 12)
    assert path.read_bytes() == alone.read_bytes()


def test_a_torn_journal_is_not_gone_on_with(journal: Path, whole: bytes) -> None:
    journal.write_bytes(whole[:-7])
    with pytest.raises(JournalError, match=f"line {whole.count(bytes([10]))}: it is cut short") as caught:
        simulate(journal, TREASURY, PLAN, 9)
    assert "--repair" in caught.value.hint
    assert journal.read_bytes() == whole[:-7]


def test_an_entry_against_the_rules_writes_nothing_of_its_batch(journal: Path, whole: bytes) -> None:
    with open_writer(journal, TREASURY) as writer:
        third = next(entries for month, entries in scenario(TREASURY, PLAN) if month == 3)
        double = Entry(third[0].seq + 1, third[0].time, "genesis", third[0].postings)
        with pytest.raises(RuleError):
            writer.append([third[0], double])
        with pytest.raises(JournalError, match="open the journal again"):
            writer.append([third[0]])
    assert journal.read_bytes() == whole


def test_a_disk_that_fills_half_way_keeps_the_entries_before(
    journal: Path, whole: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write

    def some_then_full(descriptor: int, content: memoryview) -> int:
        if len(content) <= 100:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(descriptor, content[: len(content) - 100])

    monkeypatch.setattr(os, "write", some_then_full)
    with pytest.raises(JournalError, match=r"No space left.*entries stand and are whole"):
        simulate(journal, TREASURY, PLAN, 3)
    assert journal.read_bytes() == whole


def test_what_was_appended_is_synced_and_a_disk_that_refuses_the_sync_keeps_the_entries_before(
    journal: Path, whole: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    sync = os.fsync

    def watched(descriptor: int) -> None:
        sync(descriptor)
        synced.append(os.fstat(descriptor).st_size)

    monkeypatch.setattr(os, "fsync", watched)
    simulate(journal, TREASURY, PLAN, 3)
    assert synced == [journal.stat().st_size]
    before = journal.read_bytes()

    def refused(descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", refused)
    with pytest.raises(JournalError, match="Input/output error"):
        simulate(journal, TREASURY, PLAN, 4)
    assert journal.read_bytes() == before


def test_a_real_full_disk_keeps_whole_entries_and_a_later_run_ends_as_if_nothing_had_been(tmp_path: Path) -> None:
    path, alone = tmp_path / "j.jsonl", tmp_path / "alone.jsonl"
    process = python(SMALL_DISK.format(40_000) + WRITER, path, "24", "5")
    _, said = process.communicate()
    assert process.returncode == 1
    assert "File too large" in said
    assert "entries stand and are whole" in said
    assert 0 < path.stat().st_size <= 40_000
    assert verify_journal(path, TREASURY)[0].finding is None
    simulate(path, TREASURY, PLAN, 24)
    simulate(alone, TREASURY, PLAN, 24)
    assert path.read_bytes() == alone.read_bytes()


def test_a_writer_killed_in_the_middle_of_a_line_leaves_a_torn_journal_that_can_be_mended(
    tmp_path: Path,
) -> None:
    path, alone = tmp_path / "j.jsonl", tmp_path / "alone.jsonl"
    with python(HALF_WAY + WRITER, path, "24", "5") as writer:
        assert writer.stdout is not None
        assert "half-way\n" in iter(writer.stdout.readline, "")
        writer.kill()
    assert verify_journal(path, TREASURY)[0].finding is not None
    repair(path, TREASURY)
    simulate(path, TREASURY, PLAN, 24)
    simulate(alone, TREASURY, PLAN, 24)
    assert path.read_bytes() == alone.read_bytes()


@pytest.mark.parametrize("seen", [0, 3, 9])
def test_a_writer_killed_anywhere_leaves_a_prefix_from_which_the_run_ends_the_same(tmp_path: Path, seen: int) -> None:
    path, alone = tmp_path / "j.jsonl", tmp_path / "alone.jsonl"
    with python(WRITER, path, "30", "60") as writer:
        assert writer.stdout is not None
        for month in iter(writer.stdout.readline, ""):
            if int(month) >= seen:
                break
        writer.kill()  # wherever it is by now
    simulate(alone, TREASURY, Plan(transfers=60), 30)
    left = path.read_bytes()
    assert alone.read_bytes().startswith(left)
    assert left.count(b"\n") > 0
    verdict, _ = verify_journal(path, TREASURY)
    assert verdict.good_bytes == left.rfind(b"\n") + 1
    repair(path, TREASURY)
    simulate(path, TREASURY, Plan(transfers=60), 30)
    assert path.read_bytes() == alone.read_bytes()
