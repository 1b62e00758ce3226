"""Strategies as an evaluator: many at once on a device, or one by one through the oracle, to the same bits."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum

import numpy as np

from dynamic_base import digest
from dynamic_engines import load_kernel, open_device
from dynamic_engines.device import Device
from dynamic_ta.data import Bars
from dynamic_ta.data.model import F64, NUMBERS
from dynamic_ta.simulation import Account, Simulation, simulate, simulate_batches
from dynamic_ta.simulation.model import STATISTICS
from dynamic_ta.strategies import (
    RULES_HEADER,
    RangeLines,
    RangeRules,
    Strategy,
    StrategyError,
    range_rules,
    signals_after,
)
from dynamic_ta.strategies import longest_warm_up as longest_of
from dynamic_ta.sweeps.code import code_digest
from dynamic_ta.sweeps.errors import SweepInputError
from dynamic_ta.sweeps.model import MOST_ROWS, BarRange, Evaluate, Evaluator, Outcome, Points, Variant
from dynamic_ta.sweeps.spaces import Axis, Listed, Spread
from dynamic_ta.sweeps.spaces.axis import steps

_PACKAGES = tuple(f"dynamic_ta.{room}" for room in ("data", "indicators", "simulation", "strategies", "sweeps"))


class Engine(StrEnum):
    """What computes."""

    OPENCL = "opencl"
    ORACLE = "oracle"


@dataclass(frozen=True, slots=True, eq=False)
class StrategyTrials:
    """One strategy on some assets, under one account.

    Parameters
    ----------
    assets : bars by name
    account : the strategy's own, mostly
    """

    strategy: Strategy
    assets: Mapping[str, Bars]
    account: Account
    engine: Engine = Engine.OPENCL

    def evaluator(self) -> Evaluator:
        """Return the port that a sweep calls. In float64 both engines give the same bits, and share a journal."""
        kernel = load_kernel("simulation/simulate", generated={RULES_HEADER: range_rules(self.strategy).source})
        data = [[name, _content(bars)] for name, bars in sorted(self.assets.items())]
        return Evaluator(
            identity=digest({"strategy": self.strategy.digest, "account": asdict(self.account)}),
            data=digest(data),
            code=code_digest(_PACKAGES, [kernel.digest]),
            statistics=STATISTICS,
            open=self.open,
        )

    @contextmanager
    def open(self, place: str) -> Iterator[Evaluate]:
        """Give the function for one device, or for this core where the engine is the oracle."""
        if self.engine is Engine.ORACLE:
            yield lambda variants: [self._by_oracle(variant) for variant in variants]
            return
        with open_device(place) as device:
            yield _OnDevice(self, device)

    def simulation(self, variant: Variant) -> Simulation:
        """Return the whole story of one variant on its range, by the oracle."""
        bars, of = self.assets[variant.asset], variant.bars
        seen = bars.between(of.context, of.stop)
        decided = signals_after(self.strategy, seen, of.start - of.context, variant.parameters)
        return simulate(bars.between(of.start, of.stop), decided, self.account)

    def equity_of(self, variant: Variant) -> F64:
        """Return float64[n_bars]: the account at each close, 1 at the start."""
        return self.simulation(variant).equity / self.account.initial_cash

    def _by_oracle(self, variant: Variant) -> Outcome:
        columns = self.simulation(variant).statistics.columns()
        return Outcome(STATISTICS, tuple(float(value) for _, value in columns))


class _OnDevice:
    """The function for one device; it keeps the lines of the range that it was last asked for."""

    def __init__(self, trials: StrategyTrials, device: Device) -> None:
        self._trials = trials
        self._device = device
        self._rules: RangeRules = range_rules(trials.strategy)
        self._lines: tuple[tuple[str, BarRange], RangeLines] | None = None

    def __call__(self, variants: Sequence[Variant]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        start = 0
        for stop in range(1, len(variants) + 1):
            # Rows of one range follow one another.
            if stop == len(variants) or _target(variants[stop]) != _target(variants[start]):
                outcomes += self._of_one_range(variants[start:stop])
                start = stop
        return outcomes

    def _of_one_range(self, variants: Sequence[Variant]) -> Iterator[Outcome]:
        lines = self._at(variants[0])
        at = 0
        for table in lines.tables([variant.parameters for variant in variants]):
            found = simulate_batches(self._device, lines.bars, self._rules.source, table, self._trials.account)
            for part in found:
                _check_divisions(part.totals["divided"], variants[at:])
                at += part.n_variants
                values = np.stack([part.columns[name].astype(np.float64) for name in STATISTICS], axis=1)
                yield from (Outcome(STATISTICS, tuple(row)) for row in values.tolist())

    def _at(self, variant: Variant) -> RangeLines:
        target = _target(variant)
        if self._lines is None or self._lines[0] != target:
            of = variant.bars
            seen = self._trials.assets[variant.asset].between(of.context, of.stop)
            self._lines = (target, RangeLines(self._rules, seen, of.start - of.context))
        return self._lines[1]


def _content(bars: Bars) -> str:
    """Return the SHA-256 of the numbers: those of one file differ where it is read in another way."""
    found = hashlib.sha256(np.ascontiguousarray(bars.time).tobytes())
    for name in NUMBERS:
        found.update(np.ascontiguousarray(getattr(bars, name), "<f8").tobytes())
    return found.hexdigest()


def _target(variant: Variant) -> tuple[str, BarRange]:
    return variant.asset, variant.bars


def _check_divisions(divided: np.ndarray[tuple[int], np.dtype[np.uint32]], variants: Sequence[Variant]) -> None:
    if divided.any():
        variant = variants[int(divided.argmax())]
        told = ", ".join(f"{name} {value:g}" for name, value in variant.parameters.items())
        raise StrategyError(
            f"a rule divides by zero with {told} on {variant.asset}",
            "divide by something that cannot be 0, such as max(it, 0.01), or constrain the space",
        )


def axis_of_setting(strategy: Strategy, name: str) -> Axis | None:
    """Return the range that the strategy's file gives a parameter; None where it gives none.

    With a step, or of whole numbers, it is a list; else all between, which a grid cannot take.
    """
    setting = next((each for each in strategy.settings if each.name == name), None)
    if setting is None:
        known = ", ".join(each.name for each in strategy.settings) or "none"
        raise SweepInputError(f"{strategy.name} has no parameter {name}", f"it has {known}")
    if setting.least is None or setting.most is None:
        return None
    if setting.step is None and not setting.is_whole and setting.least < setting.most:
        return Spread(name, setting.least, setting.most)
    return Listed(name, steps(name, setting.least, setting.most, setting.step or 1), whole=setting.is_whole)


def longest_warm_up(strategy: Strategy, points: Points) -> int:
    """Return the bars that pass before every rule of every point is decided.

    Raises
    ------
    StrategyError : a point that the strategy refuses; nothing was run
    """
    rows = range(len(points.values))
    parts = (rows[start : start + MOST_ROWS] for start in range(0, len(rows), MOST_ROWS))
    return max(
        longest_of(strategy, [dict(zip(points.names, points.row(n), strict=True)) for n in part]) for part in parts
    )
