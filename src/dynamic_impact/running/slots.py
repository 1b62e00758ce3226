"""Which of the Pants runs that share one checkout a call is: each has files of its own."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dynamic_base import state_folder

_MOST = 256


@contextmanager
def slot(build_root: Path) -> Iterator[int]:
    """Hold the lowest free number of this checkout; 0 where no other run is. The kernel frees it with its holder."""
    folder = state_folder(build_root) / "impact" / "slots"
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(_MOST):
        handle = os.open(folder / str(number), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            continue
        try:
            yield number
        finally:
            os.close(handle)
        return
    yield _MOST  # more than any machine runs: they would share files, which Pants itself survives


def own_daemon(number: int) -> tuple[str, ...]:
    """Return the options that give a slot a daemon of its own: one daemon takes one call at a time (docs/adr/0020)."""
    return (f"--pants-workdir=.pants.d/slot-{number}", f"--pants-subprocessdir=.pids/slot-{number}") if number else ()
