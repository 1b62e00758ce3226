"""One program, read line by line while it works, that can be told to stop and is then heard out."""

import contextlib
import os
import queue
import signal
import subprocess  # nosec B404  # argument vectors only, never a shell
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, TypeAlias

from dynamic_base import ToolMissingError

_POLL_S = 0.1
_GRACE_S = 10.0  # what Pants takes to stop its tests and say so is well below a second
_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)

_Lines: TypeAlias = "queue.SimpleQueue[str | None]"
_Process: TypeAlias = "subprocess.Popen[str]"


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
        lines: _Lines = queue.SimpleQueue()
        threading.Thread(target=_read, args=(process.stdout, lines), daemon=True).start()
        try:
            if _follow(process, lines, on_line, lambda: interrupts.count > 0 or pulse()):
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
            text=True,
            errors="replace",
        )
    except (FileNotFoundError, PermissionError, NotADirectoryError) as error:
        raise ToolMissingError(
            f"cannot start {argv[0]} in {cwd} ({error.strerror})", "install it, or name an existing folder"
        ) from error


def _read(stream: IO[str] | None, lines: _Lines) -> None:
    for line in stream or ():
        lines.put(line.rstrip("\n"))
    lines.put(None)


def _follow(process: _Process, lines: _Lines, on_line: Callable[[str], None], pulse: Callable[[], bool]) -> bool:
    """Hand on lines until there are no more (False) or ``pulse`` asks to stop (True)."""
    while True:
        try:
            line = lines.get(timeout=_POLL_S)
        except queue.Empty:
            if pulse():
                return True
            if process.poll() is not None:  # something that it started still holds the pipe
                return False
            continue
        if line is None:
            return False
        on_line(line)


def _stop(process: _Process, lines: _Lines, on_line: Callable[[str], None]) -> None:
    """End ``process``, the orderly way first, and hand on what it says until it has ended."""
    for end in _ENDS:
        process.send_signal(end)
        until = time.monotonic() + _GRACE_S
        while (left := until - time.monotonic()) > 0:
            try:
                line = lines.get(timeout=min(left, _POLL_S))
            except queue.Empty:
                if process.poll() is not None:
                    return
                continue
            if line is None:
                break
            on_line(line)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(until - time.monotonic(), _POLL_S))
            return
