"""A bench in a process of its own: a choice that takes the driver down, or hangs it, costs that choice only."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Self

from dynamic_engines.devices import open_device
from dynamic_engines.isolation import Isolated, WorkerDiedError
from dynamic_engines.library.model import Kernel
from dynamic_engines.library.tuning.bench import DeviceBench
from dynamic_engines.library.tuning.errors import ChoiceDiedError, TuningError
from dynamic_engines.library.tuning.model import Choice, Probe, Sample
from dynamic_engines.model import Precision

_START_S = 60.0
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
        self._process = Isolated(_serve, (plan,))

    def __enter__(self) -> Self:
        self._process.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._process.__exit__(*error)

    def bench(self, kernel: str, precision: Precision) -> "WorkerBench":
        return WorkerBench(self, kernel, precision)

    def ask(self, question: _Ask) -> object:
        """Return the answer.

        Raises
        ------
        ChoiceDiedError : the process crashed, or gave no answer in time and was killed
        TuningError : it does not start
        """
        if not self._process.runs:
            self._start()
        try:
            return self._process.ask(question, self._plan.timeout_s)
        except WorkerDiedError as error:
            raise ChoiceDiedError(error.message) from error

    def _start(self) -> None:
        """Importing and opening the device are no part of a choice's time, and no fault of it."""
        try:
            self._process.ask(None, _START_S)
        except WorkerDiedError as error:
            raise TuningError(
                f"the process that measures does not start ({error.message})", "see './dynamic devices'"
            ) from error


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


def _serve(connection: Connection, plan: Plan) -> None:
    """Answer; None asks only whether the device is open."""
    asked, bench = None, None
    with open_device(plan.selector) as device, ExitStack() as stack:
        kernels = {kernel.name: kernel for kernel in plan.load()}
        while True:
            question: _Ask | None = connection.recv()
            if question is None:
                connection.send((True, None))
                continue
            if bench is None or asked != (question.kernel, question.precision):
                stack.close()  # the inputs of the kernel before
                asked = question.kernel, question.precision
                bench = stack.enter_context(DeviceBench(device, kernels[asked[0]], asked[1], plan.seed, plan.share))
            connection.send((True, bench.time(question.choice) if question.timed else bench.probe(question.choice)))
