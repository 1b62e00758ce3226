"""A gate's work in a forked process, which can be stopped whatever it does.

Python can end no thread: one that hangs in a single long call (a regular expression that backtracks, a huge document)
even keeps the others from running, and an interrupt's handler with them. A process can be ended; a crash of its
interpreter takes nothing else with it; and after a fork all that is known already is there without being sent. Nobody
forks here while another thread starts programs: their pipes would be held open. The thread that draws progress does no
harm, since a gate prints nothing.
"""

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Collection, Iterable
from multiprocessing.connection import Connection, Pipe
from multiprocessing.connection import wait as wait_for
from pathlib import Path
from types import FrameType
from typing import NoReturn

from dynamic_delivery.gates.bounded import descendants, signal_name, stop
from dynamic_delivery.gates.errors import ToolError

_GRACE_S = 5.0  # how long a process may take to end the programs that it started
_PAUSE_S = 0.01
_PDEATHSIG = 1  # prctl(2)
_SIGNALS = {signal.SIGINT, signal.SIGTERM}
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class Apart:
    """Work that a forked process does, and whose result, or the error of its own process, it sends back.

    Parameters
    ----------
    work : gives the result; what it raises is for ``fallen``
    fallen : gives the result in its place
    """

    def __init__(self, work: Callable[[], object], fallen: Callable[[BaseException], object]) -> None:
        self._status: int | None = None
        self._begun_s = time.monotonic()
        self.receiving, sending = Pipe(duplex=False)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)  # none meets the child with this one's handlers
        parent = os.getpid()
        self.pid = os.fork()
        if not self.pid:
            _be_child(work, fallen, sending, before, parent)
        sending.close()
        try:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        except BaseException:
            end_all([self])
            raise

    def result(self) -> object:
        """Return what the work gave, once it is ``ready``.

        Raises
        ------
        ToolError : its process ended without a word
        """
        try:
            return self.receiving.recv()
        except EOFError:
            raise ToolError(f"its process ended without an answer ({_told(self._wait())})", _AGAIN) from None
        finally:
            self.close()

    def close(self) -> None:
        """Wait for the process, and leave nothing open."""
        self.receiving.close()
        self._wait()

    def age_s(self) -> float:
        """Return for how long the process has worked, s."""
        return time.monotonic() - self._begun_s

    def held_bytes(self) -> int:
        """Return the memory that the process holds resident, without the programs that it started; 0 if unknown."""
        with contextlib.suppress(OSError):
            return int(Path(f"/proc/{self.pid}/statm").read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        return 0

    def _wait(self) -> int:
        """Return how the process ended, as ``os.waitstatus_to_exitcode`` tells it."""
        if self._status is None:
            self._status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self._status

    def gone(self) -> bool:
        """Say whether the process has ended."""
        if self._status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._status = os.waitstatus_to_exitcode(status)
        return self._status is not None


_AGAIN = "run this gate alone, on a machine with more memory; if it ends so again, report this fault"


def ready(running: Iterable[Apart], timeout_s: float) -> list[Apart]:
    """Wait until one of ``running`` has a result, or the time is over; return those that have."""
    by_end: dict[object, Apart] = {each.receiving: each for each in running}
    return [by_end[end] for end in wait_for([each.receiving for each in by_end.values()], timeout_s)]


def end_all(running: Collection[Apart]) -> None:
    """Stop the work, and every program that it started: first by asking, so that it ends them itself."""
    for each in running:
        if not each.gone():
            os.kill(each.pid, signal.SIGTERM)
    until_s = time.monotonic() + _GRACE_S
    while not all(each.gone() for each in running) and time.monotonic() < until_s:
        time.sleep(_PAUSE_S)
    for each in running:
        if not each.gone():
            for pid in (*descendants(each.pid), each.pid):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
        each.close()


def _be_child(
    work: Callable[[], object],
    fallen: Callable[[BaseException], object],
    sending: Connection,
    before: Collection[int],
    parent: int,
) -> NoReturn:
    """Do the work, send its result and end; nothing of the stack above, which is the parent's, is gone back to."""
    status = 1
    try:
        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, _leave_to_the_parent)
        if _LIBC is not None:
            _LIBC.prctl(_PDEATHSIG, signal.SIGTERM)  # a parent that was killed can stop nobody
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if os.getppid() == parent:
            try:
                sending.send(work())
            except BaseException as error:  # noqa: BLE001  # whatever it is, ``fallen`` tells of it
                sending.send(fallen(error))
            status = 0
    finally:
        os._exit(status)


def _leave_to_the_parent(number: int, frame: FrameType | None) -> None:
    """Do nothing: a terminal's interrupt goes to all processes, and the parent asks this one to end."""


def _told(status: int) -> str:
    return f"exit status {status}" if status >= 0 else signal_name(-status)
