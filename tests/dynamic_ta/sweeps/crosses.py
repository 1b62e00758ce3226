"""The SMA cross as an evaluator: by the oracle, and by the sweep on a device. It warms up inside its range."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from dynamic_engines import open_device
from dynamic_ta.backtest import Rules, run_backtest, sweep_opencl
from dynamic_ta.backtest.model import STATISTICS
from dynamic_ta.data import Bars
from dynamic_ta.data.model import F64
from dynamic_ta.sweeps.model import BarRange, Evaluate, Evaluator, Outcome, Variant

RULES = Rules()


def traded(bars: Bars, of: BarRange) -> Bars:
    return bars.between(of.start, of.stop)


def equity_of(bars: Bars, variant: Variant) -> F64:
    fast, slow = int(variant["fast"]), int(variant["slow"])
    return run_backtest(traded(bars, variant.bars), fast, slow, RULES).equity


@dataclass(frozen=True, slots=True, eq=False)
class Oracle:
    """One variant after the other, in NumPy."""

    bars: Bars

    def __call__(self, variants: Sequence[Variant]) -> list[Outcome]:
        return [self._one(variant) for variant in variants]

    def _one(self, variant: Variant) -> Outcome:
        fast, slow = int(variant["fast"]), int(variant["slow"])
        told = run_backtest(traded(self.bars, variant.bars), fast, slow, RULES).statistics
        return Outcome(STATISTICS, tuple(float(value) for _, value in told.columns()))

    @contextmanager
    def open(self, _place: str) -> Iterator[Evaluate]:
        yield self

    def evaluator(self, most_rows: int = 1 << 16) -> Evaluator:
        return Evaluator("sma-cross oracle", self.bars.digest, "1", STATISTICS, self.open, most_rows)


@dataclass(frozen=True, slots=True, eq=False)
class OnDevice:
    """All variants of one range at once, on an OpenCL device."""

    bars: Bars

    @contextmanager
    def open(self, place: str) -> Iterator[Evaluate]:
        with open_device(place) as device:

            def evaluate(variants: Sequence[Variant]) -> list[Outcome]:
                outcomes: dict[int, Outcome] = {}
                for bars in sorted({variant.bars for variant in variants}):
                    rows = [row for row, variant in enumerate(variants) if variant.bars == bars]
                    pairs = np.array([variants[row].values for row in rows], np.int64)
                    sweep = sweep_opencl(device, traded(self.bars, bars), pairs, RULES)
                    for n, row in enumerate(rows):
                        told = sweep.statistics(n)
                        outcomes[row] = Outcome(STATISTICS, tuple(float(value) for _, value in told.columns()))
                return [outcomes[row] for row in range(len(variants))]

            yield evaluate

    def evaluator(self) -> Evaluator:
        return Evaluator("sma-cross device", self.bars.digest, "1", STATISTICS, self.open)
