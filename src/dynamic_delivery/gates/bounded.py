"""Other people's programs, run within bounds: of time, of memory, and of what they may print.

Memory has two bounds, and neither is RLIMIT_AS: the runtimes of Go and Haskell reserve address space that they never
touch (GHC a terabyte, if it may), so addresses say little of what is used. RLIMIT_DATA counts what is private and
writable, so only what can be used, and a process that goes over it is refused the next page. It is of one
process; the sum over the tool's session is read from /proc while it works. No cgroup is asked for: making one needs
rights that a developer's machine and a hosted runner do not give. Where there is no Linux, only time and output are
bounded.
"""

import contextlib
import os
import resource
import selectors
import signal
import subprocess  # nosec B404  # argument vectors only, never a shell
import sys
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from dynamic_base import Completed
from dynamic_delivery.gates.errors import ToolError

_LOOK_EACH_S = 0.2
_DRAIN_S = 1.0  # how long a tool's children may hold its output open after it ended
_PAUSE_S = 0.005
_CHUNK = 1 << 16
_PAGES = 21  # of the fields of /proc/PID/stat that follow the name
_SHOWN = 200  # characters of a tool's last words
# How the runtimes of Python, Go, Rust, Haskell and C say that a page was refused.
_SEARCHED = 4096
_NO_MEMORY = ("memoryerror", "out of memory", "cannot allocate memory", "memory allocation", "heap exhausted")
# How a runtime ends that was refused a page before it could say so; Go does within its first megabytes.
_CRASHES = (-signal.SIGSEGV, -signal.SIGBUS, -signal.SIGABRT)

_Process = subprocess.Popen[bytes]


@dataclass(slots=True)
class _Stop:
    """Whether this process was asked to end.

    An exception that a signal's handler raises while a program is begun or ended would leave it running: then the
    handler only takes note, and ``_follow`` looks.
    """

    asked: bool = False
    programs: int = 0

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        self.programs += 1
        try:
            yield
        finally:
            self.programs -= 1
        if self.asked:
            raise KeyboardInterrupt


_stop = _Stop()


def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  # a signal's handler
    """End what ``run_tool`` runs, and then this process' work, by a KeyboardInterrupt."""
    again, _stop.asked = _stop.asked, True
    if not (again or _stop.programs):
        raise KeyboardInterrupt


@dataclass(frozen=True, slots=True)
class _Bounds:
    timeout_s: float
    memory_bytes: int
    output_bytes: int


@dataclass(slots=True)
class _Output:
    name: str
    chunks: list[bytes] = field(default_factory=list)
    size: int = 0


def run_tool(
    argv: Sequence[str],
    *,
    cwd: Path,
    timeout_s: float = 300,
    memory_bytes: int = 4 << 30,
    most_output_bytes: int = 64 << 20,
    env: Mapping[str, str | None] | None = None,
) -> Completed:
    """Run ``argv`` in ``cwd`` in a session of its own, without input, and return what it left behind.

    Parameters
    ----------
    timeout_s : float, seconds from the start to the end and the last byte of output
    memory_bytes : int, for each process of the tool, and for what all of them together hold resident
    most_output_bytes : int, for stdout and for stderr each
    env : laid over this process's own (None unsets)

    Raises
    ------
    ToolError : it is missing, passed a bound, ended by a signal, or left a child behind that held its output. Every
        process of its session has been ended by then; one that made a session of its own is out of reach.
    """
    bounds = _Bounds(timeout_s, memory_bytes, most_output_bytes)
    out, err = _Output("stdout"), _Output("stderr")
    with _stop.held():
        process = _start(argv, cwd, env)
        try:
            _limit(process, bounds)
            _follow(process, _name(argv), (out, err), bounds)
        finally:
            _end(process)
    done = Completed(tuple(argv), process.returncode, b"".join(out.chunks), b"".join(err.chunks))
    _refuse_death(done, bounds)
    return done


def ended_as(done: Completed, expected: Collection[int]) -> Completed:
    """Return ``done``, or raise ToolError where its exit status is none that it has after looking."""
    if done.exit_code in expected:
        return done
    raise ToolError(f"{_name(done.argv)} exited {done.exit_code} ({last_words(done)})", _by_hand(done.argv))


def last_words(done: Completed) -> str:
    """Return the last line that the program said, on stderr or else on stdout, cut to a length that a line can hold."""
    lines = [line for said in (done.stderr, done.stdout) for line in said.decode(errors="replace").splitlines()[-1:]]
    printable = "".join(char if char.isprintable() else " " for char in next(filter(str.strip, lines), "no message"))
    return printable.strip()[:_SHOWN]


