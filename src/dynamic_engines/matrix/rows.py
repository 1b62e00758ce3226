"""What the matrix asks of a kernel. A room above implements it; this floor knows no indicator."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from dynamic_engines.device import Device
from dynamic_engines.matrix.cases import F64, Case, Rng
from dynamic_engines.memory import Buffers
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


@dataclass(frozen=True, slots=True)
class Sample:
    """One call that is worth timing.

    Parameters
    ----------
    case : what it is called on
    call : compute and wait; again and again with the same result
    bytes_moved, operations : the least that a call must do; None where nobody has declared it
    resident : the inputs are on the device already; else a call sends them and brings the outputs back
    """

    case: str
    call: Callable[[], object]
    bytes_moved: int | None = None
    operations: int | None = None
    resident: bool = False


@runtime_checkable
class TimedRow(KernelRow, Protocol):
    """A kernel that can be timed."""

    @property
    def host_code(self) -> tuple[str, ...]:
        """Patterns of the repository's files that drive it."""
        ...

    def sample(self, device: Device, memory: Buffers, precision: Precision, share: float) -> Sample:
        """Return a call on inputs of a useful size, the same for each call of this; a share of 1 is the whole.

        The arrays belong to ``memory``.
        """
        ...


@runtime_checkable
class DecidingRow(KernelRow, Protocol):
    """A kernel whose values follow from decisions."""

    def first_divergence(self, device: Device, case: Case, precision: Precision) -> str:
        """Return the first decision in which device and oracle differ, and what each did; "" if there is none."""
        ...
