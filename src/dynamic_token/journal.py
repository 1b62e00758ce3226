"""The journal on disk: only ever added to, one writer at a time, synced, and cut back to whole entries on failure."""

import fcntl
import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from dynamic_base import write_atomic
from dynamic_token.entry import NO_HASH, Entry, seal
from dynamic_token.errors import JournalBusyError, JournalError
from dynamic_token.ledger import Ledger
from dynamic_token.model import Treasury
from dynamic_token.verify import Head, Verdict, replay


class Writer:
    """A journal under an exclusive lock, after its last entry. Made by ``open_writer``."""

    def __init__(self, path: Path, descriptor: int, verdict: Verdict) -> None:
        self.path = path
        self.ledger: Ledger = verdict.ledger
        self.head: Head | None = verdict.head
        self._descriptor = descriptor
        self._size = verdict.good_bytes
        self._failed = False

    def append(self, entries: Sequence[Entry]) -> None:
        """Check ``entries``, write them in one go, and sync. All of them stand in the file, or none.

        A kill half-way may leave some of them and a torn line, which ``verify`` finds. After a failure this writer is
        of no more use: its ledger is ahead of the file.

        Raises
        ------
        RuleError : an entry breaks a rule; nothing was written
        JournalError : the disk refused, and the file was cut back to what it held; or this writer failed before
        """
        if self._failed:
            raise JournalError(f"a writer of {self.path} failed before", "open the journal again")
        self._failed = True
        lines, head = [], self.head
        for entry in entries:
            self.ledger.apply(entry)
            line, mark = seal(entry, head.hash if head else NO_HASH)
            head = Head(entry.seq, mark)
            lines.append(line)
        content = b"".join(lines)
        try:
            _write_all(self._descriptor, content)
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(self._descriptor, self._size)
                os.fsync(self._descriptor)
            held = self.head.seq + 1 if self.head else 0
            raise JournalError(
                f"cannot append to {self.path} ({error.strerror}); its {held:,} entries stand and are whole",
                "free the disk and run the same command again",
            ) from error
        self.head, self._size, self._failed = head, self._size + len(content), False


def _write_all(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
    os.fsync(descriptor)


@contextmanager
def open_writer(path: Path, treasury: Treasury) -> Iterator[Writer]:
    """Give a writer at the end of the journal ``path``, which is made if it is not there.

    Raises
    ------
    JournalError : it cannot be opened, or is torn or edited; nothing was changed
    JournalBusyError : another process writes it
    """
    with _locked(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, fcntl.LOCK_EX) as descriptor:
        verdict = _replay(descriptor, path, treasury)
        if verdict.finding is not None and os.fstat(descriptor).st_size:
            raise JournalError(
                f"{path} cannot be gone on with: line {verdict.finding.line}: {verdict.finding.reason}",
                f"see it with './dynamic token verify {path}', set the bad end aside with --repair, and come again",
            )
        if verdict.head is None:
            _sync_folder(path.parent)
        yield Writer(path, descriptor, verdict)


def _sync_folder(folder: Path) -> None:
    """Make the name of a new journal outlive a power cut, as its content does, where the file system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def verify_journal(path: Path, treasury: Treasury, expected: Head | None = None) -> tuple[Verdict, int]:
    """Return what a replay of ``path`` finds, and the file's size in bytes. Nothing is changed.

    Raises
    ------
    JournalError : the file cannot be read
    JournalBusyError : it is being written at this moment
    """
    with _locked(path, os.O_RDONLY, fcntl.LOCK_SH) as descriptor:
        return _replay(descriptor, path, treasury, expected), os.fstat(descriptor).st_size


def repair(path: Path, treasury: Treasury) -> Path | None:
    """Move what follows the good prefix of ``path`` into a file beside it, and return that; None if nothing does.

    The end is copied and synced before it is cut off, under a name that its content gives, so a crash in between loses
    nothing and a second call finishes the work.

    Raises
    ------
    JournalError : not one entry is good, so this may be no journal at all; nothing was changed
    WriteError : the disk has no room for the copy; nothing was changed
    """
    with _locked(path, os.O_RDWR, fcntl.LOCK_EX) as descriptor:
        verdict = _replay(descriptor, path, treasury)
        with open(descriptor, "rb", closefd=False) as file:
            file.seek(verdict.good_bytes)
            tail = file.read()
        if not tail:
            return None
        if verdict.head is None:
            raise JournalError(
                f"{path} has not one good entry; it was left as it is",
                "is it a journal, and is --treasury the right one?",
            )
        aside = path.with_name(f"{path.name}.{hashlib.sha256(tail).hexdigest()[:12]}.torn")
        write_atomic(aside, tail)
        try:
            os.ftruncate(descriptor, verdict.good_bytes)
            os.fsync(descriptor)
        except OSError as error:
            raise _unreadable(path, error) from error
        return aside


def set_aside(path: Path) -> Path | None:
    """Rename the journal ``path``, so that a new one can begin, and return its new name; None if there is none.

    Raises
    ------
    JournalBusyError : another process writes it
    """
    if not path.exists():
        return None
    with _locked(path, os.O_RDONLY, fcntl.LOCK_EX) as descriptor:
        with open(descriptor, "rb", closefd=False) as file:
            mark = hashlib.file_digest(file, "sha256").hexdigest()[:12]
        aside = path.with_name(f"{path.name}.{mark}.old")
        try:
            path.replace(aside)
        except OSError as error:
            raise _unreadable(path, error) from error
        return aside


@contextmanager
def _locked(path: Path, flags: int, lock: int) -> Iterator[int]:
    """Give a descriptor of ``path`` that holds ``lock`` until the end; closing it lets go of the lock."""
    try:
        if flags & os.O_CREAT:
            path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, flags | os.O_CLOEXEC | os.O_NONBLOCK, 0o644)  # a FIFO must not hang
    except OSError as error:
        raise _unreadable(path, error) from error
    try:
        fcntl.flock(descriptor, lock | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        if isinstance(error, BlockingIOError):
            raise JournalBusyError(f"{path} is being written by another process", "wait for it to end") from error
        raise _unreadable(path, error) from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise JournalError(f"{path} is no regular file", "name a journal file")
        if not os.path.samestat(os.fstat(descriptor), os.stat(path)):  # noqa: PTH116  # set aside between open and lock
            raise JournalBusyError(f"{path} was replaced at this moment by another process", "run the command again")
        yield descriptor
    finally:
        os.close(descriptor)


def _replay(descriptor: int, path: Path, treasury: Treasury, expected: Head | None = None) -> Verdict:
    try:
        with open(descriptor, "rb", closefd=False) as file:
            return replay(file, treasury, expected)
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> JournalError:
    return JournalError(f"cannot use {path} ({error.strerror})", "name a journal file that you may read and write")
