"""A process that judges: what a driver does to it is an answer too."""

import multiprocessing
import os
import signal
import sys
import tempfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import IO, Self

import numpy as np

from dynamic_base import DynamicError
from dynamic_engines.device import Device
from dynamic_engines.devices import open_device
from dynamic_engines.matrix.judge import Worst, judge
from dynamic_engines.matrix.rows import KernelRow
from dynamic_engines.model import Maths, Precision

_SPAWN = multiprocessing.get_context("spawn")  # a fork would share the parent's driver state


class WorkerDiedError(DynamicError):
    """The judging process ended, or was ended because it hung."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which cell to judge on the worker's device."""

    kernel: str
    precision: Precision
    seed: int
    maths: Maths = Maths.STRICT


@dataclass(frozen=True, slots=True)
class Answer:
    """What judging all cases of a cell showed; ``reason`` is that of the first case that failed."""

    reason: str
    cases: int
    worst: Worst | None
    bound_share: float


class Judge:
    """A process with one open device. It is started anew after each death."""

    def __init__(self, load: Callable[[], Sequence[KernelRow]], selector: str, timeout_s: float) -> None:
        self._load = load
        self._selector = selector
        self._timeout_s = timeout_s
        self._process: multiprocessing.process.BaseProcess | None = None
        self._connection: Connection | None = None
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # closed in __exit__

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        self._said.close()

    def ask(self, question: Question) -> Answer:
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
            answer = connection.recv()
        except (EOFError, BrokenPipeError, ConnectionResetError) as error:
            raise WorkerDiedError(f"the process died ({self._last_words()})") from error
        if not isinstance(answer, Answer):
            self._end()
            raise WorkerDiedError(f"the process stopped ({answer})")
        return answer

    def _start(self) -> Connection:
        ours, theirs = _SPAWN.Pipe()
        self._said.seek(0)
        self._said.truncate()
        self._process = _SPAWN.Process(
            target=_serve,
            args=(theirs, self._load, self._selector, f"/proc/{os.getpid()}/fd/{self._said.fileno()}"),
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


def _serve(connection: Connection, load: Callable[[], Sequence[KernelRow]], selector: str, said: str) -> None:
    """Answer until the other end closes. What the driver prints goes to ``said``."""
    with open(said, "ab") as file:  # noqa: PTH123  # a path below /proc is a handle, not a place
        os.dup2(file.fileno(), sys.stderr.fileno() if sys.stderr else 2)
    try:
        with open_device(selector) as device:
            rows = {(row.kernel, row.maths): row for row in load()}
            while True:
                question = connection.recv()
                connection.send(_answer(device, rows[question.kernel, question.maths], question))
    except EOFError:
        return
    except DynamicError as error:
        connection.send(str(error))


def _answer(device: Device, row: KernelRow, question: Question) -> Answer:
    reason, worst, share, count = "", None, 0.0, 0
    # A generator of the cell's own: leaving a kernel out does not change the inputs of the next.
    rng = np.random.default_rng([question.seed, zlib.crc32(f"{question.kernel} {question.precision}".encode())])
    for case in row.cases(rng, question.precision):
        verdict = judge(row, device, case, question.precision)
        count += 1
        reason = reason or verdict.reason
        if verdict.worst is not None:
            share = max(share, verdict.worst.bound_share)
            worst = verdict.worst if worst is None or verdict.worst.ulp > worst.ulp else worst
    return Answer(reason, count, worst, share)
