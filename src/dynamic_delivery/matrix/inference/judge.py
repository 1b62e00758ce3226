"""One engine, one device, one golden model: whether it is within the bound of float64, and where it is worst."""

import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dynamic_ai.errors import AiError, EngineUnsupportedError
from dynamic_ai.inference import ENGINES, Engine, Model, Session, float32_bound, hard_inputs
from dynamic_delivery.matrix.inference.models import golden
from dynamic_engines import Maths, Precision
from dynamic_engines.matrix import Status, Worst

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
Rng = np.random.Generator

# None, one, two, a serving batch, primes. Few, since some engines compile for each number of rows.
_BATCHES = (0, 1, 2, 7, 64, 1009)
_ROWS = 64
_SCALES = {"tiny": 1e-3, "large": 1e3, "subnormal": 1e-39, "huge": 1e30}
_NAN = "a NaN in one row"
_ROUNDS = 50
# (engine, case) -> the entry of docs/engines/remediation.md. Any other case of such a cell still fails it.
_EXPECTED = {("openvino", _NAN): "openvino-nan"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a cell showed.

    Parameters
    ----------
    reason : of the first case that failed, an unexpected one before an expected one
    remediation : where every case that failed was expected to
    open_s, again_s, call_s : to a session, to one more, and the best call of ``rounds`` with 64 rows
    """

    status: Status
    reason: str = ""
    remediation: str = ""
    cases: int = 0
    worst: Worst | None = None
    bound_share: float = 0.0
    nondeterminism: str = ""
    open_s: float = 0.0
    again_s: float = 0.0
    call_s: float = 0.0
    rounds: int = _ROUNDS


@dataclass(frozen=True, slots=True)
class Question:
    """Which cell; it travels to a process of its own and is answered there."""

    kernel: str
    engine: str
    device: str
    seed: int
    maths: Maths = Maths.STRICT

    def answer(self, *_: object) -> Answer:
        """Return the answer; the engine may crash or hang on the way."""
        engine = next(engine for engine in ENGINES if engine.name == self.engine)
        return judged(engine, self.device, golden(self.kernel), np.random.default_rng([self.seed, _crc(self.kernel)]))


def judged(engine: Engine, device: str, model: Model, rng: Rng) -> Answer:
    """Judge ``engine`` on fresh inputs and hard ones."""
    try:
        session, open_s = _opened(engine, device, model)
        again, again_s = _opened(engine, device, model)
    except EngineUnsupportedError as error:
        return Answer(Status.UNSUPPORTED, error.message)
    except AiError as error:
        return Answer(Status.FAIL, error.message)
    reasons: dict[str, str] = {}
    changed, worst, share, count = "", None, 0.0, 0
    for name, rows in cases(rng, model.graph.width):
        count += 1
        try:
            got, same = session(rows), again(rows)
        except AiError as error:
            reasons[name] = f"{name}: {error.message}"
            continue
        reason, found = compared(name, model, rows, got)
        if reason:
            reasons[name] = reason
        if found is not None:
            share = max(share, found.bound_share)
            worst = found if worst is None or found.bound_share > worst.bound_share else worst
        changed = changed or _changed(name, got, same)
    status, reason, entry = _status(engine.name, reasons)
    best = _best_call(session, rng.normal(size=(_ROWS, model.graph.width)).astype(np.float32))
    return Answer(status, reason, entry, count, worst, share, changed, open_s, again_s, best)


def cases(rng: Rng, width: int) -> Iterator[tuple[str, F32]]:
    """Draw the inputs: every batch size, every size of number, the hard rows, and a NaN."""
    for rows in _BATCHES:
        yield f"normal, {rows} rows", rng.normal(size=(rows, width)).astype(np.float32)
    for name, scale in _SCALES.items():
        yield f"{name}, {_ROWS} rows", (rng.normal(size=(_ROWS, width)) * scale).astype(np.float32)
    yield "hard inputs", hard_inputs(width)
    broken = rng.normal(size=(7, width)).astype(np.float32)
    broken[rng.integers(7), rng.integers(width)] = np.nan
    yield _NAN, broken


def compared(name: str, model: Model, rows: F32, got: F32) -> tuple[str, Worst | None]:
    """Return why ``got`` is wrong, "" if it is not, and the row that used the largest share of its bound.

    Where float32 may overflow on the way there is no bound, and anything is right.
    """
    exact, bound = float32_bound(model.graph, rows)
    if got.shape != exact.shape:
        return f"{name}: {got.shape} numbers, not {exact.shape}", None
    unsure = np.isnan(rows).any(axis=1)  # a bound says nothing of NaN, and the model does
    judged_rows = np.flatnonzero(np.isfinite(bound) | unsure)
    strange = [at for at in judged_rows if np.isnan(got[at]) != np.isnan(exact[at])]
    if strange:
        at = int(strange[0])
        return f"{name}: row {at} is {got[at]}, not {exact[at]}", _worst(name, rows, at, exact, got, bound)
    both = [at for at in judged_rows if np.isfinite(exact[at]) and bound[at] > 0]
    if not both:
        return "", None
    with np.errstate(invalid="ignore"):
        shares = np.abs(got[both] - exact[both]) / bound[both]
    at = int(both[int(np.argmax(np.nan_to_num(shares, nan=np.inf)))])
    worst = _worst(name, rows, at, exact, got, bound)
    if worst.bound_share <= 1:
        return "", worst
    return f"{name}: row {at} is off by {worst.bound_share:.3g} times the bound", worst


def _worst(name: str, rows: F32, at: int, exact: F64, got: F32, bound: F64) -> Worst:
    expected, have = float(exact[at]), float(got[at])
    error = abs(have - expected)
    step = float(np.spacing(np.float32(min(abs(expected), 1e38)))) if np.isfinite(expected) else np.nan
    share = error / float(bound[at]) if error else 0.0
    features = tuple((float(value),) for value in rows[at])
    return Worst(
        ulp=error / step,
        error=error,
        bound_share=share if np.isfinite(share) else 0.0,
        case=name,
        settings=(rows.shape[0],),
        output="output",
        bar=at,
        expected=expected,
        got=have,
        inputs=features,
    )


def _status(engine: str, reasons: dict[str, str]) -> tuple[Status, str, str]:
    if not reasons:
        return Status.PASS, "", ""
    bad = [reason for name, reason in reasons.items() if (engine, name) not in _EXPECTED]
    if bad:
        return Status.FAIL, bad[0], ""
    name, reason = next(iter(reasons.items()))
    return Status.XFAIL, reason, _EXPECTED[engine, name]


def _changed(name: str, got: F32, same: F32) -> str:
    differing = np.flatnonzero(~((got == same) | (np.isnan(got) & np.isnan(same))))
    if not differing.size:
        return ""
    at = int(differing[0])
    return f"{name}: row {at} is {got[at]!r}, then {same[at]!r}"


def _opened(engine: Engine, device: str, model: Model) -> tuple[Session, float]:
    """Return a session that has answered once, since some compile at their first call, and its seconds."""
    start = time.perf_counter()
    session = engine.open(model, device)
    session(np.zeros((_ROWS, model.graph.width), np.float32))
    return session, time.perf_counter() - start


def _best_call(session: Session, rows: F32, clock: Callable[[], float] = time.perf_counter) -> float:
    best = np.inf
    for _ in range(_ROUNDS):
        start = clock()
        session(rows)
        best = min(best, clock() - start)
    return best


def _crc(name: str) -> int:
    return zlib.crc32(f"{name} {Precision.FLOAT32}".encode())
