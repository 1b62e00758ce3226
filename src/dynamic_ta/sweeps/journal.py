"""Finished chunks on disk, so that a sweep that was killed goes on where it was: docs/adr/0034.

``journal.jsonl`` holds a header and then a line a chunk, each ``<sha256 prefix> <JSON>``. Lines are only added. One
that is not what was written, such as the torn last line of a machine that lost power, is moved to ``torn.jsonl``, and
its rows are evaluated again.
"""

import base64
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dynamic_base import canonical_json, write_atomic
from dynamic_ta.sweeps.errors import JournalBusyError, JournalError
from dynamic_ta.sweeps.model import Chunk, Done, Evaluator, Variants, key_of

SCHEMA = "dynamic.sweep.journal/1"
_MARK = 16
_HEAD = "journal.jsonl"
_TORN = "torn.jsonl"
_LOCK = "lock"


@dataclass(slots=True)
class Journal:
    """An open journal, which this process alone writes.

    Parameters
    ----------
    folder : where it lies
    n_statistics : of the sweep
    handle : the open file, for appending
    end : bytes in it, all of whole lines
    set_aside : lines that were torn, when it was opened
    """

    folder: Path
    n_statistics: int
    handle: int
    end: int
    set_aside: int

    @property
    def path(self) -> Path:
        return self.folder / _HEAD

    def finished(self) -> Iterator[Done]:
        """Give each finished chunk, read line by line."""
        with self.path.open("rb") as file:
            next(file, None)
            for line in file:
                done = self._parse(line)
                if done is not None:
                    yield done

    def append(self, done: Done) -> None:
        """Write a chunk, synced, or nothing of it.

        Raises
        ------
        JournalError : the disk refused; all chunks before stay
        """
        self._write(
            {
                "start": done.chunk.start,
                "stop": done.chunk.stop,
                "values": base64.b64encode(np.ascontiguousarray(done.values, "<f8").tobytes()).decode("ascii"),
            }
        )

    def _write(self, record: dict[str, object]) -> None:
        line = _line(record)
        try:
            rest = memoryview(line)
            while rest:
                rest = rest[os.write(self.handle, rest) :]
            os.fsync(self.handle)
        except OSError as error:
            os.ftruncate(self.handle, self.end)
            raise JournalError(
                f"cannot write {self.path} ({error.strerror})",
                "free the disk and give the same command again: what was finished is kept",
            ) from error
        self.end += len(line)

    def _parse(self, line: bytes) -> Done | None:
        record = _record(line)
        if record is None:
            return None
        chunk = Chunk(int(str(record["start"])), int(str(record["stop"])))
        values = np.frombuffer(base64.b64decode(str(record["values"])), "<f8")
        return Done(chunk, values.reshape(chunk.n_rows, self.n_statistics))


@contextmanager
def open_journal(folder: Path, evaluator: Evaluator, variants: Variants, *, fresh: bool = False) -> Iterator[Journal]:
    """Hold the journal of this sweep in ``folder``, made if there is none.

    Parameters
    ----------
    fresh : forget what was finished

    Raises
    ------
    JournalBusyError : another process holds it
    JournalError : the folder cannot be used, or holds the journal of another sweep
    """
    head: dict[str, object] = {"schema": SCHEMA, **key_of(evaluator, variants)}
    path = folder / _HEAD
    with ExitStack() as stack:
        with _usable(folder):
            lock = _locked(folder)
            stack.callback(os.close, lock)  # the kernel frees the lock with its holder, also a killed one
            if fresh or not path.exists():
                write_atomic(path, _line(head))
            torn = _mend(folder, head)
            handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
            stack.callback(os.close, handle)
            end = os.lseek(handle, 0, os.SEEK_END)
        yield Journal(folder, len(evaluator.statistics), handle, end, torn)


@contextmanager
def _usable(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise JournalError(f"cannot use {folder} ({error.strerror})", "name another folder with --journal") from error


def _locked(folder: Path) -> int:
    """Return the open file that holds the lock; its content is the holder's number, to be told."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
    except BlockingIOError as error:
        holder = os.pread(handle, 32, 0).decode("ascii", "replace").strip() or "unknown"
        os.close(handle)
        raise JournalBusyError(
            f"process {holder} is at this sweep ({folder})", "wait for it, or stop it and try again"
        ) from error
    except OSError:
        os.close(handle)
        raise
    return handle


def _mend(folder: Path, head: dict[str, object]) -> int:
    """Check the header, move torn lines aside, and return how many."""
    path = folder / _HEAD
    with path.open("rb") as file:
        if _record(file.readline()) != head:
            raise JournalError(
                f"{path} belongs to another sweep, or its first line was edited", "start over with --fresh"
            )
        bad = [line for line in file if _record(line) is None]
    if bad:
        with (folder / _TORN).open("ab") as torn:
            torn.writelines(line.rstrip(b"\n") + b"\n" for line in bad)
        write_atomic(path, b"".join(line for line in path.read_bytes().splitlines(keepends=True) if _record(line)))
    return len(bad)


def _line(record: dict[str, object]) -> bytes:
    body = canonical_json(record)
    return hashlib.sha256(body).hexdigest()[:_MARK].encode() + b" " + body + b"\n"


def _record(line: bytes) -> dict[str, object] | None:
    """Return what a whole line says; None for a torn one."""
    mark, _, body = line.partition(b" ")
    if not body.endswith(b"\n") or hashlib.sha256(body[:-1]).hexdigest()[:_MARK].encode() != mark:
        return None
    record: dict[str, object] = json.loads(body)
    return record
