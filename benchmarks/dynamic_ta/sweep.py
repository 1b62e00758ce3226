"""The sweep on OpenCL beside a hand-fused Numba loop: ratio and memory, and whether both give the oracle's results.

Run it with the locked packages on the path:  PYTHONPATH=src:. python benchmarks/dynamic_ta/sweep.py --quick

The peer is one parallel pass per pair over averages that are computed once per window, with the same five statistics,
the same fees and the same executions; fastmath is off on both sides. Rounds take turns, so that a drift of the machine
meets both, and the fastest round of each counts. Compilation is not timed; everything else is, from closes to
statistics.
"""

import argparse
import json
import platform
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from dynamic_engines import open_device
from dynamic_ta.backtest import Rules, Sweep, run_backtest, sweep_opencl
from dynamic_ta.backtest.signals import exact_sums
from dynamic_ta.data import Bars
from dynamic_ta.data.model import F64

RULES = Rules(fee_bps=5)
STATISTICS = ("total_return", "sharpe", "max_drawdown", "win_rate", "exposure", "trades")


@numba.njit(parallel=True, fastmath=False, cache=False)
def averages(close: F64, windows: npt.NDArray[np.int64]) -> F64:
    """Return the mean of the last ``windows[row]`` closes at each bar, from one running sum."""
    sums = np.zeros(close.size + 1)
    for t in range(close.size):
        sums[t + 1] = sums[t] + close[t]
    table = np.zeros((windows.size, close.size))
    for row in numba.prange(windows.size):
        w = windows[row]
        for t in range(w - 1, close.size):
            table[row, t] = (sums[t + 1] - sums[t + 1 - w]) / w
    return table


@numba.njit(parallel=True, fastmath=False, cache=False)
def peer(
    opened: F64,
    close: F64,
    table: F64,
    rows: npt.NDArray[np.int64],
    slow: npt.NDArray[np.int64],
    kept: float,
    periods: float,
) -> F64:
    """Return total return, Sharpe, drawdown, win rate, exposure and trades of each pair, one pass a pair."""
    n = close.size
    out = np.zeros((len(rows), 6))
    change = np.zeros(n)
    for t in range(1, n):
        change[t] = close[t] / close[t - 1] - 1
    for pair in numba.prange(len(rows)):
        fast_mean, slow_mean = table[rows[pair, 0]], table[rows[pair, 1]]
        equity = peak = 1.0
        total = squares = fall = before = 0.0
        trades = wins = held = 0
        holding = False
        for t in range(slow[pair], n):
            above = fast_mean[t - 1] > slow_mean[t - 1]
            if above:
                if holding:
                    r = change[t]
                else:
                    r = kept * close[t] / opened[t] - 1
                    before = equity
                    holding = True
                held += 1
            elif holding:
                r = kept * opened[t] / close[t - 1] - 1
                holding = False
                trades += 1
                wins += equity * (1 + r) > before
            else:
                continue
            equity *= 1 + r
            total += r
            squares += r * r
            peak = max(peak, equity)
            fall = max(fall, 1 - equity / peak)
        mean = total / (n - 1)
        variance = (squares - total * mean) / (n - 2)
        out[pair, 0] = equity - 1
        out[pair, 1] = np.sqrt(periods) * mean / np.sqrt(variance) if variance > 0 else np.nan
        out[pair, 2] = fall
        out[pair, 3] = wins / trades if trades else np.nan
        out[pair, 4] = held / n
        out[pair, 5] = trades
    return out


def run_peer(bars: Bars, pairs: npt.NDArray[np.int64]) -> F64:
    """Run the peer from closes to statistics."""
    windows = np.unique(pairs)
    table = averages(bars.close, windows)
    rows = np.searchsorted(windows, pairs)
    result: F64 = peer(bars.open, bars.close, table, rows, pairs[:, 1], RULES.kept, RULES.periods_per_year)
    return result


