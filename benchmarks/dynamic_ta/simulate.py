"""The simulation's kernel beside the same loop in Numba: variants a second, and whether both give the same bits.

Run it with the locked packages on the path:  PYTHONPATH=src:. python benchmarks/dynamic_ta/simulate.py --quick

The strategy crosses two averages, long and short, with a stop, a trailing stop and a target. The averages are computed
once for each window and are not timed. The peer is the kernel's loop by hand, one parallel pass a variant, with the
same costs, stops, margin and totals, its state in local variables and fastmath off. Rounds take turns, so that a drift
of the machine meets both. Compilation is not timed; uploading, and turning totals into statistics, is.
"""

import argparse
import json
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from dynamic_engines import open_device
from dynamic_ta.data import Bars
from dynamic_ta.data.model import F64
from dynamic_ta.simulation import Account, Signals, simulate, simulate_many
from dynamic_ta.simulation.terms import terms_of

ACCOUNT = Account(
    fee_bps=5, slippage_bps=1, borrow_bps_per_year=100, stop_percent=5, trailing_percent=8, target_percent=15
)
RULES = """#include "strategies/lines.clh"
static inline bool enter_long(LINES, const uint t) { return LINE(0, t) > LINE(1, t); }
static inline bool exit_long(LINES, const uint t) { return LINE(0, t) < LINE(1, t); }
static inline bool enter_short(LINES, const uint t) { return LINE(0, t) < LINE(1, t); }
static inline bool exit_short(LINES, const uint t) { return LINE(0, t) > LINE(1, t); }
static inline REAL stop_distance(LINES, const uint t) { return REAL_NAN; }
static inline REAL position_size(LINES, const uint t) { return REAL_NAN; }
static inline bool divides_by_zero(LINES, const uint t) { return false; }
"""
# What the peer returns of a variant, in this order.
TOTALS = (
    "equity",
    "returns",
    "squares",
    "losses",
    "fall",
    "traded",
    "costs",
    "won",
    "lost",
    "ratios",
    "trades",
    "held",
)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Averages of the windows, and which two a variant crosses."""

    lines: F64
    rows: npt.NDArray[np.uint32]
    params: F64


@numba.njit(parallel=True, fastmath=False, cache=False)
def peer(ohlc: F64, lines: F64, rows: npt.NDArray[np.uint32], terms: F64) -> F64:  # noqa: C901, PLR0912, PLR0915  # one loop is what is measured
    """Return TOTALS of each variant. ``terms`` are the floats of ``Terms``, in its order."""
    n = ohlc.shape[0]
    out = np.zeros((rows.shape[0], 12))
    start, buy_fee, sell_fee, per_order, up, down, carry_long, carry_short = terms[:8]
    leverage, maintenance, size, stop_at, trail_at, target_at = terms[9:15]
    for variant in numba.prange(rows.shape[0]):
        fast, slow = lines[rows[variant, 0]], lines[rows[variant, 1]]
        cash = equity = peak = start
        returns = squares = losses = fall = traded = costs = won = lost = ratios = 0.0
        trades = held = 0
        quantity = entry = paid = extreme = stop = trailing = liquidation = target = 0.0
        side = leave = enter = 0
        was_long = was_short = False
        fresh_long = fresh_short = True
        for t in range(n):
            opened, high, low, close = ohlc[t, 0], ohlc[t, 1], ohlc[t, 2], ohlc[t, 3]
            price = 0.0
            if leave:
                price = opened
            for step in range(2):  # what was decided, then what the bar reaches
                if step == 1 and side:
                    level = max(stop, trailing, liquidation)
                    first = side * opened
                    worst, best = (low, high) if side > 0 else (-high, -low)
                    if first <= level or first >= target:
                        price = opened
                    elif worst <= level:
                        price = side * level
                    elif best >= target:
                        price = side * target
                    elif best > side * extreme:
                        extreme = side * best
                        trailing = side * (extreme * (1 - side * trail_at))
                if price != 0.0:
                    fill = price * (down if side > 0 else up)
                    value = quantity * fill
                    fee = value * (sell_fee if side > 0 else buy_fee) + per_order
                    cash = cash + side * value - fee
                    paid += fee
                    net = side * quantity * (fill - entry) - paid
                    traded += value
                    costs += fee
                    trades += 1
                    if net > 0:
                        won += net
                    else:
                        lost += net
                    ratios += net / (quantity * entry)
                    if side > 0:
                        fresh_long = not was_long
                    else:
                        fresh_short = not was_short
                    side = 0
                    price = 0.0
                if step == 0 and enter:
                    fill = opened * (up if enter > 0 else down)
                    rate = buy_fee if enter > 0 else sell_fee
                    each = fill * (1 + rate)
                    most = (leverage * cash - per_order) / each
                    quantity = min((size * cash - per_order) / each, most)
                    if quantity > 0:
                        side = enter
                        value = quantity * fill
                        paid = value * rate + per_order
                        cash = cash - side * value - paid
                        entry = extreme = fill
                        stop = side * (fill * (1 - side * stop_at))
                        trailing = side * (fill * (1 - side * trail_at))
                        target = side * (fill * (1 + side * target_at))
                        liquidation = side * (cash / (quantity * (maintenance - side)))
                        traded += value
                        costs += paid
            enter_long, enter_short = fast[t] > slow[t], fast[t] < slow[t]
            was_long, was_short = enter_long, enter_short
            fresh_long, fresh_short = fresh_long or not enter_long, fresh_short or not enter_short
            enter = leave = 0
            if enter_long and fresh_long:
                enter = 1
            elif enter_short and fresh_short:
                enter = -1
            if side:
                if enter == side:
                    enter = 0
                if (enter_short if side > 0 else enter_long) or enter:
                    leave = 1
            now = cash
            if side:
                value = quantity * close
                rate = carry_long if side > 0 else carry_short
                if rate != 0:
                    cost = value * rate
                    cash -= cost
                    paid += cost
                    costs += cost
                    liquidation = side * (cash / (quantity * (maintenance - side)))
                now = cash + side * value
                held += 1
            if t > 0 and equity > 0 and now != equity:
                change = now / equity - 1
                returns += change
                squares += change * change
                if change < 0:
                    losses += change * change
            equity = now
            if equity >= peak:
                peak = equity
            else:
                fall = max(fall, 1 - equity / peak)
        out[variant, 0], out[variant, 1], out[variant, 2], out[variant, 3] = equity, returns, squares, losses
        out[variant, 4], out[variant, 5], out[variant, 6], out[variant, 7] = fall, traded, costs, won
        out[variant, 8], out[variant, 9], out[variant, 10], out[variant, 11] = lost, ratios, trades, held
    return out


def walk(n: int, seed: int) -> Bars:
    """Return a geometric random walk with 1 % a bar; opens gap from the closes."""
    random = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(random.normal(0, 0.01, n)))
    opened = np.concatenate((close[:1], close[:-1])) * np.exp(random.normal(0, 0.003, n))
    reach = np.exp(np.abs(random.normal(0, 0.005, (2, n))))
    high, low = np.maximum(opened, close) * reach[0], np.minimum(opened, close) / reach[1]
    when = np.datetime64("2000-01-01", "us") + np.arange(n) * np.timedelta64(60, "s")
    return Bars(f"walk-{seed}", "", when, opened, high, low, close, np.ones(n))


def crosses(bars: Bars, step: int) -> Table:
    """Return every pair of a fast and a slow window of a grid."""
    windows = np.arange(2, 201)
    sums = np.concatenate(([0.0], np.cumsum(bars.close)))
    lines = np.full((windows.size, bars.n_bars), np.nan)
    for line, window in zip(lines, windows, strict=True):
        line[window - 1 :] = (sums[window:] - sums[:-window]) / window
    pairs = [(f - 2, s - 2) for s in range(10, 201, step) for f in range(2, 51, step) if f < s]
    return Table(lines, np.array(pairs, np.uint32), np.zeros((len(pairs), 1)))


def run_peer(bars: Bars, table: Table) -> F64:
    """Run the peer on the same arrays."""
    terms = terms_of(ACCOUNT)
    floats = np.array([getattr(terms, name) for name, kind in type(terms).__annotations__.items() if kind is float])
    ohlc = np.stack((bars.open, bars.high, bars.low, bars.close), axis=1)
    result: F64 = peer(ohlc, table.lines, table.rows, floats)
    return result


def timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Return the seconds on the clock, those of all cores, and the result."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return time.perf_counter() - wall, time.process_time() - cpu, result


def oracle_agrees(bars: Bars, table: Table, totals: npt.NDArray[Any], variant: int) -> bool:
    """Say whether one variant has the oracle's bits."""
    fast, slow = table.lines[table.rows[variant]]
    expected = simulate(bars, Signals(fast > slow, fast < slow, fast < slow, fast > slow), ACCOUNT).totals
    return all(totals[name][variant] == getattr(expected, name) for name in (*TOTALS, "checksum"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bars", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--device", default="")
    parser.add_argument("--quick", action="store_true", help="a sixteenth of the variants, 5,000 bars, three rounds")
    options = parser.parse_args()
    bars = walk(5_000 if options.quick else options.bars, seed=1)
    table = crosses(bars, step=8 if options.quick else 2)
    with open_device(options.device) as device:
        ours = partial(simulate_many, device, bars, RULES, table, ACCOUNT)
        theirs = partial(run_peer, bars, table)
        found, other = timed(ours)[2], timed(theirs)[2]
        rounds = [(timed(theirs)[:2], timed(ours)[:2]) for _ in range(3 if options.quick else options.rounds)]
        label = device.info.label
    walls = [(a[0], b[0]) for a, b in rounds]
    numba_s, opencl_s = (min(column) for column in zip(*walls, strict=True))
    numba_cpu_s, opencl_cpu_s = (min(column) for column in zip(*((a[1], b[1]) for a, b in rounds), strict=True))
    same = {name: bool((found.totals[name] == other[:, at]).all()) for at, name in enumerate(TOTALS)}
    print(
        json.dumps(
            {
                "bars": bars.n_bars,
                "variants": found.n_variants,
                "trades_per_variant": round(float(found.totals["trades"].mean()), 1),
                "device": label,
                "numba": numba.__version__,
                "threads": numba.get_num_threads(),
                "python": platform.python_version(),
                "rounds_numba_opencl_s": [[round(a, 4), round(b, 4)] for a, b in walls],
                "variants_per_s": {
                    "numba": round(found.n_variants / numba_s),
                    "opencl": round(found.n_variants / opencl_s),
                },
                "ns_per_bar": {
                    "numba": round(numba_s / found.n_variants / bars.n_bars * 1e9, 2),
                    "opencl": round(opencl_s / found.n_variants / bars.n_bars * 1e9, 2),
                },
                "ratio_of_the_fastest": round(numba_s / opencl_s, 2),
                "median_ratio_of_a_round": round(float(np.median([a / b for a, b in walls])), 2),
                "ratio_of_cpu_time": round(numba_cpu_s / opencl_cpu_s, 2),
                "same_bits_as_numba": same,
                "same_bits_as_oracle": oracle_agrees(bars, table, found.totals, found.n_variants // 2),
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
