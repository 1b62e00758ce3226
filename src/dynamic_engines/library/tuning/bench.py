"""What tries and measures choices on a real device."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Self

import numpy as np

from dynamic_engines.device import Device
from dynamic_engines.errors import (
    DeviceLostError,
    DeviceMemoryError,
    EngineError,
    KernelBuildError,
    KernelDomainError,
)
from dynamic_engines.library.model import F64, Kernel, Lines
from dynamic_engines.library.stage import Stage, Work
from dynamic_engines.library.tuning.model import Choice, Probe, Sample, Verdict, usual
from dynamic_engines.matrix.cases import Case
from dynamic_engines.memory import Buffer
from dynamic_engines.model import Maths, Precision

_LEAST_S = 0.005  # of a measurement: below it, reading the clocks would count
_SMALL = 0.001
Meter = Callable[[], Sample]


def meter() -> Sample:
    """Read both clocks: the wall's, and the processor time of all threads of this process."""
    return Sample(time.perf_counter(), time.process_time())


class _Inputs:
    """Inputs that stay on the device for the next choice: they are large, and no kernel writes them."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._sent: dict[str, tuple[F64, Buffer]] = {}

    def send(self, name: str, values: F64) -> Buffer:
        if name not in self._sent or not np.array_equal(self._sent[name][0], values):
            self._sent[name] = values, self._stage.send(name, values)
        return self._sent[name][1]


@dataclass(frozen=True, slots=True)
class _SharedStage(Stage):
    """A stage that owns its outputs only."""

    inputs: _Inputs = field(kw_only=True)

    def send(self, name: str, values: F64) -> Buffer:
        return self.inputs.send(name, values)


class DeviceBench:
    """Tries choices of one kernel on an open device, in strict maths; a context manager, since the inputs stay there.

    Parameters
    ----------
    seed : of the inputs
    share : of the inputs' size in the benchmark
    """

    def __init__(
        self, device: Device, kernel: Kernel, precision: Precision, seed: int, share: float, read: Meter = meter
    ) -> None:
        self._device, self._kernel, self._precision, self._read = device, kernel, precision, read
        self._default = dict(usual(kernel.knobs(precision), device.info))
        self._sample = kernel.sample(np.random.default_rng(seed), share)
        small = kernel.sample(np.random.default_rng(seed), _SMALL)
        self._hard = [*kernel.draw(np.random.default_rng(seed), precision), small]
        self._expected: dict[int, Lines | None] = {}
        self._repeats = 0
        self._memory = device.buffers()
        self._inputs = _Inputs(Stage(device, self._memory, precision))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._memory.__exit__()

    def probe(self, choice: Choice) -> Probe:
        """See ``search.Bench``. Raises DeviceLostError, too."""
        try:
            for number, case in enumerate(self._hard):
                if number not in self._expected:
                    self._expected[number] = self._computed(case, self._default)
                expected = self._expected[number]
                if expected is None:
                    continue
                got = self._computed(case, dict(choice))
                said = _difference(self._kernel, expected, got) if got is not None else "refused, by default computed"
                if said:
                    return Probe(Verdict.DIFFERENT, f"{case.name}, settings {case.settings}: {said}")
        except DeviceLostError:
            raise
        except EngineError as error:
            return Probe(Verdict.REFUSED, _refusal(error))
        return Probe(Verdict.SAME)

    def time(self, choice: Choice) -> Sample:
        """See ``search.Bench``. One launch before warms the caches and touches the outputs. Raises EngineError, too."""
        with self._device.buffers() as memory:
            stage = _SharedStage(
                self._device, memory, self._precision, tuned=MappingProxyType(dict(choice)), inputs=self._inputs
            )
            work = self._kernel.place(stage, *self._sample.inputs, *self._sample.settings)
            work.launch()
            if not self._repeats:
                once = self._timed(work, 1).wall_s
                self._repeats = max(1, round(_LEAST_S / max(once, 1e-6)))
            return self._timed(work, self._repeats)

    def _timed(self, work: Work, launches: int) -> Sample:
        start = self._read()
        for _ in range(launches):
            work.launch()
        return self._read() - start

    def _computed(self, case: Case, sizes: Mapping[str, int]) -> Lines | None:
        """Return the device's lines; None for what the kernel refuses to compute with any sizes."""
        try:
            return self._kernel.on_device(
                self._device, case.inputs, case.settings, self._precision, Maths.STRICT, sizes
            )
        except KernelDomainError:
            return None


def _refusal(error: EngineError) -> str:
    """Return the kind of refusal, and after a colon what the compiler or the driver said."""
    if isinstance(error, KernelBuildError):
        said = next((line.strip() for line in error.log.splitlines() if "error" in line), "no message")
        return f"does not build: {said}"
    return f"{'out of memory' if isinstance(error, DeviceMemoryError) else 'does not launch'}: {error.message}"


def _difference(kernel: Kernel, expected: Lines, got: Lines) -> str:
    """Return where the bits differ first, or ""; -0 is not 0 here, and a NaN has a payload."""
    for output, want, have in zip(kernel.outputs, expected, got, strict=True):
        if want.shape != have.shape:
            return f"{output.name} has {have.size} values, not {want.size}"
        moved = want.view(np.uint64) != have.view(np.uint64)
        if moved.any():
            at = int(np.argmax(moved))
            return f"{output.name}[{at}] is {float(have[at])!r}, by default {float(want[at])!r}"
    return ""
