"""The simulation's kernel, as the matrix asks for it: a value is a variant here, not a bar."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import partial

import numpy as np

from dynamic_engines import Buffers, Device, Maths, Precision
from dynamic_engines.matrix import Case, Lines, Sample, bars_of, series
from dynamic_engines.matrix.cases import F64, Rng
from dynamic_ta.data import Bars
from dynamic_ta.simulation import (
    PLAIN_RULES,
    Account,
    Execution,
    Signals,
    Simulation,
    Sizing,
    Totals,
    diverging,
    plain_table,
    simulate,
    simulate_many,
    simulation_cost,
)

_INPUTS = ("open", "high", "low", "close", "volume")
# What a file of prices may hold, and two that are refused: no product with them fits float64.
_SERIES = ("walk", "flat", "ramp", "cancelling", "spike", "subnormal", "huge")
_LENGTHS = (1, 2, 3, 64, 257, 1009)
_BARS = 509
_ACCOUNTS = (
    Account(),
    Account(stop_percent=3, target_percent=5, slippage_bps=2, fee_per_trade=1, lot=1),
    Account(trailing_percent=4, time_exit_bars=9, execution=Execution.CLOSE, buy_tax_bps=50),
    Account(leverage=4, size=4, maintenance=0.2, borrow_bps_per_year=300, funding_bps_per_bar=1),
    Account(sizing=Sizing.RISK, size=0.01, leverage=2, lot=0.5),
)
_TOTALS = tuple(field.name for field in fields(Totals) if field.name != "checksum")
_TIMED_BARS, _TIMED_VARIANTS, _TIMED_RATE = 20_000, 64, 0.02


@dataclass(frozen=True, slots=True)
class SimulateRow:
    """``simulation/simulate`` under plain rules: each total, and a checksum of every decision."""

    kernel: str = "simulation/simulate"
    outputs: tuple[str, ...] = (*_TOTALS, "decisions' checksum, high", "decisions' checksum, low")
    precisions: tuple[Precision, ...] = (Precision.FLOAT64,)
    maths: Maths = Maths.STRICT
    bound_source: str = "the simulation's promise: the oracle's bits"

    @property
    def host_code(self) -> tuple[str, ...]:
        return "src/dynamic_engines/*.py", "src/dynamic_ta/simulation/*.py"

    def cases(self, rng: Rng, precision: Precision) -> Iterator[Case]:
        draws = series(precision)
        for bars in _LENGTHS:
            yield _case(f"walk of {bars} bars", draws["walk"](rng, bars), rng)
        for name in _SERIES:
            yield _case(f"{name} of {_BARS} bars", draws[name](rng, _BARS), rng)

    def expected(self, case: Case) -> Lines:
        rows = [_values(one.totals) for one in _oracle(case)]
        return tuple(np.array(rows, np.float64).T)

    def computed(self, device: Device, case: Case, precision: Precision) -> Lines:
        table = plain_table(_signals(case))
        found = simulate_many(device, _bars(case), PLAIN_RULES, table, _ACCOUNTS, precision)
        rows = [_values(found.totals_of(row)) for row in range(found.n_variants)]
        return tuple(np.array(rows, np.float64).T)

    def bounds(self, case: Case, precision: Precision) -> tuple[float | F64, ...]:  # noqa: ARG002
        return (0.0,) * len(self.outputs)

    def sample(self, device: Device, memory: Buffers, precision: Precision, share: float) -> Sample:  # noqa: ARG002
        """Simulations as a caller does them, so ``memory`` holds nothing."""
        rng = np.random.default_rng(1)
        close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, max(_BARS, int(_TIMED_BARS * share)))))
        case = _case(f"{close.size} bars", close, rng)
        bars, table = (
            _bars(case),
            plain_table([_drawn(close.size, seed, _TIMED_RATE) for seed in range(_TIMED_VARIANTS)]),
        )
        held = simulate_many(device, bars, PLAIN_RULES, table, _ACCOUNTS[1]).columns["exposure"].mean()
        cost = simulation_cost(close.size, len(table.lines), _TIMED_VARIANTS, float(held))
        return Sample(
            f"{_TIMED_VARIANTS} variants over {close.size} bars",
            partial(simulate_many, device, bars, PLAIN_RULES, table, _ACCOUNTS[1]),
            bytes_moved=cost.bytes_moved,
            operations=cost.operations,
        )

    def first_divergence(self, device: Device, case: Case, precision: Precision) -> str:
        """Of the first variant whose trades are others."""
        table = plain_table(_signals(case))
        expected = dict(enumerate(_oracle(case)))
        found = diverging(device, _bars(case), PLAIN_RULES, table, _ACCOUNTS, expected, precision)
        return str(found[0]) if found else ""


def _case(name: str, close: F64, rng: Rng) -> Case:
    bars = bars_of(close, rng)
    return Case(name, tuple(bars[wanted] for wanted in _INPUTS), ())


def _bars(case: Case) -> Bars:
    days = np.datetime64("2000-01-01", "us") + np.arange(case.inputs[0].size) * np.timedelta64(1, "D")
    return Bars(case.name, "", days, *case.inputs)


def _signals(case: Case) -> list[Signals]:
    return [_drawn(case.inputs[0].size, seed, 0.15) for seed in range(len(_ACCOUNTS))]


def _drawn(n: int, seed: int, rate: float) -> Signals:
    """Return decisions, distances and sizes at random, the same for the same length and seed."""
    rng = np.random.default_rng([n, seed])
    enter_long, exit_long, enter_short, exit_short = rng.random((4, n)) < rate
    return Signals(enter_long, exit_long, enter_short, exit_short, rng.uniform(0.5, 9, n))


def _oracle(case: Case) -> list[Simulation]:
    pairs = zip(_signals(case), _ACCOUNTS, strict=True)
    return [simulate(_bars(case), signals, account) for signals, account in pairs]


def _values(totals: Totals) -> tuple[float, ...]:
    """Return each total, and both halves of the checksum: a float64 holds 53 bits."""
    numbers = (float(getattr(totals, name)) for name in _TOTALS)
    return (*numbers, float(totals.checksum >> 32), float(totals.checksum & 0xFFFFFFFF))
