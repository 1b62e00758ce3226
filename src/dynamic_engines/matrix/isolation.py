"""A process that judges: what a driver does to it is an answer too."""

import multiprocessing
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from multiprocessing.connection import Connection
from types import MappingProxyType
from typing import IO, Self, TypeVar, cast

from dynamic_base import DynamicError
from dynamic_engines.devices import open_device
from dynamic_engines.matrix.questions import Asked, Bench
from dynamic_engines.matrix.rows import KernelRow

T = TypeVar("T")
_SPAWN = multiprocessing.get_context("spawn")  # a fork would share the parent's driver state


class WorkerDiedError(DynamicError):
    """The judging process ended, or was ended because it hung."""


class Judge:
    """A process with one open device. It is started anew after each death.

    Parameters
    ----------
    load : gives the rows, in that process
    environment : what is other there, set before the first look at a driver
    serve : what runs there, if not what opens the device and answers about ``load``'s rows
    """

    def __init__(
        self,
        load: Callable[[], Sequence[KernelRow]],
        selector: str,
        timeout_s: float,
        environment: Mapping[str, str] = MappingProxyType({}),
        serve: Callable[..., None] | None = None,
    ) -> None:
        self._serve = serve or _serve
        self._load = load
        self._selector = selector
        self._timeout_s = timeout_s
        self._environment = dict(environment)
        self._process: multiprocessing.process.BaseProcess | None = None
        self._connection: Connection | None = None
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # closed in __exit__

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        self._said.close()

    def ask(self, question: Asked[T]) -> T:
        """Return the answer.

        Raises
        ------
        WorkerDiedError : the process crashed, or gave no answer in time and was killed
        """
        connection = self._connection or self._start()
        try:
            connection.send(question)
            if not connection.poll(self._timeout_s):
                self._end()
                raise WorkerDiedError(f"no answer in {self._timeout_s:g} s, so the process was killed")
            answered, answer = connection.recv()
        except (EOFError, BrokenPipeError, ConnectionResetError) as error:
            raise WorkerDiedError(f"the process died ({self._last_words()})") from error
        if not answered:
            self._end()
            raise WorkerDiedError(f"the process stopped ({answer})")
        return cast("T", answer)  # what the question's own answer() returned, there

    def _start(self) -> Connection:
        ours, theirs = _SPAWN.Pipe()
        self._said.seek(0)
        self._said.truncate()
        self._process = _SPAWN.Process(
            target=self._serve,
            args=(
                theirs,
                self._load,
                self._selector,
                self._environment,
                f"/proc/{os.getpid()}/fd/{self._said.fileno()}",
            ),
            daemon=True,
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


def quietly(environment: Mapping[str, str], said: str) -> None:
    """Send what the drivers of this process print to ``said``, and set its ``environment``."""
    with open(said, "ab") as file:  # noqa: PTH123  # a path below /proc is a handle, not a place
        os.dup2(file.fileno(), sys.stderr.fileno() if sys.stderr else 2)
    os.environ.update(environment)


def _serve(
    connection: Connection,
    load: Callable[[], Sequence[KernelRow]],
    selector: str,
    environment: Mapping[str, str],
    said: str,
) -> None:
    """Answer until the other end closes. What the driver prints goes to ``said``."""
    quietly(environment, said)
    try:
        with open_device(selector) as device:
            bench = Bench(device, partial(open_device, selector))
            rows = {(row.kernel, row.maths): row for row in load()}
            while True:
                question = connection.recv()
                connection.send((True, question.answer(bench, rows[question.kernel, question.maths])))
    except EOFError:
        return
    except DynamicError as error:
        connection.send((False, str(error)))
