"""What the matrix asks of a kernel. A room above implements it; this floor knows no indicator."""

from collections.abc import Iterable
from typing import Protocol

from dynamic_engines.device import Device
from dynamic_engines.matrix.cases import F64, Case, Rng
from dynamic_engines.model import Maths, Precision


class KernelRow(Protocol):
    """A kernel with its oracle, its inputs, and how far the two may differ."""

    @property
    def kernel(self) -> str:
        """``<family>/<name>``, as below ``kernels/``."""
        ...

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of its output lines."""
        ...

    @property
    def precisions(self) -> tuple[Precision, ...]:
        """The precisions that it has a form for."""
        ...

    @property
    def maths(self) -> Maths:
        """How it is compiled. A kernel with a relaxed form has a row for each."""
        ...

    @property
    def bound_source(self) -> str:
        """Where ``bounds`` comes from."""
        ...

    def cases(self, rng: Rng, precision: Precision) -> Iterable[Case]:
        """Draw the inputs of one cell."""
        ...

    def expected(self, case: Case) -> tuple[F64, ...]:
        """Return the oracle's lines, in float64. Raises DynamicError where the input is outside its domain."""
        ...

    def computed(self, device: Device, case: Case, precision: Precision) -> tuple[F64, ...]:
        """Return the device's lines. Raises as ``expected`` does, or EngineError."""
        ...

    def bounds(self, case: Case, precision: Precision) -> tuple[float | F64, ...]:
        """Return the most that each line may differ, as one number or one a bar."""
        ...
