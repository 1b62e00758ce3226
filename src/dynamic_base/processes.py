"""Other programs: run to the end, or read line by line while they work."""

import os
import signal
import subprocess  # nosec B404  # argument vectors only, never a shell
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dynamic_base.errors import DynamicError


class ToolMissingError(DynamicError):
    """The program is not on this machine."""


class ProcessFailedError(DynamicError):
    """The program ended with a status that the caller cannot go on from."""

    def __init__(self, message: str, hint: str, completed: "Completed") -> None:
        super().__init__(message, hint)
        self.completed = completed


@dataclass(frozen=True, slots=True)
class Completed:
    """What a program left behind."""

    argv: tuple[str, ...]
    exit_code: int
    stdout: bytes
    stderr: bytes

    def checked(self, hint: str) -> "Completed":
        """Return this, or raise ProcessFailedError with the last line that the program said."""
        if self.exit_code == 0:
            return self
        said = self.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
        raise ProcessFailedError(f"{self.argv[0]} exited {self.exit_code} ({said[-1]})", hint, self)


def run(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str | None] | None = None,
    stdin: bytes = b"",
) -> Completed:
    """Run ``argv`` in ``cwd`` with ``env`` laid over this process's own (None unsets), and wait for it.

    Raises
    ------
    ToolMissingError : there is no such program, or no such folder
    """
    try:
        done = subprocess.run(argv, cwd=cwd, env=_environment(env), input=stdin, capture_output=True, check=False)  # nosec B603
    except (FileNotFoundError, PermissionError, NotADirectoryError) as error:
        raise _missing(argv, cwd, error) from error
    return Completed(tuple(argv), done.returncode, done.stdout, done.stderr)


def stream(
    argv: Sequence[str],
    *,
    cwd: Path,
    on_line: Callable[[str], None],
    env: Mapping[str, str | None] | None = None,
) -> int:
    """Run ``argv``, hand each line of its merged output to ``on_line`` as it comes, and return its exit status.

    An interrupt is passed on to the program, which is waited for, and then raised.
    """
    try:
        process = subprocess.Popen(  # nosec B603
            argv,
            cwd=cwd,
            env=_environment(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except (FileNotFoundError, PermissionError, NotADirectoryError) as error:
        raise _missing(argv, cwd, error) from error
    with process:
        try:
            for line in process.stdout or ():
                on_line(line.rstrip("\n"))
        except BaseException:
            process.send_signal(signal.SIGINT)
            raise
    return process.returncode


def _environment(over: Mapping[str, str | None] | None) -> dict[str, str]:
    merged: dict[str, str | None] = {**os.environ, **(over or {})}
    return {name: value for name, value in merged.items() if value is not None}


def _missing(argv: Sequence[str], cwd: Path, error: OSError) -> ToolMissingError:
    return ToolMissingError(
        f"cannot start {argv[0]} in {cwd} ({error.strerror})", "install it, or name an existing folder"
    )
