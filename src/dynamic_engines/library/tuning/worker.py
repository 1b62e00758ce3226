"""A bench in a process of its own: a choice that takes the driver down, or hangs it, costs that choice only."""

import multiprocessing
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import IO, Self

from dynamic_base import DynamicError
from dynamic_engines.devices import open_device
from dynamic_engines.errors import DeviceLostError
from dynamic_engines.library.model import Kernel
from dynamic_engines.library.tuning.bench import DeviceBench
from dynamic_engines.library.tuning.errors import ChoiceDiedError, TuningError
from dynamic_engines.library.tuning.model import Choice, Probe, Sample
from dynamic_engines.model import Precision

_START_S = 60.0
_SPAWN = multiprocessing.get_context("spawn")  # a fork would share the parent's driver state
Load = Callable[[], Sequence[Kernel]]


@dataclass(frozen=True, slots=True)
class _Ask:
    kernel: str
    precision: Precision
    choice: Choice
    timed: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What a worker is started with: ``load`` is a module's function, so that another process can import it."""

    load: Load
    selector: str
    seed: int
    share: float
    timeout_s: float


class Worker:
    """A process with one open device. It is started at the first question, and anew after each death."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._process: multiprocessing.process.BaseProcess | None = None
        self._connection: Connection | None = None
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # closed in __exit__

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        self._said.close()

    def bench(self, kernel: str, precision: Precision) -> "WorkerBench":
        return WorkerBench(self, kernel, precision)

    def ask(self, question: _Ask) -> object:
        """Return the answer.

        Raises
        ------
        ChoiceDiedError : the process crashed, or gave no answer in time and was killed
        TuningError : it does not start
        """
        connection = self._connection or self._start()
        try:
            connection.send(question)
            if not connection.poll(self._plan.timeout_s):
                self._end()
                raise ChoiceDiedError(f"hangs: no answer in {self._plan.timeout_s:g} s, so its process was killed")
            answer: object = connection.recv()
        except (EOFError, BrokenPipeError, ConnectionResetError) as error:
            raise ChoiceDiedError(f"crashes: {self._last_words()}") from error
        if isinstance(answer, str):
            self._end()
            raise ChoiceDiedError(answer)
        return answer

    def _start(self) -> Connection:
        ours, theirs = _SPAWN.Pipe()
        self._said.seek(0)
        self._said.truncate()
        said = f"/proc/{os.getpid()}/fd/{self._said.fileno()}"
        self._process = _SPAWN.Process(target=_serve, args=(theirs, self._plan, said), daemon=True)
        self._process.start()
        theirs.close()
        self._connection = ours
        # Importing and opening the device are no part of a choice's time, and no fault of it.
        try:
            said_first = ours.recv() if ours.poll(_START_S) else f"no answer in {_START_S:g} s"
        except EOFError:
            said_first = self._last_words()
        if said_first is not None:
            self._end()
            raise TuningError(f"the process that measures does not start ({said_first})", "see './dynamic devices'")
        return ours

    def _last_words(self) -> str:
        code = 0
        if self._process is not None:
            self._process.join()
            code = self._process.exitcode or 0
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


@dataclass(frozen=True, slots=True)
class WorkerBench:
    """One kernel in one precision, in the worker's process; see ``search.Bench``."""

    worker: Worker
    kernel: str
    precision: Precision

    def probe(self, choice: Choice) -> Probe:
        answer = self.worker.ask(_Ask(self.kernel, self.precision, choice, timed=False))
        if not isinstance(answer, Probe):
            raise ChoiceDiedError(f"answers with {answer!r}")
        return answer

    def time(self, choice: Choice) -> Sample:
        answer = self.worker.ask(_Ask(self.kernel, self.precision, choice, timed=True))
        if not isinstance(answer, Sample):
            raise ChoiceDiedError(f"answers with {answer!r}")
        return answer


def _serve(connection: Connection, plan: Plan, said: str) -> None:
    """Answer until the other end closes. What the driver prints goes to ``said``; a text is the last answer."""
    with open(said, "ab") as file:  # noqa: PTH123  # a path below /proc is a handle, not a place
        os.dup2(file.fileno(), sys.stderr.fileno() if sys.stderr else 2)
    asked, bench = None, None
    try:
        with open_device(plan.selector) as device, ExitStack() as stack:
            kernels = {kernel.name: kernel for kernel in plan.load()}
            connection.send(None)
            while True:
                question: _Ask = connection.recv()
                if bench is None or asked != (question.kernel, question.precision):
                    stack.close()  # the inputs of the kernel before
                    asked = question.kernel, question.precision
                    bench = stack.enter_context(DeviceBench(device, kernels[asked[0]], asked[1], plan.seed, plan.share))
                connection.send(bench.time(question.choice) if question.timed else bench.probe(question.choice))
    except EOFError:
        return
    except DeviceLostError as error:
        connection.send(f"loses the device: {error.message}")
    except DynamicError as error:
        connection.send(f"fails: {error.message}")
