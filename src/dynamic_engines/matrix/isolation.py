"""A process that judges one device."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from multiprocessing.connection import Connection
from types import MappingProxyType
from typing import Self, TypeVar, cast

from dynamic_engines.devices import open_device
from dynamic_engines.isolation import Isolated
from dynamic_engines.matrix.questions import Asked, Bench
from dynamic_engines.matrix.rows import KernelRow

T = TypeVar("T")


class Judge:
    """A process with one open device. It is started anew after each death.

    Parameters
    ----------
    load : gives the rows, in that process
    timeout_s : for one question
    environment : what is other there, set before the first look at a driver
    """

    def __init__(
        self,
        load: Callable[[], Sequence[KernelRow]],
        selector: str,
        timeout_s: float,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._timeout_s = timeout_s
        self._process = Isolated(_serve, (load, selector), environment)

    def __enter__(self) -> Self:
        self._process.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._process.__exit__(*error)

    def ask(self, question: Asked[T]) -> T:
        """Return the answer.

        Raises
        ------
        WorkerDiedError : the process crashed, or gave no answer in time and was killed
        """
        return cast("T", self._process.ask(question, self._timeout_s))  # what its own answer() returned, there


def _serve(connection: Connection, load: Callable[[], Sequence[KernelRow]], selector: str) -> None:
    with open_device(selector) as device:
        bench = Bench(device, partial(open_device, selector))
        rows = {(row.kernel, row.maths): row for row in load()}
        while True:
            question = connection.recv()
            connection.send((True, question.answer(bench, rows[question.kernel, question.maths])))
