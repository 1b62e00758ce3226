"""The kernels that measure a device's roofs, as a row: they have no oracle, and are checked like any other."""

from collections.abc import Iterable
from dataclasses import dataclass

from dynamic_engines.device import Device
from dynamic_engines.library.roofs import multiply_add, triad
from dynamic_engines.library.stage import Stage
from dynamic_engines.matrix.cases import F64, Case, Rng
from dynamic_engines.model import Maths, Precision

_VALUES, _ROUNDS = 8193, 2  # two blocks


@dataclass(frozen=True, slots=True)
class RoofsRow:
    """``roofs/roofs``; not for the matrix."""

    kernel: str = "roofs/roofs"
    outputs: tuple[str, ...] = ("triad", "multiply_add")
    precisions: tuple[Precision, ...] = tuple(Precision)
    maths: Maths = Maths.STRICT
    bound_source: str = "none"

    def cases(self, rng: Rng, precision: Precision) -> Iterable[Case]:  # noqa: ARG002
        return (Case("two blocks", (), (_VALUES, _ROUNDS)),)

    def expected(self, case: Case) -> tuple[F64, ...]:  # noqa: ARG002
        return ()

    def computed(self, device: Device, case: Case, precision: Precision) -> tuple[F64, ...]:
        with device.buffers() as memory:
            stage = Stage(device, memory, precision)
            works = (triad(stage, int(case.settings[0]))[0], multiply_add(stage, int(case.settings[1]))[0])
            for work in works:
                work.launch()
            return tuple(line for work in works for line in work.fetch())

    def bounds(self, case: Case, precision: Precision) -> tuple[float | F64, ...]:  # noqa: ARG002
        return ()
