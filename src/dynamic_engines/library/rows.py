"""The library's kernels, as the matrix asks for them: a row for each kind of maths that has a bound."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dynamic_engines.device import Device
from dynamic_engines.library.model import F64, Kernel, Lines
from dynamic_engines.library.stage import Stage
from dynamic_engines.library.table import KERNELS
from dynamic_engines.matrix.cases import Case, Rng
from dynamic_engines.matrix.rows import Sample
from dynamic_engines.memory import Buffers
from dynamic_engines.model import Maths, Precision


@dataclass(frozen=True, slots=True)
class LibraryRow:
    """A kernel in one kind of maths."""

    declared: Kernel
    maths: Maths = Maths.STRICT

    @property
    def kernel(self) -> str:
        return self.declared.name

    @property
    def outputs(self) -> tuple[str, ...]:
        return tuple(output.name for output in self.declared.outputs)

    @property
    def precisions(self) -> tuple[Precision, ...]:
        return self.declared.precisions

    @property
    def bound_source(self) -> str:
        return self.declared.bound_source

    @property
    def host_code(self) -> tuple[str, ...]:
        room = "src/dynamic_engines"
        return f"{room}/*.py", f"{room}/library/*.py", f"{room}/library/{self.declared.family}/*.py"

    def cases(self, rng: Rng, precision: Precision) -> Iterator[Case]:
        drawn = self.declared.draw(rng, precision)
        return (case for case in drawn if self.declared.holds(self.maths, case.settings))

    def expected(self, case: Case) -> Lines:
        return self.declared.oracle(case.inputs, case.settings)

    def computed(self, device: Device, case: Case, precision: Precision) -> Lines:
        return self.declared.on_device(device, case.inputs, case.settings, precision, self.maths)

    def bounds(self, case: Case, precision: Precision) -> tuple[float | F64, ...]:
        return self.declared.error_bound(case.inputs, case.settings, precision)

    def sample(self, device: Device, memory: Buffers, precision: Precision, share: float) -> Sample:
        case = self.declared.sample(np.random.default_rng(1), share)
        work = self.declared.place(Stage(device, memory, precision, self.maths), *case.inputs, *case.settings)
        cost = self.declared.cost_of(case.inputs, case.settings, precision)
        return Sample(case.name, work.launch, cost.bytes_moved, cost.operations, resident=True)


def library_rows() -> tuple[LibraryRow, ...]:
    """Return a row for each kernel of the library, in each kind of maths that it is declared for."""
    return tuple(LibraryRow(kernel, maths) for kernel in KERNELS for maths in kernel.maths)
