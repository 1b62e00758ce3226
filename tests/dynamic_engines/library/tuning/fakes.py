"""A bench without a device, and entries without a search."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from dynamic_engines import DeviceInfo, Maths, Precision
from dynamic_engines.library.tuning.errors import ChoiceDiedError
from dynamic_engines.library.tuning.model import Choice, Entry, Key, Probe, Sample, Verdict, named

POCL = DeviceInfo(
    platform="Portable Computing Language",
    name="a processor",
    vendor="somebody",
    driver_version="3.0",
    opencl_c_version="OpenCL C 1.2",
    type="cpu",
    fp64=True,
    compute_units=2,
    max_work_group=4096,
    global_memory_bytes=2**30,
    max_allocation_bytes=2**28,
    preferred_vector_width=8,
)


@dataclass(slots=True)
class FakeBench:
    """Seconds of each choice, by name, with noise of ``noise`` of them (a standard deviation).

    A machine that is busy slows a whole round: ``load`` of it, drawn anew for each measurement in turn.
    """

    seconds: Mapping[str, float]
    noise: float = 0.0
    seed: int = 1
    wall: Mapping[str, float] = field(default_factory=dict)
    probes: Mapping[str, Probe] = field(default_factory=dict)
    dies: tuple[str, ...] = ()
    probed: Counter[str] = field(default_factory=Counter)
    timed: Counter[str] = field(default_factory=Counter)
    rng: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)

    def probe(self, choice: Choice) -> Probe:
        self.probed[named(choice)] += 1
        return self.probes.get(named(choice), Probe(Verdict.SAME))

    def time(self, choice: Choice) -> Sample:
        name = named(choice)
        self.timed[name] += 1
        if name in self.dies:
            raise ChoiceDiedError("the process died (SIGSEGV)")
        spent = self.seconds[name] * float(np.exp(self.rng.normal(0, self.noise)))
        return Sample(self.wall.get(name, 2 * spent), spent)


def key(kernel: str = "rolling/sum", precision: Precision = Precision.FLOAT32, digest: str = "0123456789abcdef") -> Key:
    return Key(kernel, precision, Maths.STRICT, POCL.platform, POCL.name, POCL.driver_version, digest)


def entry(of: Key, **sizes: int) -> Entry:
    return Entry(of, sizes, 0.8, 0.75, "cpu", 15, 1.0, 2, "2026-11-24T12:00:00Z", {"GROUP=64": "does not build"})
