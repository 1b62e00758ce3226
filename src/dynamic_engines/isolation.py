"""A process that answers questions: what a driver does to it is an answer too."""

import multiprocessing
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from types import MappingProxyType
from typing import IO, Self

from dynamic_base import DynamicError

_SPAWN = multiprocessing.get_context("spawn")  # a fork would share the parent's driver state


class WorkerDiedError(DynamicError):
    """The process ended, or was ended because it hung."""


class Isolated:
    """A process that is started at the first question, and anew after each death.

    Parameters
    ----------
    serve : what runs there, as ``serve(connection, *arguments)``, a module's function so that it can be imported there.
        It answers each question it receives with (True, answer), or ends with (False, why)
    arguments : values that can be pickled
    environment : what is other there, set before the first look at a driver
    """

    def __init__(
        self,
        serve: Callable[..., None],
        arguments: tuple[object, ...] = (),
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._serve = serve
        self._arguments = arguments
        self._environment = dict(environment)
        self._process: multiprocessing.process.BaseProcess | None = None
        self._connection: Connection | None = None
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # closed in __exit__

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        self._said.close()

    @property
    def runs(self) -> bool:
        return self._process is not None

    def ask(self, question: object, timeout_s: float) -> object:
        """Return the answer. What the process prints, a driver's last words too, is kept from the terminal.

        Raises
        ------
        WorkerDiedError : the process crashed, stopped, or gave no answer in time and was killed
        """
        connection = self._connection or self._start()
        try:
            connection.send(question)
            if not connection.poll(timeout_s):
                self._end()
                raise WorkerDiedError(f"no answer in {timeout_s:g} s, so the process was killed")
            answered, answer = connection.recv()
        except (EOFError, BrokenPipeError, ConnectionResetError) as error:
            raise WorkerDiedError(f"the process died ({self._last_words()})") from error
        if not answered:
            self._end()
            raise WorkerDiedError(f"the process stopped ({answer})")
        return answer

    def _start(self) -> Connection:
        ours, theirs = _SPAWN.Pipe()
        self._said.seek(0)
        self._said.truncate()
        said = f"/proc/{os.getpid()}/fd/{self._said.fileno()}"
        self._process = _SPAWN.Process(
            target=_run, args=(self._serve, theirs, self._arguments, self._environment, said), daemon=True
        )
        self._process.start()
        theirs.close()
        self._connection = ours
        return ours

    def _last_words(self) -> str:
        process = self._process
        code = 0
        if process is not None:
            process.join()
            code = process.exitcode or 0
        self._said.seek(0)
        lines = [line.strip() for line in self._said.read().decode(errors="replace").splitlines() if line.strip()]
        self._end()
        how = signal.Signals(-code).name if code < 0 else f"exit {code}"
        return f"{how}: {lines[-1]}" if lines else how

    def _end(self) -> None:
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            self._process.kill()
            self._process.join()
        self._process = self._connection = None


def _run(
    serve: Callable[..., None],
    connection: Connection,
    arguments: tuple[object, ...],
    environment: Mapping[str, str],
    said: str,
) -> None:
    """Serve until the other end closes. What drivers print goes to ``said``."""
    with open(said, "ab") as file:  # noqa: PTH123  # a path below /proc is a handle, not a place
        os.dup2(file.fileno(), sys.stderr.fileno() if sys.stderr else 2)
    os.environ.update(environment)
    try:
        serve(connection, *arguments)
    except EOFError:
        return
    except DynamicError as error:
        connection.send((False, str(error)))