def _start(argv: Sequence[str], cwd: Path, env: Mapping[str, str | None] | None) -> _Process:
    merged = {**os.environ, **(env or {})}
    try:
        process = subprocess.Popen(  # nosec B603
            argv,
            cwd=cwd,
            env={name: value for name, value in merged.items() if value is not None},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise ToolError(
            f"cannot start {_name(argv)} in {cwd} ({error.strerror})", "see what this machine lacks: ./dynamic doctor"
        ) from error
    return process


def _limit(process: _Process, bounds: _Bounds) -> None:
    """Bound the memory of the process and of all that it starts, at most as it is bounded already.

    From outside: Python code between fork and exec can hang where threads run. A short-lived program may be gone.
    """
    if sys.platform == "linux":
        with contextlib.suppress(ProcessLookupError):
            _, hard = resource.prlimit(process.pid, resource.RLIMIT_DATA)
            bound = bounds.memory_bytes if hard == resource.RLIM_INFINITY else min(bounds.memory_bytes, hard)
            resource.prlimit(process.pid, resource.RLIMIT_DATA, (bound, bound))


def _follow(process: _Process, name: str, outputs: tuple[_Output, _Output], bounds: _Bounds) -> None:
    """Read both outputs to their ends and wait for the process; raise at the first bound that is passed."""
    now_s = time.monotonic()
    deadline_s, look_s, drained_s = now_s + bounds.timeout_s, now_s + _LOOK_EACH_S, float("inf")
    with selectors.DefaultSelector() as selector:
        for pipe, output in zip((process.stdout, process.stderr), outputs, strict=True):
            if pipe is not None:
                selector.register(pipe, selectors.EVENT_READ, output)
        while selector.get_map() or process.poll() is None:
            idle = not _take(selector, process, name, bounds)
            now_s = time.monotonic()
            if _stop.asked:
                raise KeyboardInterrupt
            if now_s > deadline_s:
                raise ToolError(
                    f"{name} did not end within {bounds.timeout_s:g} s, so it was stopped",
                    "run it by hand on these files to see what it waits for",
                )
            if now_s > look_s:
                look_s = now_s + _LOOK_EACH_S
                _refuse_hunger(process.pid, name, bounds)
                if process.poll() is not None:
                    drained_s = min(drained_s, now_s + _DRAIN_S)
            if idle and now_s > drained_s:
                raise ToolError(
                    f"{name} ended, but a process that it started still held its output",
                    "what it printed may be cut: run it by hand and see what it leaves behind",
                )


def _take(selector: selectors.BaseSelector, process: _Process, name: str, bounds: _Bounds) -> bool:
    """Take what is there, waiting a little for it, and say whether there was any.

    A tool that has closed both outputs is waited for instead.
    """
    if not selector.get_map():
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_LOOK_EACH_S)
        return False
    ready = selector.select(_LOOK_EACH_S)
    for key, _ in ready:
        output: _Output = key.data
        chunk = os.read(key.fd, _CHUNK)
        if not chunk:
            selector.unregister(key.fileobj)
            continue
        output.size += len(chunk)
        if output.size > bounds.output_bytes:
            raise ToolError(
                f"{name} printed more than {bounds.output_bytes} bytes on {output.name}, so it was stopped",
                "give it fewer files, or see by hand what it repeats",
            )
        output.chunks.append(chunk)
    return bool(ready)


def _refuse_hunger(session: int, name: str, bounds: _Bounds) -> None:
    held = _resident_bytes(session)
    if held > bounds.memory_bytes:
        raise ToolError(f"{name} held more than {bounds.memory_bytes} bytes of memory, so it was stopped", _FEWER)


_FEWER = "give it fewer files, or a machine with more memory and a wider bound"


def _resident_bytes(session: int) -> int:
    return sum(each.pages for each in _members(session)) * os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class _Seen:
    """A process that runs, as /proc tells of it."""

    pid: int
    parent: int
    session: int
    pages: int


def _processes() -> Iterator[_Seen]:
    """Give each process that still runs; none where there is no /proc."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        # proc(5): the name may hold spaces and brackets. After its last bracket: state, parent, group, session; the
        # resident pages further on.
        with contextlib.suppress(OSError):
            fields = stat.read_bytes().rpartition(b")")[2].split()
            if len(fields) > _PAGES and fields[0] != b"Z":
                yield _Seen(int(stat.parent.name), int(fields[1]), int(fields[3]), int(fields[_PAGES]))


def _members(session: int) -> Iterator[_Seen]:
    return (each for each in _processes() if each.session == session)


def descendants(pid: int) -> list[int]:
    """Return the processes that ``pid`` started, and those that they did, as long as their parents run."""
    children: dict[int, list[int]] = {}
    for each in _processes():
        children.setdefault(each.parent, []).append(each.pid)
    found = list(children.get(pid, ()))
    for child in found:  # it grows
        found.extend(children.get(child, ()))
    return found


def _end(process: _Process) -> None:
    """End what is left of the session, wait until it is gone, and leave nothing open."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    until_s = time.monotonic() + _DRAIN_S
    while (left := [member.pid for member in _members(process.pid)]) and time.monotonic() < until_s:
        for member in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(member, signal.SIGKILL)
        time.sleep(_PAUSE_S)
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


def _refuse_death(done: Completed, bounds: _Bounds) -> None:
    said = last_words(done)
    if done.exit_code < 0:
        how = signal_name(-done.exit_code)
        fix = _by_hand(done.argv)
        if done.exit_code in _CRASHES:
            fix += f" (or its bound of {bounds.memory_bytes} bytes of memory was too narrow)"
        raise ToolError(f"{_name(done.argv)} was ended by {how} ({said})", fix)
    ends = done.stderr[:_SEARCHED] + done.stderr[-_SEARCHED:]  # Go says it first, Python last, each beside a long trace
    if done.exit_code and any(words in ends.decode(errors="replace").lower() for words in _NO_MEMORY):
        raise ToolError(f"{_name(done.argv)} got no more than {bounds.memory_bytes} bytes of memory ({said})", _FEWER)


def signal_name(number: int) -> str:
    """Return what a signal is called; those of real time have just numbers."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _by_hand(argv: Sequence[str]) -> str:
    words = " ".join(argv)
    return f"run it by hand: {words if len(words) <= _SHOWN else words[:_SHOWN] + ' ...'}"


def _name(argv: Sequence[str]) -> str:
    return Path(argv[0]).name
