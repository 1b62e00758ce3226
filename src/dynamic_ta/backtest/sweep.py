"""Every pair of windows on an OpenCL device, with the oracle's trades and its statistics within TOLERANCE."""

import math
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dynamic_engines import Buffer, Buffers, Device, Launch, Program, build, load_kernel
from dynamic_ta.backtest.accounts import ACCOUNT, Closing, close_accounts, open_accounts
from dynamic_ta.backtest.certify import checksum_of
from dynamic_ta.backtest.errors import BacktestInputError, UnsupportedDeviceError
from dynamic_ta.backtest.ledger import Ledger, ledger, logs
from dynamic_ta.backtest.model import Progress, Rules, Sweep, check_windows, silent
from dynamic_ta.backtest.oracle import run_backtest
from dynamic_ta.backtest.signals import exact_sums
from dynamic_ta.backtest.slabs import TILE, TILE_LEVELS, Slab, slab_tiles, slabs, wide_sums
from dynamic_ta.data import Bars
from dynamic_ta.data.model import F64

# Relative to max(1, magnitude). What the device cannot promise is computed again by the oracle.
TOLERANCE = 1e-9
_PAIRS_AT_ONCE = 1 << 16
# Long items, a tile's averages in cache for all pairs of one; enough of them to keep every core busy to the end.
_ITEMS_A_UNIT = 4
# Pairs of so many fast and so many slow windows follow each other, and are BATCH of kernels/backtest/sma_cross.cl: a
# block of their averages fits the first cache.
_CACHED_WINDOWS = 8
_CHANGE = 12  # the struct Change of kernels/backtest/sma_cross.cl, in numbers of 8 bytes


def sweep_opencl(
    device: Device,
    bars: Bars,
    pairs: npt.NDArray[np.int64],
    rules: Rules,
    progress: Progress = silent,
) -> Sweep:
    """Backtest every pair of windows.

    Parameters
    ----------
    pairs : int64[n_pairs, 2], (fast, slow) in bars, 1 <= fast < slow <= n_bars
    progress : is told how many launches are done, of how many

    Returns
    -------
    Sweep, its rows in the order of ``pairs``: the trades of ``run_backtest`` for every pair, proven by a bound or
    decided in integers; statistics that differ from it by at most TOLERANCE * max(1, magnitude)

    Raises
    ------
    BacktestInputError : no pairs, or windows that do not fit
    UnsupportedDeviceError : the device has no float64
    UnsupportedSeriesError : closes of too many magnitudes
    EngineError : the device has no room, or failed

    Notes
    -----
    O(n_pairs * n_bars) compares of 16-bit integers, and O(1) a trade. Memory on the device: 152 bytes a bar, 112 where
    it shares the host's, and at most 64 MiB each for averages and running sums unless one tile of 1,024 bars needs
    more, whatever the number of bars; 128 bytes a pair, for 65,536 pairs at a time. docs/adr/0014 and 0048 have the
    method.
    """
    if not device.info.fp64:
        raise UnsupportedDeviceError(
            f"{device.info.label} does not compute in float64", "choose another one from './dynamic devices'"
        )
    if len(pairs) == 0:
        raise BacktestInputError("there is no pair to try", "give at least one fast window below a slow one")
    for fast, slow in pairs[[pairs[:, 0].argmin(), (pairs[:, 1] - pairs[:, 0]).argmin(), pairs[:, 1].argmax()]]:
        check_windows(bars, int(fast), int(slow))
    order = _cached_order(pairs)
    groups = [
        _dealt(order[start : start + _PAIRS_AT_ONCE], device.info.compute_units)
        for start in range(0, len(order), _PAIRS_AT_ONCE)
    ]
    accounts = np.empty(len(pairs), ACCOUNT)
    log_close = logs(bars.close, bars.close[0])
    program = build(device, load_kernel("backtest/sma_cross"), {})
    with device.buffers() as memory, ThreadPoolExecutor(1) as pool:
        # Made while the device is already at the first averages.
        shared = pool.submit(_Shared.of, program, memory, bars, rules, log_close, int(pairs[:, 1].max()))
        for n, group in enumerate(groups):
            part = _part(progress, n, len(groups))
            accounts[group] = _sweep_group(device, program, bars.close, log_close, pairs[group], shared, part)
        book = shared.result().book
    return _certain(_collect(accounts, close_accounts(accounts, book, rules)), bars, rules)


