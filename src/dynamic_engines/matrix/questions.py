"""What a judging process can be asked about a kernel, and what it answers."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np

from dynamic_engines.device import Device
from dynamic_engines.errors import EngineError
from dynamic_engines.matrix.cases import Case
from dynamic_engines.matrix.determinism import fingerprint, repeated
from dynamic_engines.matrix.judge import Worst, judge
from dynamic_engines.matrix.rows import DecidingRow, KernelRow, TimedRow
from dynamic_engines.matrix.timing import CallTime, call_time, compile_time
from dynamic_engines.model import Maths, Precision

AnswerT_co = TypeVar("AnswerT_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Bench:
    """Where a question is answered: an open device, and how to open it once more, with no program in its memory."""

    device: Device
    fresh: Callable[[], Device]


class Asked(Protocol[AnswerT_co]):
    """A question; it travels to the process and is answered there."""

    @property
    def kernel(self) -> str: ...

    @property
    def maths(self) -> Maths: ...

    def answer(self, bench: Bench, row: KernelRow) -> AnswerT_co:
        """Return the answer; a driver may crash or hang on the way."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What judging all cases of a cell showed.

    Parameters
    ----------
    reason : that of the first case that failed
    others : those of all later ones
    nondeterminism : the first value that was another when it was computed again; "" if none was
    deterministic : None where nothing was computed
    first_divergence : for kernels that decide, where the first case that failed decided otherwise
    """

    reason: str
    cases: int
    worst: Worst | None
    bound_share: float
    deterministic: bool | None = None
    nondeterminism: str = ""
    first_divergence: str = ""
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """Whether a cell agrees with its oracle, and with itself."""

    kernel: str
    precision: Precision
    seed: int
    maths: Maths = Maths.STRICT

    def answer(self, bench: Bench, row: KernelRow) -> Answer:
        """Judge every case; compute each twice on the device, and once more in a fresh context, where all is new."""
        worst, share, count, divergence, changed = None, 0.0, 0, "", ""
        reasons: list[str] = []
        held: list[tuple[Case, str]] = []
        # A generator of the cell's own: leaving a kernel out does not change the inputs of the next.
        rng = np.random.default_rng([self.seed, zlib.crc32(f"{self.kernel} {self.precision}".encode())])
        for case in row.cases(rng, self.precision):
            verdict = judge(row, bench.device, case, self.precision)
            count += 1
            if verdict.reason:
                divergence = divergence if reasons else _divergence(row, bench.device, case, self.precision)
                reasons.append(verdict.reason)
            if verdict.got is not None:
                held.append((case, fingerprint(verdict.got)))
                if not changed and (said := repeated(row, bench.device, case, self.precision, verdict.got)):
                    changed = f"{case.name}: {said}"
            if verdict.worst is not None:
                share = max(share, verdict.worst.bound_share)
                worst = verdict.worst if worst is None or verdict.worst.ulp > worst.ulp else worst
        changed = changed or _changed_when_fresh(row, bench, self.precision, held)
        same = not changed if held else None
        first, *others = reasons or [""]
        return Answer(first, count, worst, share, same, changed, divergence, tuple(others))


@dataclass(frozen=True, slots=True)
class CallQuestion:
    """How long a call takes; None where the kernel cannot be timed."""

    kernel: str
    precision: Precision
    maths: Maths
    share: float
    rounds: int

    def answer(self, bench: Bench, row: KernelRow) -> CallTime | str | None:
        """Return the time, or why there is none."""
        if not isinstance(row, TimedRow):
            return None
        try:
            return call_time(row, bench.device, self.precision, self.share, self.rounds)
        except EngineError as error:
            return f"not timed: {error.message}"


@dataclass(frozen=True, slots=True)
class CompileQuestion:
    """How long compiling takes in this process's caches; None where the kernel cannot be timed."""

    kernel: str
    precision: Precision
    maths: Maths

    def answer(self, bench: Bench, row: KernelRow) -> float | None:
        if not isinstance(row, TimedRow):
            return None
        try:
            return compile_time(row, bench.fresh, self.precision)
        except EngineError:  # CallQuestion says why
            return None


def _divergence(row: KernelRow, device: Device, case: Case, precision: Precision) -> str:
    if not isinstance(row, DecidingRow):
        return ""
    said = row.first_divergence(device, case, precision)
    return f"{case.name}: {said}" if said else ""


def _changed_when_fresh(row: KernelRow, bench: Bench, precision: Precision, held: list[tuple[Case, str]]) -> str:
    with bench.fresh() as device:
        for case, bits in held:
            try:
                again = row.computed(device, case, precision)
            except EngineError as error:
                return f"{case.name}: refused in a fresh context: {error.message}"
            if fingerprint(again) != bits:
                return f"{case.name}: other bits in a fresh context"
    return ""
