"""The cells of the inference engines."""

import hashlib
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from typing import cast

from dynamic_ai.inference import ENGINES, OPENCL, Engine
from dynamic_delivery.matrix.inference.judge import Answer, Question
from dynamic_delivery.matrix.inference.models import PREFIX, golden
from dynamic_engines import Precision, load_kernel
from dynamic_engines.isolation import Isolated, WorkerDiedError
from dynamic_engines.matrix import Cell, Status, Timing

# What our own engine is made of. The other engines' cells go stale with it, which costs a run and nothing else.
_KERNELS = ("inference/rows", "linalg/gemm")


def inference_cells(
    wanted: Sequence[str],
    selector: str,
    seed: int,
    timeout_s: float,
    *,
    timed: bool = False,
    engines: Sequence[Engine] = ENGINES,
) -> Iterator[Cell]:
    """Judge the golden models ``wanted`` on each engine, a process for each of its devices.

    Parameters
    ----------
    selector : only devices whose engine's or own name holds this, in any case
    seed : the same seed draws the same inputs
    timeout_s : for one cell
    """
    for engine in engines:
        version = engine.version()
        places = engine.found() if version else ()
        for device in places:
            if selector.casefold() in f"{engine.name} {device}".casefold():
                yield from _on(engine.name, device, version, wanted, seed, timeout_s, timed=timed)
        if not places and not selector:
            yield from (
                _cell(name, engine.name, "", "", Answer(Status.NOT_PRESENT, f"get it: {engine.remedy}"))
                for name in wanted
            )


def _on(
    engine: str, device: str, version: str, wanted: Sequence[str], seed: int, timeout_s: float, *, timed: bool
) -> Iterator[Cell]:
    with Isolated(_serve) as process:
        for name in wanted:
            try:
                answer = cast("Answer", process.ask(Question(name, engine, device, seed), timeout_s))
            except WorkerDiedError as error:
                answer = Answer(Status.FAIL, error.message)
            yield _cell(name, engine, device, version, answer, timed=timed)


def digest_of(name: str) -> str:
    """Return what the cells of a golden model depend on: its file, and our own engine's kernels."""
    parts = (golden(name).digest, *(load_kernel(kernel).digest for kernel in _KERNELS))
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()


def why_moved(cell: Cell) -> str:
    """Return why ``cell`` says nothing of this machine; "" if it still does. No engine but ours is loaded for it."""
    engine = next((engine for engine in ENGINES if engine.name == cell.engine), None)
    version = engine.version() if engine else ""
    if not cell.device:
        return "the engine is here now" if version else ""
    if version != cell.driver:
        return f"the engine is {version} now" if version else "the engine is gone"
    return "the device is gone" if engine is OPENCL and cell.device not in OPENCL.found() else ""


def is_inference(kernel: str) -> bool:
    """Say whether a cell of the matrix is a golden model's."""
    return kernel.startswith(PREFIX)


def _cell(name: str, engine: str, device: str, version: str, answer: Answer, *, timed: bool = False) -> Cell:
    judged = answer.status not in (Status.UNSUPPORTED, Status.NOT_PRESENT) and answer.cases > 0
    return Cell(
        name,
        digest_of(name),
        engine,
        device,
        version,
        Precision.FLOAT32,
        answer.status,
        answer.reason,
        answer.cases,
        answer.worst,
        answer.bound_share,
        remediation=answer.remediation,
        deterministic=not answer.nondeterminism if judged else None,
        timing=_timing(answer) if judged and timed else None,
        nondeterminism=answer.nondeterminism,
    )


def _timing(answer: Answer) -> Timing:
    """Of an engine that is a black box, what it moves and does is not known, so neither is a roof."""
    return Timing(
        compile_cold_s=answer.open_s,
        compile_cached_s=answer.again_s,
        call_s=answer.call_s,
        rounds=answer.rounds,
        bytes_per_s=None,
        operations_per_s=None,
        roof_share=None,
        bound_by="",
        case="normal, 64 rows",
    )


def _serve(connection: Connection) -> None:
    """Answer until the other end closes; each question knows what it asks."""
    while True:
        connection.send((True, connection.recv().answer()))
