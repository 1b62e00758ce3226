"""Many variants of one strategy on an OpenCL device, with the oracle's bits in float64."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from dynamic_engines import Buffer, Buffers, Device, Precision, Program, build, load_kernel
from dynamic_ta.data import Bars
from dynamic_ta.data.model import F64
from dynamic_ta.simulation.account import Account
from dynamic_ta.simulation.errors import UnsupportedDeviceError, VariantsError
from dynamic_ta.simulation.model import STATISTICS, Reason, Statistics, Table, Totals, Trade, check_prices
from dynamic_ta.simulation.statistics import summarise
from dynamic_ta.simulation.terms import terms_table

_AT_ONCE = 1 << 14
_LANES = 4  # of kernels/simulation/lanes.clh
_RULES = "strategies/rules.clh"


def totals_dtype(real: npt.DTypeLike) -> np.dtype[Any]:
    """Return the layout of the struct Totals of kernels/simulation/account.clh."""
    kinds = {float: real, int: np.uint32}
    numbers = [(name, kinds[kind]) for name, kind in Totals.__annotations__.items() if name not in {"side", "checksum"}]
    return np.dtype([("checksum", np.uint64), *numbers, ("side", np.int32)], align=True)


def trade_dtype(real: npt.DTypeLike) -> np.dtype[Any]:
    """Return the layout of the struct Trade."""
    numbers = ("entry_price", "exit_price", "quantity", "costs", "gross", "net")
    counts = ("entry_bar", "exit_bar", "reason")
    return np.dtype(
        [(name, real) for name in numbers] + [(name, np.uint32) for name in counts] + [("side", np.int32)], align=True
    )


@dataclass(frozen=True, slots=True, eq=False)
class Simulations:
    """The results of many variants, row i that of variant i.

    Parameters
    ----------
    totals : a column for each field of ``Totals``
    columns : a column for each statistic
    """

    totals: npt.NDArray[Any]
    columns: dict[str, npt.NDArray[Any]]

    @property
    def n_variants(self) -> int:
        return self.totals.size

    def statistics(self, row: int) -> Statistics:
        """Return one variant's statistics."""
        return Statistics(*(self.columns[name][row].item() for name in STATISTICS))

    def totals_of(self, row: int) -> Totals:
        """Return what one variant carried to the last bar."""
        return Totals(*(self.totals[field.name][row].item() for field in fields(Totals)))


def simulate_many(
    device: Device,
    bars: Bars,
    source: str,
    table: Table,
    account: Account | Sequence[Account],
    precision: Precision = Precision.FLOAT64,
) -> Simulations:
    """Simulate each variant of a strategy.

    Parameters
    ----------
    source : OpenCL C, in place of kernels/strategies/rules.clh: the rules of the strategy
    table : the lines that the rules read, and which of them each variant reads
    account : for all variants, or one for each

    Returns
    -------
    Simulations, in the order of the table's rows; in float64 each total has the bits of ``simulate``

    Raises
    ------
    VariantsError : no variant, lines of other bars, rows that are not in the table, or not one account each
    UnsupportedDeviceError : the device has no float64
    UnsupportedSeriesError : prices that ``simulate`` refuses
    EngineError : the device has no room, failed, or refused the rules

    Notes
    -----
    O(n_variants * n_bars). Memory on the device: 32 bytes a bar, 8 a bar for each line, and 264 a variant, 4 for each
    of its lines and 8 for each of its parameters, of 16,384 variants at a time; in float32 about half. The host keeps
    264 bytes a variant, its results, and the account; ``simulate_batches`` no results. Whether sizing by risk has a
    stop only the rules know: an entry without one is counted as unfilled.
    """
    parts = list(simulate_batches(device, bars, source, table, account, precision))
    return Simulations(
        np.concatenate([part.totals for part in parts]),
        {name: np.concatenate([part.columns[name] for part in parts]) for name in STATISTICS},
    )


def simulate_batches(
    device: Device,
    bars: Bars,
    source: str,
    table: Table,
    account: Account | Sequence[Account],
    precision: Precision = Precision.FLOAT64,
) -> Iterator[Simulations]:
    """Do what ``simulate_many`` does, and yield the results of at most 16,384 variants at a time, in order."""
    accounts = _checked(device, bars, table, account, precision)
    initial = np.array([one.initial_cash for one in accounts])
    periods = np.array([one.periods_per_year for one in accounts])
    with device.buffers() as memory:
        shared = _Shared.upload(device, memory, bars, source, table, precision)
        for first in range(0, len(accounts), _AT_ONCE):
            part = slice(first, first + _AT_ONCE)
            totals, _ = _launch(device, shared, table.rows[part], table.params[part], accounts[part], 0)
            columns = {name: totals[name] for name in totals.dtype.names or ()}
            yield Simulations(totals, summarise(columns, bars.n_bars, initial[part], periods[part]))


