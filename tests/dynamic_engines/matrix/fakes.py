"""Rows that behave badly in one way each. They double a series; no device is needed to judge them."""

import itertools
import os
import re
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from dynamic_base import DynamicError
from dynamic_engines import Buffers, Device, KernelBuildError, KernelDomainError, Maths, Precision, load_kernel
from dynamic_engines.matrix import Case, KernelRow, Lines, Sample
from dynamic_engines.matrix.cases import F64, Rng

Compute = Callable[[F64], F64]


class OutsideError(DynamicError):
    """The input is outside the domain."""


def twice(values: F64) -> F64:
    if not np.isfinite(values).all():
        raise OutsideError("not finite")
    return 2 * values


@dataclass(frozen=True, slots=True)
class Doubling:
    """One line of ``2 * x``, computed by ``compute``, which may be off by ``bound``."""

    kernel: str
    compute: Compute
    bound: float = 0.0
    inputs: tuple[tuple[float, ...], ...] = ((1.0, 2.0, 3.0),)
    outputs: tuple[str, ...] = ("twice",)
    bound_source: str = "exact"
    precisions: tuple[Precision, ...] = tuple(Precision)
    maths: Maths = Maths.STRICT

    def cases(self, rng: Rng, precision: Precision) -> Iterator[Case]:
        for n, values in enumerate(self.inputs):
            yield Case(f"given {n}", (np.array(values),), (2,))
        yield Case("drawn", (rng.normal(size=50).astype(precision.dtype).astype(np.float64),), (2,))

    def expected(self, case: Case) -> Lines:
        return (twice(case.inputs[0]),)

    def computed(self, device: Device, case: Case, precision: Precision) -> Lines:
        return (self.compute(case.inputs[0]),)

    def bounds(self, case: Case, precision: Precision) -> tuple[float | F64, ...]:
        return (self.bound,)


def third_is_off(values: F64) -> F64:
    changed = twice(values)
    changed[2] = np.nextafter(changed[2], np.inf)
    return changed


def third_is_missing(values: F64) -> F64:
    changed = twice(values)
    changed[2] = np.nan
    return changed


def shorter(values: F64) -> F64:
    return twice(values)[1:]


def crashing(values: F64) -> F64:
    os.write(2, b"LLVM ERROR: cannot select\n")
    os.abort()


def hanging(values: F64) -> F64:
    while True:
        signal.pause()  # until it is killed


def not_built(values: F64) -> F64:
    raise KernelBuildError("rolling/sma", "a device", "line 3: error: no such type\n")


def forgiving(values: F64) -> F64:
    return 2 * values


def refusing(values: F64) -> F64:
    raise OutsideError("I would rather not")


_CALLS = itertools.count()


def flickering(values: F64) -> F64:
    """Each call gives another last bit, within the bound."""
    return np.nextafter(twice(values), np.inf) if next(_CALLS) % 2 else twice(values)


@dataclass(frozen=True, slots=True)
class Unsettled(Doubling):
    """One context always gives the same bits, and another one others: as if something were never initialised."""

    def computed(self, device: Device, case: Case, precision: Precision) -> Lines:
        contexts = _CONTEXTS.setdefault(id(device), len(_CONTEXTS))
        return (np.nextafter(twice(case.inputs[0]), np.inf) if contexts % 2 else twice(case.inputs[0]),)


_CONTEXTS: dict[int, int] = {}


@dataclass(frozen=True, slots=True)
class Busy(Doubling):
    """A doubling that can be timed: ``steps`` loops of the host stand for the device's work."""

    steps: int = 1000
    bytes_moved: int | None = None
    operations: int | None = None
    host_code: tuple[str, ...] = ()

    def sample(self, device: Device, memory: Buffers, precision: Precision, share: float) -> Sample:
        def call() -> int:
            return sum(range(int(self.steps * share)))

        return Sample(f"{self.steps} steps", call, self.bytes_moved, self.operations)


@dataclass(frozen=True, slots=True)
class Deciding(Doubling):
    """A kernel whose first other decision is known."""

    def first_divergence(self, device: Device, case: Case, precision: Precision) -> str:
        return "bar 2: the oracle buys"


@dataclass(frozen=True, slots=True)
class Looping(Doubling):
    """Loops as often as its source says."""

    host_code: tuple[str, ...] = ("src/dynamic_delivery/matrix/*.py",)

    def sample(self, device: Device, memory: Buffers, precision: Precision, share: float) -> Sample:
        steps = re.search(r"steps (\d+)", load_kernel(self.kernel).text)
        if steps is None:
            raise KernelDomainError("no steps")
        return Sample("steps", lambda: sum(range(int(steps[1]))))


def looping_rows() -> Sequence[KernelRow]:
    return (Looping("rolling/sma", twice, precisions=(Precision.FLOAT32,)),)


def rows() -> Sequence[KernelRow]:
    return (Doubling("rolling/sma", twice),)


def crashing_rows() -> Sequence[KernelRow]:
    return (Doubling("rolling/sma", crashing),)


def hanging_rows() -> Sequence[KernelRow]:
    return (Doubling("rolling/sma", hanging),)
