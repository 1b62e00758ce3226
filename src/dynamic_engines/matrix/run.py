"""The whole matrix: kernel by engine by device by precision."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from dynamic_engines.kernels import load_kernel
from dynamic_engines.matrix.engines import ENGINES, engine_of
from dynamic_engines.matrix.isolation import Answer, Judge, Question, WorkerDiedError
from dynamic_engines.matrix.judge import Worst
from dynamic_engines.matrix.rows import KernelRow
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
    """What a cell costs in time, on the machine that judged it.

    Parameters
    ----------
    compile_cold_s, compile_cached_s : to the compiled program, with nothing kept and from the cache on disk
    call_s : one call on inputs that are on the device already, the best of ``rounds``
    bytes_per_s, operations_per_s : the least that a call must move and do, over ``call_s``
    roof_share : the least time under the measured roof, over ``call_s``
    bound_by : ``memory`` or ``arithmetic``
    """

    compile_cold_s: float
    compile_cached_s: float
    call_s: float
    rounds: int
    bytes_per_s: float
    operations_per_s: float
    roof_share: float
    bound_by: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One kernel on one device in one precision, compiled in one way.

    Parameters
    ----------
    kernel_digest : SHA-256 of the source that was judged, with its headers
    device, driver : empty where the engine is not present
    reason : why it is not a pass; for an engine that is not present, how to get it
    cases : how many inputs were judged
    worst : the largest error in units in the last place; None where nothing could be compared
    bound_share : the largest error / bound over all cases
    remediation : for an expected failure, the entry of docs/engines/remediation.md
    deterministic : whether a second run gave the same bits; None where it was not tried
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


def run_matrix(
    load: Callable[[], Sequence[KernelRow]],
    kernels: Sequence[str],
    devices: Sequence[tuple[str, DeviceInfo]],
    precisions: Sequence[Precision],
    seed: int,
    timeout_s: float,
) -> Iterator[Cell]:
    """Judge the rows of ``load()`` that are named in ``kernels`` on each device, a cell at a time.

    Parameters
    ----------
    load : a function that another process can import by name; its rows are judged there, so that a driver that
        crashes or hangs costs one cell and not the run
    devices : the selector of ``open_device``, and what it selects
    seed : the same seed draws the same inputs for a cell, whatever the other cells are
    timeout_s : for one cell
    """
    rows = [row for row in load() if row.kernel in kernels]
    for selector, info in devices:
        with Judge(load, selector, timeout_s) as judge:
            for row in rows:
                for precision in precisions:
                    yield _cell(judge, row, info, precision, seed)
    found = {engine_of(info) for _, info in devices}
    for engine in ENGINES:
        if engine.name not in found:
            for row in rows:
                digest = load_kernel(row.kernel).digest
                for precision in precisions:
                    yield Cell(
                        row.kernel,
                        digest,
                        engine.name,
                        "",
                        "",
                        precision,
                        Status.NOT_PRESENT,
                        f"get it: {engine.remedy}",
                        maths=row.maths,
                    )


def _cell(judge: Judge, row: KernelRow, info: DeviceInfo, precision: Precision, seed: int) -> Cell:
    def cell(status: Status, reason: str = "", answer: Answer | None = None) -> Cell:
        return Cell(
            row.kernel,
            load_kernel(row.kernel).digest,
            engine_of(info),
            info.name,
            f"{info.platform} {info.driver_version}",
            precision,
            status,
            reason,
            answer.cases if answer else 0,
            answer.worst if answer else None,
            answer.bound_share if answer else 0.0,
            row.maths,
        )

    if precision not in row.precisions:
        return cell(Status.UNSUPPORTED, f"the kernel has no form in {precision}")
    if precision is Precision.FLOAT64 and not info.fp64:
        return cell(Status.UNSUPPORTED, "the device does not compute in float64")
    try:
        answer = judge.ask(Question(row.kernel, precision, seed, row.maths))
    except WorkerDiedError as error:
        return cell(Status.FAIL, error.message)
    return cell(Status.FAIL if answer.reason else Status.PASS, answer.reason, answer)
