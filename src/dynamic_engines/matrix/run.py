"""The whole matrix: kernel by engine by device by precision."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from dynamic_engines.isolation import WorkerDiedError
from dynamic_engines.kernels import load_kernel
from dynamic_engines.matrix.engines import ENGINES, Engine, engine_of
from dynamic_engines.matrix.isolation import Judge
from dynamic_engines.matrix.judge import Worst
from dynamic_engines.matrix.questions import CallQuestion, CompileQuestion, Question
from dynamic_engines.matrix.rows import KernelRow
from dynamic_engines.matrix.timing import ROUNDS, CallTime, empty_caches
from dynamic_engines.model import DeviceInfo, Maths, Precision


class Status(StrEnum):
    """What is known of a cell."""

    PASS = "pass"  # nosec B105  # a status, no password
    FAIL = "fail"
    XFAIL = "xfail"
    UNSUPPORTED = "unsupported"
    NOT_PRESENT = "not present"


@dataclass(frozen=True, slots=True)
class Timing:
    """What a cell costs in time, on the machine that judged it. None and "" stand for what is not known.

    Parameters
    ----------
    compile_cold_s, compile_cached_s : to the compiled program, with nothing kept and from the cache on disk
    call_s : one call, the best of ``rounds``
    bytes_per_s, operations_per_s : the least that a call must move and do, over ``call_s``
    roof_share : the least time under the measured roof, over ``call_s``
    bound_by : ``memory`` or ``arithmetic``
    case : what was called
    clock : ``cpu`` (all threads' time over the compute units) or ``wall``
    resident : the inputs were on the device already; else a call sends them and brings the outputs back
    roof_bytes_per_s, roof_operations_per_s : measured between the rounds of the same process
    """

    compile_cold_s: float | None
    compile_cached_s: float | None
    call_s: float
    rounds: int
    bytes_per_s: float | None
    operations_per_s: float | None
    roof_share: float | None
    bound_by: str
    case: str = ""
    clock: str = "wall"
    resident: bool = False
    roof_bytes_per_s: float | None = None
    roof_operations_per_s: float | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One kernel on one device in one precision, compiled in one way.

    Parameters
    ----------
    kernel_digest : SHA-256 of the source that was judged, with its headers
    device, driver : empty where the engine is not present
    reason : why it is not a pass, of the first case that failed; for an engine that is not present, how to get it
    others : the reasons of all later cases that failed
    cases : how many inputs were judged
    worst : the largest error in units in the last place; None where nothing could be compared
    bound_share : the largest error / bound over all cases
    remediation : for an expected failure, the entry of docs/engines/remediation.md
    deterministic : whether every case gave the same bits twice on the device and once in a fresh context; None where
        there was nothing to compute
    nondeterminism : the first value that did not
    first_divergence : of a backtest, the first decision that was another
    timing : None where it was not measured
    """

    kernel: str
    kernel_digest: str
    engine: str
    device: str
    driver: str
    precision: Precision
    status: Status
    reason: str = ""
    cases: int = 0
    worst: Worst | None = None
    bound_share: float = 0.0
    maths: Maths = Maths.STRICT
    remediation: str = ""
    deterministic: bool | None = None
    first_divergence: str = ""
    timing: Timing | None = None
    nondeterminism: str = ""
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TimingPlan:
    """How a cell is timed: ``share`` is that of the useful size, 1 the whole; ``rounds`` is how many calls compete."""

    share: float = 1.0
    rounds: int = ROUNDS


def run_matrix(
    load: Callable[[], Sequence[KernelRow]],
    kernels: Sequence[str],
    devices: Sequence[tuple[str, DeviceInfo]],
    precisions: Sequence[Precision],
    seed: int,
    timeout_s: float,
    timing: TimingPlan | None = None,
) -> Iterator[Cell]:
    """Judge the rows of ``load()`` that are named in ``kernels`` on each device, a cell at a time.

    Parameters
    ----------
    load : a function that another process can import by name; its rows are judged there, so that a driver that
        crashes or hangs costs one cell and not the run
    devices : the selector of ``open_device``, and what it selects
    seed : the same seed draws the same inputs for a cell, whatever the other cells are
    timeout_s : for one question to a device; a cell has one, and three more when it is timed
    timing : None leaves the times out
    """
    rows = [row for row in load() if row.kernel in kernels]
    for selector, info in devices:
        with Judge(load, selector, timeout_s) as judge, _stopwatch(load, selector, timeout_s, timing) as watch:
            for row in rows:
                for precision in precisions:
                    cell = _cell(judge, row, info, precision, seed)
                    yield watch(judge, cell) if watch and cell.cases else cell
    found = {engine_of(info) for _, info in devices}
    for engine in ENGINES:
        if engine.name not in found:
            for row in rows:
                yield from (_not_present(row, engine, precision) for precision in precisions)


def _not_present(row: KernelRow, engine: Engine, precision: Precision) -> Cell:
    return Cell(
        row.kernel,
        load_kernel(row.kernel).digest,
        engine.name,
        "",
        "",
        precision,
        Status.NOT_PRESENT,
        f"get it: {engine.remedy}",
        maths=row.maths,
    )


def _cell(judge: Judge, row: KernelRow, info: DeviceInfo, precision: Precision, seed: int) -> Cell:
    cell = Cell(
        row.kernel,
        load_kernel(row.kernel).digest,
        engine_of(info),
        info.name,
        info.driver,
        precision,
        Status.UNSUPPORTED,
        maths=row.maths,
    )
    if precision not in row.precisions:
        return replace(cell, reason=f"the kernel has no form in {precision}")
    if precision is Precision.FLOAT64 and not info.fp64:
        return replace(cell, reason="the device does not compute in float64")
    try:
        answer = judge.ask(Question(row.kernel, precision, seed, row.maths))
    except WorkerDiedError as error:
        return replace(cell, status=Status.FAIL, reason=error.message)
    return replace(
        cell,
        status=Status.FAIL if answer.reason else Status.PASS,
        reason=answer.reason,
        cases=answer.cases,
        worst=answer.worst,
        bound_share=answer.bound_share,
        deterministic=answer.deterministic,
        nondeterminism=answer.nondeterminism,
        first_divergence=answer.first_divergence,
        others=answer.others,
    )


@contextmanager
def _stopwatch(
    load: Callable[[], Sequence[KernelRow]], selector: str, timeout_s: float, timing: TimingPlan | None
) -> Iterator[Callable[[Judge, Cell], Cell] | None]:
    """Give a function that times a judged cell, with processes whose caches are empty at first; None without a plan."""
    if timing is None:
        yield None
        return
    with TemporaryDirectory(prefix="dynamic-cold-") as folder:
        caches = empty_caches(Path(folder))
        with Judge(load, selector, timeout_s, caches) as cold, Judge(load, selector, timeout_s, caches) as cached:
            yield partial(_timed, timing, cold, cached)


def _timed(plan: TimingPlan, cold: Judge, cached: Judge, judge: Judge, cell: Cell) -> Cell:
    """Return ``cell`` with its times. The cold process compiles first, and the other finds what it left on disk."""
    which = (cell.kernel, cell.precision, cell.maths)
    try:
        call = judge.ask(CallQuestion(*which, plan.share, plan.rounds))
        if call is None:
            return cell
        if isinstance(call, str):
            return replace(cell, reason=cell.reason or call)
        compiled = [process.ask(CompileQuestion(*which)) for process in (cold, cached)]
    except WorkerDiedError as error:
        reason = cell.reason or f"while it was timed: {error.message}"
        return replace(cell, status=Status.FAIL, reason=reason)
    return replace(cell, timing=timing_of(call, *compiled))


def timing_of(call: CallTime, cold_s: float | None, cached_s: float | None) -> Timing:
    """Return what a cell holds of a call and of two compilations."""
    moved, done = call.bytes_moved, call.operations
    roof_share, bound_by = None, ""
    if moved is not None and done is not None:
        moving_s, adding_s = moved / call.roof_bytes_per_s, done / call.roof_operations_per_s
        roof_share, bound_by = max(moving_s, adding_s) / call.call_s, "memory" if moving_s >= adding_s else "arithmetic"
    return Timing(
        compile_cold_s=cold_s,
        compile_cached_s=cached_s,
        call_s=call.call_s,
        rounds=call.rounds,
        bytes_per_s=None if moved is None else moved / call.call_s,
        operations_per_s=None if done is None else done / call.call_s,
        roof_share=roof_share,
        bound_by=bound_by,
        case=call.case,
        clock=call.clock,
        resident=call.resident,
        roof_bytes_per_s=call.roof_bytes_per_s,
        roof_operations_per_s=call.roof_operations_per_s,
    )
