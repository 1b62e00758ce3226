"""A sweep's process is killed, or its disk is full: nothing that was finished is lost, or done again."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from dynamic_ta.sweeps.errors import JournalBusyError
from dynamic_ta.sweeps.executors.local import Local
from dynamic_ta.sweeps.journal import open_journal
from dynamic_ta.sweeps.reduce import Columns
from dynamic_ta.sweeps.run import run_sweep
from tests.dynamic_ta.sweeps.child import evaluator, swept
from tests.dynamic_ta.sweeps.toys import STATISTICS, Seen


@contextmanager
def child(folder: Path, log: Path, wait_after: int = 0, most_bytes: int = 0) -> Iterator["subprocess.Popen[str]"]:
    words = (str(folder), str(log), str(wait_after), str(most_bytes))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.dynamic_ta.sweeps.child", *words],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def said(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def finished(folder: Path) -> list[int]:
    """Return the rows that the journal holds."""
    with open_journal(folder, evaluator(0), swept()) as journal:
        return sorted(row for done in journal.finished() for row in range(done.chunk.start, done.chunk.stop))


def rest(folder: Path, log: Path) -> Columns:
    """Do the rest here."""
    columns = Columns(len(swept()), STATISTICS)
    handle = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        with open_journal(folder, evaluator(handle), swept()) as journal:
            run_sweep(evaluator(handle), swept(), Local(), [columns], journal)
    finally:
        os.close(handle)
    return columns


def uninterrupted() -> bytes:
    columns = Columns(len(swept()), STATISTICS)
    run_sweep(Seen().evaluator(), swept(), Local(), [columns])
    return columns.values.tobytes()


@pytest.mark.parametrize("after", [1, 100])
def test_a_killed_sweep_goes_on_where_it_was(tmp_path: Path, after: int) -> None:
    folder = tmp_path / "journal"
    with child(folder, tmp_path / "first.log", wait_after=after) as process:
        assert said(process) == "waiting\n"
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    kept = finished(folder)
    assert after - 8 <= len(kept) < after, "all but the chunk that it was at"
    assert rest(folder, tmp_path / "second.log").values.tobytes() == uninterrupted()
    second = (tmp_path / "second.log").read_text().splitlines()
    every = [f"{variant.asset} {variant.values}" for variant in swept()]
    assert second == [line for row, line in enumerate(every) if row not in set(kept)], "just the rest, once each"


def test_while_one_process_sweeps_another_is_told_its_number(tmp_path: Path) -> None:
    with child(tmp_path, tmp_path / "log", wait_after=50) as process:
        assert said(process) == "waiting\n"
        with pytest.raises(JournalBusyError, match=f"process {process.pid} is at this sweep"):
            finished(tmp_path)
        process.kill()
        process.wait()
    assert finished(tmp_path), "a lock dies with its holder"


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    folder, log = tmp_path / "journal", tmp_path / "log"
    with child(folder, Path(os.devnull), most_bytes=9000) as process:
        told = said(process)
        assert process.wait() == 3
    assert told.startswith("JournalError: cannot write ")
    assert "what was finished is kept" in told
    kept = finished(folder)
    assert 0 < len(kept) < len(swept())
    assert not (folder / "torn.jsonl").exists(), "what did not fit was taken back"
    assert rest(folder, log).values.tobytes() == uninterrupted()
    assert len(log.read_text().splitlines()) == len(swept()) - len(kept)
    np.testing.assert_array_equal(finished(folder), np.arange(len(swept())))
