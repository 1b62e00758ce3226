"""One kernel under the simulator, in a process of its own: in each precision, in a CPU's sizes and in a GPU's."""

import multiprocessing
import os
import signal
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np

from dynamic_base import DynamicError
from dynamic_engines.checked.findings import Finding, findings_in
from dynamic_engines.checked.simulator import open_simulator
from dynamic_engines.device import Device
from dynamic_engines.errors import EngineError, KernelDomainError, KernelMissingError
from dynamic_engines.matrix.cases import Case
from dynamic_engines.matrix.rows import KernelRow
from dynamic_engines.model import Maths, Precision

_SPAWN = multiprocessing.get_context("spawn")  # the driver's settings are read once a process
# Values in a line. A block is 8192, so the longest has two; of more than a few hundred one is enough.
_MOST, _MANY = 8200, 300
_MANY_MESSAGES = 500


class Form(StrEnum):
    """Whose sizes a kernel is compiled in. Groups of 64 that share local memory are a GPU's."""

    CPU = "cpu"
    GPU = "gpu"


class Watch(StrEnum):
    """What the simulator looks for. Out of bounds and divergence are reported in both."""

    RACES = "races"
    UNINITIALIZED = "uninitialised"


@dataclass(frozen=True, slots=True)
class Checked:
    """What one form of a kernel showed.

    Parameters
    ----------
    cases : how many inputs it ran on
    entries : the kernel functions that ran
    findings : what the simulator said; empty is good
    failure : why it could not be checked to the end; empty if it was
    """

    kernel: str
    maths: Maths
    precision: Precision
    form: Form
    watch: Watch
    cases: int = 0
    entries: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    failure: str = ""

    @property
    def clean(self) -> bool:
        return not self.findings and not self.failure


@dataclass(frozen=True, slots=True)
class Task:
    """One form of a row: what the process is asked to check."""

    kernel: str
    maths: Maths
    precision: Precision
    form: Form


@dataclass(frozen=True, slots=True)
class Check:
    """How to check.

    Parameters
    ----------
    load : a function that another process can import by name
    library : what ``find_simulator`` returned
    seed : the same seed draws the same inputs
    timeout_s : for one form
    """

    load: Callable[[], Sequence[KernelRow]]
    library: Path
    watch: Watch
    seed: int
    timeout_s: float


def check_kernels(check: Check, kernels: Sequence[str]) -> Iterator[Checked]:
    """Run each row of ``kernels`` under the simulator, and yield what each of its forms showed.

    A process that dies or hangs costs one form; another takes over from the next.

    Raises
    ------
    KernelMissingError : one has no row
    """
    tasks = [task for kernel in kernels for task in tasks_of(check.load, kernel)]
    while tasks:
        for checked in _in_one_process(check, tasks):
            yield checked
            tasks = tasks[1:]


def tasks_of(load: Callable[[], Sequence[KernelRow]], kernel: str) -> tuple[Task, ...]:
    """Return the forms of ``kernel``, in each kind of maths and each precision that it has a row for."""
    rows = load()
    found = [row for row in rows if row.kernel == kernel]
    if not found:
        names = ", ".join(sorted({row.kernel for row in rows}))
        raise KernelMissingError(f"no kernel is called {kernel!r}", f"choose one of {names}")
    return tuple(
        Task(kernel, row.maths, precision, form) for row in found for precision in row.precisions for form in Form
    )


def _in_one_process(check: Check, tasks: Sequence[Task]) -> Iterator[Checked]:
    """Yield what each task showed, up to and with the one at which the process ended, or the simulator had said much.

    It says nothing any more after a thousand messages of one process.
    """
    ours, theirs = _SPAWN.Pipe(duplex=False)
    with tempfile.TemporaryDirectory(prefix="dynamic-checked-") as folder, ours:
        process = _SPAWN.Process(target=_serve, args=(theirs, check, tuple(tasks), Path(folder)), daemon=True)
        process.start()
        theirs.close()
        said = 0
        try:
            for task in tasks:
                answer = _answer(ours, process, check.timeout_s)
                if not isinstance(answer, Checked):
                    yield _failed(task, check.watch, answer)
                    return
                yield answer
                said += sum(finding.times for finding in answer.findings)
                if said > _MANY_MESSAGES:
                    return
        finally:
            process.kill()
            process.join()


def _answer(ours: Connection, process: BaseProcess, timeout_s: float) -> Checked | str:
    try:
        if not ours.poll(timeout_s):
            return f"no answer in {timeout_s:g} s, so the process was killed"
        answer: Checked | str = ours.recv()
    except EOFError:
        process.join(timeout_s)
        code = process.exitcode or 0
        return f"the process died ({signal.Signals(-code).name if code < 0 else f'exit {code}'})"
    return answer


def _failed(task: Task, watch: Watch, failure: str) -> Checked:
    return Checked(task.kernel, task.maths, task.precision, task.form, watch, failure=failure)


def _serve(connection: Connection, check: Check, tasks: Sequence[Task], folder: Path) -> None:
    """Send what each task showed. What the driver prints counts as said, too: its fatal errors are not in the log."""
    printed = folder / "printed"
    with printed.open("ab") as file:
        os.dup2(file.fileno(), sys.stderr.fileno() if sys.stderr else 2)
    rows = {(row.kernel, row.maths): row for row in check.load()}
    try:
        with printed.open(encoding="utf-8", errors="replace") as cried:
            for task in tasks:
                checked = _checked(rows[task.kernel, task.maths], task, check, folder / "log")
                connection.send(replace(checked, findings=(*checked.findings, *findings_in(cried.read()))))
    except DynamicError as error:
        connection.send(str(error))


def _checked(row: KernelRow, task: Task, check: Check, log: Path) -> Checked:
    rng = np.random.default_rng([check.seed, zlib.crc32(f"{task.kernel} {task.precision}".encode())])
    cases = list(small(row.cases(rng, task.precision)))
    uninitialized = check.watch is Watch.UNINITIALIZED
    with open_simulator(check.library, log, task.form, uninitialized=uninitialized) as device:
        failure = _run(row, device, cases, task.precision)
        return replace(
            _failed(task, check.watch, failure),
            cases=len(cases),
            entries=device.entries,
            findings=findings_in(log.read_text(encoding="utf-8", errors="replace")),
        )


def _run(row: KernelRow, device: Device, cases: Sequence[Case], precision: Precision) -> str:
    """Return why a case could not be run; empty if each ran, or was refused as outside of the kernel's domain."""
    for case in cases:
        try:
            row.computed(device, case, precision)
        except KernelDomainError:
            continue
        except EngineError as error:
            return f"{case.name}: {error}"
        except DynamicError:
            continue
    return ""


def small(cases: Iterable[Case]) -> Iterator[Case]:
    """Yield one case of each lengths and settings, and of long ones one of each lengths.

    Where an item reads hardly depends on how the values are spread, and the simulator is slow.
    """
    seen = set()
    for case in cases:
        lengths = tuple(line.size for line in case.inputs)
        longest = max(lengths, default=0)
        shape = (lengths, case.settings if longest <= _MANY else ())
        if shape not in seen and longest <= _MOST:
            seen.add(shape)
            yield case