def list_trades(
    device: Device,
    bars: Bars,
    source: str,
    table: Table,
    account: Account | Sequence[Account],
    variant: int,
    precision: Precision = Precision.FLOAT64,
) -> tuple[Trade, ...]:
    """Return every trade of one variant, as the device makes them.

    Raises
    ------
    As ``simulate_many`` does; VariantsError, too, if there is no such variant

    Notes
    -----
    The variant is run twice: to count its trades, and to list them, 64 bytes each.
    """
    accounts = _checked(device, bars, table, account, precision)
    if not 0 <= variant < len(accounts):
        raise VariantsError(f"there is no variant {variant}", f"give 0 to {len(accounts) - 1}")
    part = slice(variant, variant + 1)
    with device.buffers() as memory:
        shared = _Shared.upload(device, memory, bars, source, table, precision)
        chosen = (table.rows[part], table.params[part], accounts[part])
        totals, _ = _launch(device, shared, *chosen, 0)
        count = int(totals["trades"][0]) + int(totals["side"][0] != 0)
        if count == 0:
            return ()
        _, trades = _launch(device, shared, *chosen, count)
    return tuple(_trade(row) for row in trades[0])


def _trade(row: npt.NDArray[Any]) -> Trade:
    values = {name: row[name].item() for name in row.dtype.names or ()}
    return Trade(**{**values, "reason": Reason(values["reason"])})


def _checked(
    device: Device, bars: Bars, table: Table, account: Account | Sequence[Account], precision: Precision
) -> list[Account]:
    """Return one account for each variant."""
    if precision is Precision.FLOAT64 and not device.info.fp64:
        raise UnsupportedDeviceError(
            f"{device.info.label} does not compute in float64", "choose another one from './dynamic devices'"
        )
    check_prices(bars)
    variants = len(table.rows)
    if variants == 0:
        raise VariantsError("0 variants", "give at least one row")
    if len(table.params) != variants:
        raise VariantsError(f"{variants} rows of lines and {len(table.params)} of parameters", "give one a variant")
    if table.lines.shape[1] != bars.n_bars:
        raise VariantsError(f"lines of {table.lines.shape[1]} bars", f"give lines of the {bars.n_bars} bars")
    if table.rows.min() < 0 or table.rows.max() >= len(table.lines):
        raise VariantsError(f"row {table.rows.max()} of a table of {len(table.lines)} lines", "give rows that it has")
    accounts = [account] * variants if isinstance(account, Account) else list(account)
    if len(accounts) != variants:
        raise VariantsError(f"{len(accounts)} accounts for {variants} variants", "give one, or one for each")
    return accounts


@dataclass(frozen=True, slots=True)
class _Shared:
    """What every launch reads, on the device."""

    program: Program
    precision: Precision
    n_bars: int
    ohlc: Buffer
    lines: Buffer

    @classmethod
    def upload(
        cls, device: Device, memory: Buffers, bars: Bars, source: str, table: Table, precision: Precision
    ) -> "_Shared":
        kernel = load_kernel("simulation/simulate", generated={_RULES: source})
        program = build(device, kernel, {"REAL_BITS": precision.bits})
        ohlc = np.stack((bars.open, bars.high, bars.low, bars.close), axis=1)
        return cls(
            program,
            precision,
            bars.n_bars,
            _upload(memory, "ohlc", ohlc, precision),
            _upload(memory, "lines", table.lines, precision),
        )


def _upload(memory: Buffers, name: str, numbers: F64, precision: Precision) -> Buffer:
    """Upload numbers that may be NaN, which ``Buffers`` takes only as bits."""
    bits = np.ascontiguousarray(numbers, precision.dtype).view(f"u{precision.dtype.itemsize}")
    return memory.upload(name, bits, bits.dtype, 2)


def _launch(
    device: Device,
    shared: _Shared,
    rows: npt.NDArray[np.uint32],
    params: F64,
    accounts: Sequence[Account],
    capacity: int,
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return the totals of some variants, and the first ``capacity`` trades of each."""
    real, items = shared.precision.dtype, len(rows)
    with device.buffers() as passing:
        totals = passing.empty((items,), totals_dtype(real))
        trades = passing.empty((items, capacity) if capacity else (1, 1), trade_dtype(real))
        terms = terms_table(accounts, real)
        shared.program.run(
            -(-items // _LANES),
            *(np.uint32(value) for value in (items, shared.n_bars, rows.shape[1], params.shape[1])),
            shared.ohlc,
            shared.lines,
            passing.upload("rows", np.ascontiguousarray(rows, np.uint32), np.uint32, 2),
            _upload(passing, "params", params, shared.precision),
            passing.upload("accounts", terms, terms.dtype),
            totals,
            np.uint32(capacity),
            trades,
            local=1,
        )
        return passing.download(totals), passing.download(trades)
