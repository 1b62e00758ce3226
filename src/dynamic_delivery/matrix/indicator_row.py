"""An indicator's kernel, as the matrix asks for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from dynamic_engines import Buffers, Device, Maths, Precision
from dynamic_engines.matrix import Case, Lines, Sample, bars_of, series
from dynamic_engines.matrix.cases import F64, Rng
from dynamic_ta import Indicator, Kernel

# Empty, one, two; a tile of 256 and its neighbours; primes; none but 256 a multiple of a work group.
_LENGTHS = (0, 1, 2, 255, 256, 257, 1009, 4099)
_BARS = 1009
_DRAWS = 2
_WIDEST = 60
_TIMED_BARS = 1_000_000


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """An indicator of ``dynamic_ta``, and the kernel that it has."""

    indicator: Indicator
    form: Kernel

    @property
    def kernel(self) -> str:
        return self.form.name

    @property
    def outputs(self) -> tuple[str, ...]:
        return self.indicator.outputs

    @property
    def precisions(self) -> tuple[Precision, ...]:
        return tuple(Precision)

    @property
    def maths(self) -> Maths:
        return Maths.STRICT

    @property
    def bound_source(self) -> str:
        return self.form.bound_source

    @property
    def host_code(self) -> tuple[str, ...]:
        return "src/dynamic_engines/*.py", "src/dynamic_ta/indicators/*.py"

    def cases(self, rng: Rng, precision: Precision) -> Iterator[Case]:
        """At the defaults every length and around the warm-up; with other settings too, every distribution."""
        draws = series(precision)
        defaults = self.indicator.defaults
        valid = max(self.indicator.warm_up(defaults)) + 1
        for bars in (*_LENGTHS, valid - 1, valid, valid + 1):
            yield self._case(f"walk of {bars} bars", draws["walk"](rng, bars), defaults, rng)
        for settings in (defaults, *(self._settings(rng) for _ in range(_DRAWS))):
            for name, draw in draws.items():
                yield self._case(f"{name} of {_BARS} bars", draw(rng, _BARS), settings, rng)

    def expected(self, case: Case) -> Lines:
        return self.indicator.oracle(case.inputs, case.settings)

    def computed(self, device: Device, case: Case, precision: Precision) -> Lines:
        return self.indicator.on_device(device, case.inputs, case.settings, precision)

    def bounds(self, case: Case, precision: Precision) -> tuple[float | F64, ...]:
        return self.indicator.error_bound(case.inputs, case.settings, precision)

    def sample(self, device: Device, memory: Buffers, precision: Precision, share: float) -> Sample:  # noqa: ARG002
        """A call of the product: it sends the bars and brings the lines back, so ``memory`` holds nothing."""
        rng = np.random.default_rng(1)
        close = (100 + rng.normal(0, 1, max(_LENGTHS[-1], int(_TIMED_BARS * share)))).astype(np.float32)
        case = self._case(f"{close.size} bars", close.astype(np.float64), self.indicator.defaults, rng)
        cost = self.indicator.cost_of(case.inputs, case.settings, precision)
        call = partial(self.computed, device, case, precision)
        return Sample(case.name, call, bytes_moved=cost.bytes_moved, operations=cost.operations)

    def _case(self, name: str, close: F64, settings: tuple[int | float, ...], rng: Rng) -> Case:
        bars = bars_of(close, rng)
        return Case(name, tuple(bars[wanted] for wanted in self.indicator.inputs), settings)

    def _settings(self, rng: Rng) -> tuple[int | float, ...]:
        return tuple(
            int(rng.integers(int(parameter.least), max(int(parameter.least), _WIDEST) + 1))
            if isinstance(parameter.default, int)
            else round(float(rng.uniform(parameter.least, parameter.default * 2)), 3)
            for parameter in self.indicator.parameters
        )
