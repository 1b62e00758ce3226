"""The sweep's kernels, as the matrix asks for them: a value is a pair of windows here, not a bar."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from dynamic_delivery.matrix.divergence import first_divergence
from dynamic_engines import Buffers, Device, Maths, Precision
from dynamic_engines.matrix import Case, Lines, Sample, bars_of, series
from dynamic_engines.matrix.cases import F64, Rng
from dynamic_ta.backtest import Rules, Statistics, Sweep, checksum_of, pairs_of, run_backtest, sweep_cost, sweep_opencl
from dynamic_ta.backtest.sweep import TOLERANCE
from dynamic_ta.data import Bars

_INPUTS = ("open", "high", "low", "close", "volume")
_PAIRS = pairs_of(range(2, 21, 3), range(5, 62, 7))
# What a file of prices may hold: positive and finite.
_SERIES = ("walk", "flat", "ramp", "cancelling", "spike", "subnormal", "huge")
# Too short for the longest window, just long enough, two blocks and their neighbours, a prime over several slabs.
_LENGTHS = (60, 61, 62, 511, 512, 513, 1009, 20_011)
_BARS = 1009
_RULES = Rules()
_TIMED_BARS = 20_000
_TIMED_PAIRS = pairs_of(range(2, 42), range(50, 250, 4))
_STATISTICS = ("total_return", "sharpe", "max_drawdown", "win_rate", "exposure", "trades")


@dataclass(frozen=True, slots=True)
class SweepRow:
    """``backtest/sma_cross``: the statistics of each pair, and a checksum of its trades."""

    kernel: str = "backtest/sma_cross"
    outputs: tuple[str, ...] = (*_STATISTICS, "trades' checksum, high", "trades' checksum, low")
    precisions: tuple[Precision, ...] = (Precision.FLOAT64,)
    maths: Maths = Maths.STRICT
    sweep: Callable[[Device, Bars, npt.NDArray[np.int64], Rules], Sweep] = sweep_opencl
    bound_source: str = "the sweep's promise, TOLERANCE: 1e-9 of max(1, value), and the same trades"

    @property
    def host_code(self) -> tuple[str, ...]:
        return "src/dynamic_engines/*.py", "src/dynamic_ta/backtest/*.py"

    def cases(self, rng: Rng, precision: Precision) -> Iterator[Case]:
        draws = series(precision)
        for bars in _LENGTHS:
            yield self._case(f"walk of {bars} bars", draws["walk"](rng, bars), rng)
        for name in _SERIES:
            yield self._case(f"{name} of {_BARS} bars", draws[name](rng, _BARS), rng)

    def expected(self, case: Case) -> Lines:
        bars = _bars(case)
        results = [run_backtest(bars, int(fast), int(slow), _RULES) for fast, slow in _PAIRS]
        rows = [(*_values(result.statistics), *_halves(checksum_of(result.trades))) for result in results]
        return tuple(np.array(rows, np.float64).T)

    def computed(self, device: Device, case: Case, precision: Precision) -> Lines:  # noqa: ARG002  # it has but one
        sweep = self.sweep(device, _bars(case), _PAIRS, _RULES)
        rows = [(*_values(sweep.statistics(row)), *_halves(int(sweep.checksum[row]))) for row in range(sweep.n_pairs)]
        return tuple(np.array(rows, np.float64).T)

    def bounds(self, case: Case, precision: Precision) -> tuple[float | F64, ...]:  # noqa: ARG002
        close = [TOLERANCE * np.maximum(1, np.abs(line)) for line in self.expected(case)]
        return (*close[: len(_STATISTICS) - 1], 0.0, 0.0, 0.0)

    def sample(self, device: Device, memory: Buffers, precision: Precision, share: float) -> Sample:  # noqa: ARG002
        """A sweep as the command does it, so ``memory`` holds nothing."""
        rng = np.random.default_rng(1)
        close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, max(_BARS, int(_TIMED_BARS * share)))))
        bars = _bars(self._case(f"{close.size} bars", close, rng))
        cost = sweep_cost(close.size, np.unique(_TIMED_PAIRS).size, len(_TIMED_PAIRS))
        return Sample(
            f"{len(_TIMED_PAIRS)} pairs over {close.size} bars",
            partial(self.sweep, device, bars, _TIMED_PAIRS, _RULES),
            bytes_moved=cost.bytes_moved,
            operations=cost.operations,
        )

    def first_divergence(self, device: Device, case: Case, precision: Precision) -> str:  # noqa: ARG002
        """Of the first pair whose trades are others."""
        bars = _bars(case)

        def swept(some: Bars, fast: int, slow: int) -> int:
            return int(self.sweep(device, some, np.array([(fast, slow)], np.int64), _RULES).checksum[0])

        for fast, slow in _PAIRS.tolist():
            found = first_divergence(swept, bars, fast, slow, _RULES)
            if found is not None:
                return str(found)
        return ""

    def _case(self, name: str, close: F64, rng: Rng) -> Case:
        bars = bars_of(close, rng)
        return Case(name, tuple(bars[wanted] for wanted in _INPUTS), ())


def _bars(case: Case) -> Bars:
    days = np.datetime64("2000-01-01", "us") + np.arange(case.inputs[0].size) * np.timedelta64(1, "D")
    return Bars(case.name, "", days, *case.inputs)


def _values(statistics: Statistics) -> tuple[float, ...]:
    return tuple(float(getattr(statistics, name)) for name in _STATISTICS)


def _halves(checksum: int) -> tuple[float, float]:
    """Return both halves of 64 bits: a float64 holds 53."""
    return float(checksum >> 32), float(checksum & 0xFFFFFFFF)
