"""An indicator's panel kernel, as the checks ask for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from dynamic_engines import Buffers, Device, Maths, Precision
from dynamic_engines.matrix import Case, Lines, Sample, bars_of, series
from dynamic_engines.matrix.cases import F64, Rng
from dynamic_ta import Indicator, Panel, PanelKernel

# Empty, one, two; whole blocks of 4 and their neighbours; a prime; one series is cut into lanes from the last two on.
_LENGTHS = (0, 1, 2, 15, 16, 17, 131, 1009, 4099)
_BARS = 257
_SERIES = 3  # that fill no vector
_TIMED_SERIES, _TIMED_BARS = 16, 100_000


@dataclass(frozen=True, slots=True)
class PanelRow:
    """An indicator of ``dynamic_ta`` over one series, and over a panel of three whose last is that one."""

    indicator: Indicator
    form: PanelKernel

    @property
    def kernel(self) -> str:
        return self.form.file.removesuffix(".cl")

    @property
    def outputs(self) -> tuple[str, ...]:
        names = self.indicator.outputs
        return (*names, *(f"{name} of a panel" for name in names))

    @property
    def precisions(self) -> tuple[Precision, ...]:
        return (Precision.FLOAT64,)

    @property
    def maths(self) -> Maths:
        return Maths.STRICT

    @property
    def bound_source(self) -> str:
        return "a panel's promise: the oracle's bits"

    @property
    def host_code(self) -> tuple[str, ...]:
        return "src/dynamic_engines/*.py", "src/dynamic_ta/indicators/*.py"

    def cases(self, rng: Rng, precision: Precision) -> Iterator[Case]:
        """At the defaults every length and every distribution."""
        draws = series(precision)
        for bars in _LENGTHS:
            yield self._case(f"walk of {bars} bars", draws["walk"](rng, bars), rng)
        for name, draw in draws.items():
            yield self._case(f"{name} of {_BARS} bars", draw(rng, _BARS), rng)

    def expected(self, case: Case) -> Lines:
        return 2 * self.indicator.oracle(case.inputs, case.settings)

    def computed(self, device: Device, case: Case, precision: Precision) -> Lines:  # noqa: ARG002
        panel = Panel.of(device, self.indicator)
        alone = panel.compute(case.inputs, case.settings)
        stacked = tuple(np.stack([line] * _SERIES) for line in case.inputs)
        return (*alone, *(line[-1] for line in panel.compute(stacked, case.settings)))

    def bounds(self, case: Case, precision: Precision) -> tuple[float | F64, ...]:  # noqa: ARG002
        return (0.0,) * len(self.outputs)

    def sample(self, device: Device, memory: Buffers, precision: Precision, share: float) -> Sample:  # noqa: ARG002
        """A call of the product, so ``memory`` holds nothing; each input is read once, and each output written once."""
        rng = np.random.default_rng(1)
        close = 100 + rng.normal(0, 1, max(_LENGTHS[-1], int(_TIMED_BARS * share)))
        case = self._case(f"{_TIMED_SERIES} series of {close.size} bars", close, rng)
        lines = tuple(np.stack([line] * _TIMED_SERIES) for line in case.inputs)
        call = partial(Panel.of(device, self.indicator).compute, lines, case.settings)
        arrays = len(self.indicator.inputs) + len(self.indicator.outputs)
        values = _TIMED_SERIES * close.size
        operations = self.indicator.kernel.operations if self.indicator.kernel else 1
        return Sample(case.name, call, bytes_moved=8 * values * arrays, operations=values * operations)

    def _case(self, name: str, close: F64, rng: Rng) -> Case:
        bars = bars_of(close, rng)
        return Case(name, tuple(bars[wanted] for wanted in self.indicator.inputs), self.indicator.defaults)
