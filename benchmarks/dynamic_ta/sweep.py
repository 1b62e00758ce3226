"""The sweep on OpenCL beside a hand-fused Numba loop and others: ratio, memory, and whether all agree with the oracle.

Run it with the locked packages on the path:  PYTHONPATH=src:. python benchmarks/dynamic_ta/sweep.py --quick

The work is 10,000 pairs (fast 2 to 50 below slow 10 and up) over 100,000 bars: a random walk, or with --dense closes
around one price, which cross their averages all the time. The peer is one parallel pass per pair over averages that
are computed once per window, with the same five statistics, the same fees and the same executions; fastmath is off on
both sides. Rounds take turns, so that a drift of the machine meets both, and the fastest round of each counts.
Compilation is not timed; everything else is, from closes to statistics.

NumPy, vectorbt and backtesting.py run on some of the pairs, and their time is multiplied by what is left out, which
their output calls scaled. The last two want another pandas, and so an environment of their own:

    python -m venv peers && peers/bin/pip install --require-hashes -r benchmarks/dynamic_ta/peers.lock
    PYTHONPATH=src:. python benchmarks/dynamic_ta/sweep.py --peers peers/bin/python

--growth FILE.svg measures growth with bars, pairs, assets and devices instead, and peak memory, each in a process of
its own. A device is a part of one core, and the devices share the pairs.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from itertools import repeat
from pathlib import Path
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
from benchmarks.dynamic_ta import peers_numpy

from dynamic_engines import Device, Precision, open_device
from dynamic_engines.library.roofs import Roof, multiply_add, triad
from dynamic_engines.library.stage import Stage
from dynamic_ta.backtest import Rules, Sweep, run_backtest, sweep_cost, sweep_opencl
from dynamic_ta.backtest.signals import exact_sums
from dynamic_ta.data import Bars
from dynamic_ta.data.model import F64

RULES = Rules(fee_bps=5)
_EXTERNAL = Path(__file__).with_name("peers_external.py")
_SETTLE_S = 0.05  # the threads of Numba turn for about 10 ms when their work is done, waiting for more
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


def walk(bars: int, seed: int, dense: bool = False) -> Bars:
    """Return a geometric random walk with 1 % a bar, or closes 1 % around 100 (dense); opens gap from the closes."""
    random = np.random.default_rng(seed)
    change = random.normal(0, 0.01, bars)
    close = 100 * np.exp(change if dense else np.cumsum(change))
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
    time.sleep(_SETTLE_S)
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


def first_pairs(count: int) -> npt.NDArray[np.int64]:
    """Return the first ``count`` pairs of fast 2 to 50 below slow 10 and up, slow after slow."""
    slowest = 60 + count // 49
    pairs = [(f, s) for s in range(10, slowest) for f in range(2, 51) if f < s]
    return np.array(pairs[:count], np.int64)


def roof_of(device: Device, rounds: int) -> Roof:
    """Measure memory and multiply-adds in float64, as the sweep computes."""
    with device.buffers() as memory:
        stage = Stage(device, memory, Precision.FLOAT64)
        moving, moved = triad(stage, 1 << 22)
        adding, added = multiply_add(stage, 20_000)
        spent = [(timed(moving.launch)[0].wall_s, timed(adding.launch)[0].wall_s) for _ in range(rounds + 1)]
    return Roof(moved.bytes_moved / min(a for a, _ in spent), added.operations / min(b for _, b in spent))


def roofline(roof: Roof, bars: int, pairs: npt.NDArray[np.int64], seconds: float) -> dict[str, object]:
    """Return which bound the least work has, and the share of it that was reached."""
    cost = sweep_cost(bars, np.unique(pairs).size, len(pairs))
    return {
        "gb_per_s": round(roof.bytes_per_s / 1e9, 1),
        "gflop_per_s": round(roof.operations_per_s / 1e9, 1),
        "bytes": cost.bytes_moved,
        "operations": cost.operations,
        "bound": roof.bound_by(cost),
        "percent": round(100 * roof.seconds(cost) / seconds, 1),
    }


def with_numpy(bars: Bars, pairs: npt.NDArray[np.int64], some: npt.NDArray[np.intp], sweep: Sweep) -> dict[str, object]:
    """Time NumPy on ``some`` rows of ``pairs``; the averages are of all windows, and are not scaled."""
    windows = np.unique(pairs)
    whole = timed(lambda: peers_numpy.averages(bars.close, windows))[0]
    part, found = timed(lambda: peers_numpy.sweep(bars, pairs[some], RULES))
    scale = len(pairs) / some.size
    off = max(
        float(np.nanmax(np.abs(found[:, n] - np.asarray(getattr(sweep, name)[some], np.float64))))
        for n, name in enumerate(STATISTICS)
    )
    return {
        "pairs": some.size,
        "scaled_s": round(whole.wall_s + scale * part.wall_s, 1),
        "scaled_cpu_s": round(whole.cpu_s + scale * part.cpu_s, 1),
        "farthest_from_the_sweep": off,
    }


def with_other(
    python: str, peer: str, bars: Bars, pairs: npt.NDArray[np.int64], some: npt.NDArray[np.intp], rounds: int
) -> dict[str, object]:
    """Time ``peer`` on ``some`` rows of ``pairs`` in its environment, and hold its trades to the oracle's."""
    with tempfile.TemporaryDirectory(prefix="peers-") as folder:
        work = Path(folder) / "work.npz"
        np.savez(
            work,
            pairs=pairs[some],
            fee=RULES.fee_bps / 1e4,
            periods=RULES.periods_per_year,
            open=bars.open,
            high=bars.high,
            low=bars.low,
            close=bars.close,
        )
        bare = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        out = subprocess.run(
            [python, str(_EXTERNAL), peer, str(work), str(rounds)], check=True, stdout=subprocess.PIPE, env=bare
        )
    told = json.loads(out.stdout.splitlines()[-1])
    same, worst = True, 0.0
    for (fast, slow), (bars_sum, count, total_return) in zip(pairs[some].tolist(), told["pairs"], strict=True):
        result = run_backtest(bars, fast, slow, Rules(0))
        closed = [trade for trade in result.trades if not trade.open]
        same &= (sum(trade.entry_bar + trade.exit_bar for trade in closed), len(closed)) == (bars_sum, count)
        if total_return is not None:
            wanted = result.statistics.total_return
            worst = max(worst, abs(total_return - wanted) / max(1, abs(wanted)))
    scale = len(pairs) / some.size
    return {
        "pairs": some.size,
        "scaled_s": round(scale * told["wall_s"], 1),
        "scaled_cpu_s": round(scale * told["cpu_s"], 1),
        "same_trades_as_the_oracle": same,
        "total_return_without_fees_off_by": worst if peer == "vectorbt" else None,
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


def measure(options: argparse.Namespace) -> None:
    """Print one JSON document of one series."""
    bars = walk(20_000 if options.quick else options.bars, seed=1, dense=options.dense)
    pairs = first_pairs(2_000 if options.quick else options.pairs)
    rounds = 3 if options.quick else options.rounds
    with open_device(options.device) as device:
        ours = partial(sweep_opencl, device, bars, pairs, RULES)
        theirs = partial(run_peer, bars, pairs)
        _, first = timed(ours)
        after_ours = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        _, other = timed(theirs)
        after_both = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        taken = [(timed(theirs)[0], timed(ours)[0]) for _ in range(rounds)]
        roof = roof_of(device, rounds)
        label = device.info.label
    sweep_off, peer_off = differences(bars, pairs, first, other, options.check)
    some = np.random.default_rng(0).permutation(len(pairs))
    others: dict[str, object] = {"numpy": with_numpy(bars, pairs, some[:40], first)}
    if options.peers:
        others["vectorbt"] = with_other(options.peers, "vectorbt", bars, pairs, some[:40], 3)
        others["backtesting.py"] = with_other(options.peers, "backtesting", bars, pairs, some[:2], 1)
    document = {
        "bars": bars.n_bars,
        "pairs": len(pairs),
        "series": "dense" if options.dense else "walk",
        "trades_per_pair": round(float(first.trades.mean()), 1),
        "device": label,
        "numba": numba.__version__,
        "threads": numba.get_num_threads(),
        "python": platform.python_version(),
        **report(bars, len(pairs), taken),
        "roofline": roofline(roof, bars.n_bars, pairs, min(ours.wall_s for _, ours in taken)),
        "other_peers": others,
        "peak_mib_after_opencl": after_ours // 1024,
        "peak_mib_after_both": after_both // 1024,
        "farthest_from_oracle": {"opencl": sweep_off, "numba": peer_off},
        "same_trade_counts": bool((first.trades == other[:, 5]).all()),
        "recomputed_by_the_oracle": int(first.recomputed.sum()),
    }
    print(json.dumps(document, indent=2))


@dataclass(frozen=True, slots=True)
class Size:
    """One point of the growth: ``over`` says of which axis.

    Parameters
    ----------
    side : as many fast and as many slow windows
    assets : series, one after the other
    cores : how many parts of the device, of one core each, share the pairs; 0 is the device as it is
    """

    over: str
    bars: int
    side: int
    assets: int = 1
    cores: int = 0


def sizes(quick: bool, cores: int) -> list[Size]:
    """Return what is measured for the growth."""
    shrink = 10 if quick else 1
    return [
        *(Size("bars", 12_500 * 2**n // shrink, 100) for n in range(6)),
        *(Size("pairs", 20_000 // shrink, side) for side in (32, 100, 316)),
        *(Size("assets", 20_000 // shrink, 32, assets=2**n) for n in range(5)),
        *(Size("devices", 100_000 // shrink, 100, cores=count) for count in range(1, cores + 1)),
    ]


def grown(size: Size, device: str) -> dict[str, Any]:
    """Measure side * side pairs of windows up to 633 in this process."""
    fast, slow = (np.unique(np.linspace(a, a + 315, size.side).astype(np.int64)) for a in (2, 318))
    pairs = np.stack(np.meshgrid(fast, slow), axis=-1).reshape(-1, 2)
    assets = [walk(size.bars, seed) for seed in range(1, size.assets + 1)]
    with open_device(device) as whole, ThreadPoolExecutor(max(size.cores, 1)) as threads:
        opened = whole.parts(1)[: size.cores] if size.cores else (whole,)
        shares = np.array_split(pairs, len(opened))

        def work() -> None:
            for series in assets:
                list(threads.map(sweep_opencl, opened, repeat(series), shares, repeat(RULES)))

        for one in opened:
            sweep_opencl(one, assets[0], pairs[:1], RULES)
        bare = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        spent = [timed(work)[0] for _ in range(3)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "over": size.over,
        "bars": size.bars,
        "pairs": len(pairs),
        "assets": size.assets,
        "devices": len(opened),
        "cpu_s": min(one.cpu_s for one in spent),
        "wall_s": min(one.wall_s for one in spent),
        "bare_mib": bare,
        "peak_mib": peak,
    }


def growth(options: argparse.Namespace) -> None:
    """Measure over bars, pairs, assets and devices, each size in a process of its own, print the rows and draw them."""
    with open_device(options.device) as opened:
        cores = opened.info.compute_units
    rows = []
    for size in sizes(options.quick, cores):
        argv = [sys.executable, __file__, "--one", json.dumps(asdict(size)), "--device", options.device]
        out = subprocess.run(argv, check=True, stdout=subprocess.PIPE)
        rows.append(json.loads(out.stdout))
    print(json.dumps({"schema": "dynamic.benchmark.sweep-growth/2", "rows": rows}, indent=2))
    draw(rows, options.growth)


def draw(rows: list[dict[str, Any]], path: Path) -> None:
    """Draw processor seconds over bars, pairs and assets, the clock over devices, and peak memory over pairs."""
    import altair as alt  # only for the plot

    def side(over: str, name: str, title: str) -> Any:
        chosen = [row for row in rows if row["over"] == over]
        data = alt.Data(values=chosen)  # type: ignore[no-untyped-call]
        fixed = "pairs" if over == "bars" else "bars"
        x = (
            alt.X(f"{over}:Q")
            .scale(type="linear" if over == "devices" else "log")
            .axis(values=[row[over] for row in chosen], format="~s")
        )
        x = x.title(f"{over}, at {chosen[0][fixed]:,} {fixed}")
        zero = name != "cpu_s"
        y = alt.Y(f"{name}:Q").scale(type="linear" if zero else "log", zero=zero).title(title)
        return alt.Chart(data, width=220, height=220).mark_line(point=True).encode(x, y)

    seconds = "processor seconds, all cores"
    parts = (
        side("bars", "cpu_s", seconds),
        side("pairs", "cpu_s", seconds),
        side("pairs", "peak_mib", "peak memory, MiB"),
        side("assets", "cpu_s", seconds),
        side("devices", "wall_s", "seconds by the clock, devices of one core"),
    )
    alt.hconcat(*parts).save(str(path))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bars", type=int, default=100_000)
    parser.add_argument("--pairs", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--check", type=int, default=50, help="pairs that are held to the oracle")
    parser.add_argument("--device", default="")
    parser.add_argument("--dense", action="store_true", help="a series that trades all the time")
    parser.add_argument(
        "--peers", default="", metavar="PYTHON", help="an interpreter with benchmarks/dynamic_ta/peers.lock"
    )
    parser.add_argument("--growth", type=Path, metavar="SVG", help="measure growth and memory instead, and draw it")
    parser.add_argument("--one", type=json.loads, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="a fifth of the pairs, 20,000 bars, three rounds")
    options = parser.parse_args()
    if options.one:
        print(json.dumps(grown(Size(**options.one), options.device)))
    elif options.growth:
        growth(options)
    else:
        measure(options)


if __name__ == "__main__":
    main()