def _cached_order(pairs: npt.NDArray[np.int64]) -> npt.NDArray[np.intp]:
    fast, slow = (np.unique(column, return_inverse=True)[1] for column in pairs.T)
    return np.lexsort((fast, slow, fast // _CACHED_WINDOWS, slow // _CACHED_WINDOWS))


def _share(pairs: int, units: int) -> int:
    """Return how many pairs an item takes."""
    return -(-pairs // (_ITEMS_A_UNIT * units))


def _dealt(order: npt.NDArray[np.intp], units: int) -> npt.NDArray[np.intp]:
    """Return the shares of ``order`` from its two ends in turns.

    The first have the shortest windows, so the most trades, and PoCL gives half of all items to the first thread that
    asks.
    """
    share = _share(len(order), units)
    whole = len(order) // share
    turns = [turn // 2 if turn % 2 == 0 else whole - 1 - turn // 2 for turn in range(whole)]
    dealt = order[: whole * share].reshape(whole, share)[turns].ravel()
    return np.concatenate((dealt, order[whole * share :]))


@dataclass(frozen=True, slots=True)
class _Shared:
    """What every launch reads, on the device, and the ledger that it was made of."""

    book: Ledger
    changes: Buffer
    sums: Buffer

    @classmethod
    def of(cls, program: Program, memory: Buffers, bars: Bars, rules: Rules, log_close: F64, longest: int) -> "_Shared":
        sums = memory.upload("sums", wide_sums(bars.close, longest), np.uint64, 2)
        book = ledger(bars, rules, log_close)
        changes = memory.empty((bars.n_bars, _CHANGE), np.float64)
        numbers = np.uint32(bars.n_bars), np.float64(rules.kept), np.float64(math.log(rules.kept))
        lines = (bars.open, bars.close, book.log_open, book.returns, book.squares)
        shared = (memory.share(np.ascontiguousarray(line)) for line in lines)
        program.run(bars.n_bars, *numbers, *shared, changes, entry="changes_of")
        return cls(book, changes, sums)


def _part(progress: Progress, n: int, parts: int) -> Progress:
    """Return the progress of part ``n``, counted from 0, of ``parts`` equal ones."""
    return lambda done, of: progress(n * of + done, parts * of)


def _sweep_group(
    device: Device,
    program: Program,
    close: F64,
    log_close: F64,
    pairs: npt.NDArray[np.int64],
    shared: "Future[_Shared]",
    progress: Progress,
) -> npt.NDArray[np.void]:
    """Return the accounts of ``pairs`` after the last bar."""
    fast, slow = np.unique(pairs[:, 0]), np.unique(pairs[:, 1])
    windows = np.concatenate((fast, slow))
    longest = int(slow[-1])
    tiles = slab_tiles(close.size, windows.size, longest)
    count = -(-close.size // (tiles * TILE))
    with device.buffers() as memory:
        state = memory.upload("accounts", open_accounts(pairs, fast, slow), ACCOUNT)
        rows = memory.upload("windows", windows.astype(np.uint32), np.uint32)
        table = memory.empty((tiles * TILE, windows.size), np.uint16)
        ranges = memory.empty((tiles, TILE_LEVELS, TILE, 2), np.float64)
        falls = memory.empty((tiles, TILE_LEVELS, TILE), np.float64)
        with ExitStack() as before:
            for n, slab in enumerate(slabs(close, log_close, longest, tiles), 1):
                with ExitStack() as now:
                    passing = now.enter_context(device.buffers())
                    steps = passing.upload("steps", slab.steps, np.float64, 3)
                    _fill_ranges(program, slab, passing, ranges, falls)
                    _fill_table(program, slab, passing, steps, rows, fast.size, table)
                    filled = table, steps, ranges, falls
                    launch = _trade(program, slab, close.size, passing, filled, shared.result(), state)
                    now.callback(launch.wait)  # called before ``passing`` is freed
                    # One slab is on its way to the device while another is worked on, and no more than that.
                    before.close()
                    before.push(now.pop_all())
                progress(n, count)
        return memory.download(state)


def _fill_ranges(program: Program, slab: Slab, passing: Buffers, ranges: Buffer, falls: Buffer) -> None:
    close = passing.upload("log_close", slab.log_close, np.float64)
    items = slab.tiles * TILE_LEVELS
    program.start(items, np.uint32(items), close, ranges, falls, entry="close_ranges")


def _fill_table(
    program: Program, slab: Slab, passing: Buffers, steps: Buffer, rows: Buffer, ones: int, table: Buffer
) -> None:
    windows = rows.shape[0]
    items = slab.scale.size * windows
    numbers = (np.uint32(value) for value in (items, windows, ones, steps.shape[2]))
    program.start(
        items, *numbers, rows, steps, passing.upload("scale", slab.scale, np.float64), table, entry="sma_table"
    )


def _trade(
    program: Program,
    slab: Slab,
    bars: int,
    passing: Buffers,
    filled: tuple[Buffer, Buffer, Buffer, Buffer],
    shared: _Shared,
    state: Buffer,
) -> Launch:
    pairs = state.shape[0]
    share = _share(pairs, program.info.compute_units)
    table, steps, ranges, falls = filled
    values = (pairs, share, slab.start, slab.tiles, bars, table.shape[1], steps.shape[2])
    return program.start(
        -(-pairs // share),
        *(np.uint32(value) for value in values),
        table,
        steps,
        passing.upload("slack", slab.slack, np.float64),
        ranges,
        falls,
        shared.changes,
        shared.sums,
        state,
        local=1,
    )


def _collect(accounts: npt.NDArray[np.void], closing: Closing) -> Sweep:
    return Sweep(
        fast=accounts["fast"].astype(np.int64),
        slow=accounts["slow"].astype(np.int64),
        total_return=closing.total_return,
        sharpe=closing.sharpe,
        max_drawdown=closing.max_drawdown,
        win_rate=closing.win_rate,
        exposure=closing.exposure,
        trades=closing.trades,
        open_trade=closing.open_trade,
        checksum=accounts["hash"].copy(),
        recomputed=~(closing.doubt <= TOLERANCE),
    )


def _certain(sweep: Sweep, bars: Bars, rules: Rules) -> Sweep:
    """Give the rows in doubt the oracle's results."""
    rows = np.flatnonzero(sweep.recomputed).tolist()
    sums = exact_sums(bars.close) if rows else None
    for row in rows:
        result = run_backtest(bars, int(sweep.fast[row]), int(sweep.slow[row]), rules, sums)
        for name, value in result.statistics.columns():
            getattr(sweep, name)[row] = value
        sweep.checksum[row] = checksum_of(result.trades)
    return sweep