def walk(bars: int, seed: int) -> Bars:
    """Return a geometric random walk with 1 % a bar; opens gap from the closes."""
    random = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(random.normal(0, 0.01, bars)))
    opened = np.concatenate((close[:1], close[:-1])) * np.exp(random.normal(0, 0.003, bars))
    when = np.datetime64("2000-01-01", "us") + np.arange(bars) * np.timedelta64(60, "s")
    high, low = np.maximum(opened, close), np.minimum(opened, close)
    return Bars(f"walk-{seed}", "", when, opened, high, low, close, np.ones(bars))


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds on the clock, and of all cores together; the latter hardly changes when others use the machine too."""

    wall_s: float
    cpu_s: float


def timed(work: Callable[[], Any]) -> tuple[Timing, Any]:
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return Timing(time.perf_counter() - wall, time.process_time() - cpu), result


def report(bars: Bars, pairs: int, rounds: list[tuple[Timing, Timing]]) -> dict[str, object]:
    """Return the fastest rounds and their ratios; each round is (Numba, OpenCL)."""
    walls = [(theirs.wall_s, ours.wall_s) for theirs, ours in rounds]
    cpus = [(theirs.cpu_s, ours.cpu_s) for theirs, ours in rounds]
    numba_s, opencl_s = (min(column) for column in zip(*walls, strict=True))
    numba_cpu_s, opencl_cpu_s = (min(column) for column in zip(*cpus, strict=True))
    work = bars.n_bars * pairs
    return {
        "rounds_numba_opencl_s": [[round(a, 4), round(b, 4)] for a, b in walls],
        "fastest_s": {"numba": round(numba_s, 4), "opencl": round(opencl_s, 4)},
        "least_cpu_s": {"numba": round(numba_cpu_s, 4), "opencl": round(opencl_cpu_s, 4)},
        "million_bar_pairs_per_s": {"numba": round(work / numba_s / 1e6), "opencl": round(work / opencl_s / 1e6)},
        "ratio_of_the_fastest": round(numba_s / opencl_s, 2),
        "median_ratio_of_a_round": round(float(np.median([a / b for a, b in walls])), 2),
        "ratio_of_cpu_time": round(numba_cpu_s / opencl_cpu_s, 2),
    }


def differences(bars: Bars, pairs: npt.NDArray[np.int64], sweep: Sweep, other: F64, count: int) -> tuple[float, float]:
    """Return the largest difference of each from the oracle, over ``count`` random pairs, relative to max(1, value)."""
    sums = exact_sums(bars.close)
    worst = [0.0, 0.0]
    for row in np.random.default_rng(0).choice(len(pairs), min(count, len(pairs)), replace=False):
        fast, slow = pairs[row]
        expected = run_backtest(bars, int(fast), int(slow), RULES, sums).statistics
        wanted = np.array([getattr(expected, name) for name in STATISTICS], np.float64)
        got = np.array([getattr(sweep, name)[row] for name in STATISTICS], np.float64)
        for which, values in enumerate((got, other[row])):
            worst[which] = max(worst[which], float(np.nanmax(np.abs(values - wanted) / np.maximum(1, np.abs(wanted)))))
    return worst[0], worst[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bars", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--check", type=int, default=50, help="pairs that are held to the oracle")
    parser.add_argument("--device", default="")
    parser.add_argument("--quick", action="store_true", help="a fifth of the pairs, 20,000 bars, three rounds")
    options = parser.parse_args()
    step = 5 if options.quick else 1
    bars = walk(20_000 if options.quick else options.bars, seed=1)
    pairs = np.array([(f, s) for s in range(10, 201, step) for f in range(2, 51) if f < s], np.int64)
    with open_device(options.device) as device:
        ours = partial(sweep_opencl, device, bars, pairs, RULES)
        theirs = partial(run_peer, bars, pairs)
        _, first = timed(ours)
        after_ours = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        _, other = timed(theirs)
        after_both = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        rounds = [(timed(theirs)[0], timed(ours)[0]) for _ in range(3 if options.quick else options.rounds)]
        label = device.info.label
    sweep_off, peer_off = differences(bars, pairs, first, other, options.check)
    print(
        json.dumps(
            {
                "bars": bars.n_bars,
                "pairs": len(pairs),
                "trades_per_pair": round(float(first.trades.mean()), 1),
                "device": label,
                "numba": numba.__version__,
                "threads": numba.get_num_threads(),
                "python": platform.python_version(),
                **report(bars, len(pairs), rounds),
                "peak_mib_after_opencl": after_ours // 1024,
                "peak_mib_after_both": after_both // 1024,
                "farthest_from_oracle": {"opencl": sweep_off, "numba": peer_off},
                "same_trade_counts": bool((first.trades == other[:, 5]).all()),
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
