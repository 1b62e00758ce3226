"""The simulation's kernel, as the matrix asks for it."""

from functools import partial

import numpy as np

from dynamic_delivery.matrix.totals_row import TotalsRow, case_of, days
from dynamic_engines import Device, Precision
from dynamic_engines.matrix import Case, Sample
from dynamic_ta.data import Bars
from dynamic_ta.simulation import (
    PLAIN_RULES,
    Account,
    Execution,
    Signals,
    Simulation,
    Simulations,
    Sizing,
    Totals,
    diverging,
    plain_table,
    simulate,
    simulate_many,
    simulation_cost,
)

_BARS = 509
_ACCOUNTS = (
    Account(),
    Account(stop_percent=3, target_percent=5, slippage_bps=2, fee_per_trade=1, lot=1),
    Account(trailing_percent=4, time_exit_bars=9, execution=Execution.CLOSE, buy_tax_bps=50),
    Account(leverage=4, size=4, maintenance=0.2, borrow_bps_per_year=300, funding_bps_per_bar=1),
    Account(sizing=Sizing.RISK, size=0.01, leverage=2, lot=0.5),
)
_TIMED_BARS, _TIMED_VARIANTS, _TIMED_RATE = 20_000, 64, 0.02


def _bars(case: Case) -> Bars:
    return Bars(case.name, "", days(case.inputs[0].size), *case.inputs)


def _signals(case: Case) -> list[Signals]:
    return [_drawn(case.inputs[0].size, seed, 0.15) for seed in range(len(_ACCOUNTS))]


def _drawn(n: int, seed: int, rate: float) -> Signals:
    """Return decisions, distances and sizes at random, the same for the same length and seed."""
    rng = np.random.default_rng([n, seed])
    enter_long, exit_long, enter_short, exit_short = rng.random((4, n)) < rate
    return Signals(enter_long, exit_long, enter_short, exit_short, rng.uniform(0.5, 9, n))


def _stories(case: Case) -> list[Simulation]:
    pairs = zip(_signals(case), _ACCOUNTS, strict=True)
    return [simulate(_bars(case), signals, account) for signals, account in pairs]


def _oracle(case: Case) -> list[Totals]:
    return [one.totals for one in _stories(case)]


def _found(device: Device, case: Case, precision: Precision) -> Simulations:
    return simulate_many(device, _bars(case), PLAIN_RULES, plain_table(_signals(case)), _ACCOUNTS, precision)


def _timed(device: Device, share: float) -> Sample:
    rng = np.random.default_rng(1)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, max(_BARS, int(_TIMED_BARS * share)))))
    bars = _bars(case_of(f"{close.size} bars", [close], rng))
    table = plain_table([_drawn(close.size, seed, _TIMED_RATE) for seed in range(_TIMED_VARIANTS)])
    held = simulate_many(device, bars, PLAIN_RULES, table, _ACCOUNTS[1]).columns["exposure"].mean()
    cost = simulation_cost(close.size, len(table.lines), _TIMED_VARIANTS, float(held))
    return Sample(
        f"{_TIMED_VARIANTS} variants over {close.size} bars",
        partial(simulate_many, device, bars, PLAIN_RULES, table, _ACCOUNTS[1]),
        bytes_moved=cost.bytes_moved,
        operations=cost.operations,
    )


def _diverging(device: Device, case: Case, precision: Precision) -> str:
    table, expected = plain_table(_signals(case)), dict(enumerate(_stories(case)))
    found = diverging(device, _bars(case), PLAIN_RULES, table, _ACCOUNTS, expected, precision)
    return str(found[0]) if found else ""


SIMULATE = TotalsRow(
    kernel="simulation/simulate",
    done="decisions'",
    rooms=("simulation",),
    instruments=1,
    bars=_BARS,
    bound_source="the simulation's promise: the oracle's bits",
    oracle=_oracle,
    found=_found,
    timed=_timed,
    diverging=_diverging,
)
