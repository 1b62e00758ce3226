"""One program, read line by line while it works, that can be told to stop and is then heard out."""

import codecs
import contextlib
import os
import select
import signal
import subprocess  # nosec B404  # argument vectors only, never a shell
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from dynamic_base import ToolMissingError

_POLL_S = 0.1
_GRACE_S = 10.0  # what Pants takes to stop its tests and say so is well below a second
_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
_CHUNK = 65_536

_Process: TypeAlias = "subprocess.Popen[bytes]"


def watch(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    on_line: Callable[[str], None],
    pulse: Callable[[], bool],
) -> int:
    """Run ``argv``, hand each line of its merged output to ``on_line`` as it comes, and return its exit status.

    Parameters
    ----------
    env : laid over this process's own
    pulse : asked at least each 0.1 s of silence; True asks the program to stop (SIGINT, to that process alone), once

    Raises
    ------
    KeyboardInterrupt : a person stopped this program; the other one was stopped too, and its last words handed on
    ToolMissingError : there is no such program, or no such folder

    Notes
    -----
    A program that does not stop within 10 s gets SIGTERM, and 10 s later SIGKILL. A second interrupt kills it at once.
    """
    with Interrupts() as interrupts:
        process = _start(argv, cwd, env)
        interrupts.process = process
        lines = _Lines(process)
        try:
            if _follow(lines, on_line, lambda: interrupts.count > 0 or pulse()):
                _stop(process, lines, on_line)
            process.wait()
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
    if interrupts.count:
        raise KeyboardInterrupt
    return process.returncode


class Interrupts:
    """Counts a person's interrupts instead of breaking off between a line and what is made of it.

    The first asks to stop; a second kills ``process``. Only the main thread hears signals; elsewhere none is counted.
    """

    def __init__(self) -> None:
        self.count = 0
        self.process: _Process | None = None
        self._before: Any = None

    def __enter__(self) -> "Interrupts":
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._heard)
        return self

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _heard(self, number: int, frame: object) -> None:
        del number, frame
        self.count += 1
        if self.count > 1 and self.process is not None:
            self.process.kill()


def _start(argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> _Process:
    try:
        return subprocess.Popen(  # nosec B603
            argv,
            cwd=cwd,
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    except (FileNotFoundError, PermissionError, NotADirectoryError) as error:
        raise ToolMissingError(
            f"cannot start {argv[0]} in {cwd} ({error.strerror})", "install it, or name an existing folder"
        ) from error


class _Lines:
    """A program's output as it comes, read by hand: what a thread reads may arrive after the end is seen."""

    def __init__(self, process: _Process) -> None:
        self._process = process
        self._pipe = process.stdout.fileno() if process.stdout else -1
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._rest = ""

    def take(self, timeout_s: float) -> list[str] | None:
        """Return what came within ``timeout_s``, or None when there is no more."""
        ended = self._process.poll() is not None
        if not select.select([self._pipe], [], [], timeout_s)[0]:
            # Ended before the look, so all that it wrote was seen; something that it started may still hold the pipe.
            return self._last() if ended else []
        data = os.read(self._pipe, _CHUNK)
        if not data:
            return self._last()
        *lines, self._rest = (self._rest + self._decode(data)).split("\n")
        return lines

    def _last(self) -> list[str] | None:
        rest, self._rest = self._rest, ""
        return [rest] if rest else None


def _follow(lines: _Lines, on_line: Callable[[str], None], pulse: Callable[[], bool]) -> bool:
    """Hand on lines until there are no more (False) or ``pulse`` asks to stop (True)."""
    while (taken := lines.take(_POLL_S)) is not None:
        for line in taken:
            on_line(line)
        if not taken and pulse():
            return True
    return False


def _stop(process: _Process, lines: _Lines, on_line: Callable[[str], None]) -> None:
    """End ``process``, the orderly way first, and hand on what it says until it has ended."""
    for end in _ENDS:
        process.send_signal(end)
        until = time.monotonic() + _GRACE_S
        while time.monotonic() < until:
            taken = lines.take(_POLL_S)
            if taken is None:
                break
            for line in taken:
                on_line(line)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(until - time.monotonic(), _POLL_S))
            return
