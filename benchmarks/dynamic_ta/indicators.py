"""Every indicator at its defaults over a panel and over one series, beside TA-Lib's C: on one core, and on all.

    PYTHONPATH=src:. python benchmarks/dynamic_ta/indicators.py
    PYTHONPATH=src:. python benchmarks/dynamic_ta/indicators.py --series 8 --bars 20000 --rounds 3 --only ema,macd

TA-Lib loops over the series, in the process's own thread. One core is a part of the OpenCL device, so that all arms
run in one process and take turns: a drift of the machine meets all of them. What counts is the median over the rounds
of TA-Lib's time over the arm's, so that above 1 is faster than TA-Lib. CPU time is that of all threads; the clock,
which is what more cores are for, means something on a quiet machine only. An arm's time holds the checks of the input,
and its results go to memory that it used before, or for ``new`` to new memory. On the first and the last series each
result is held to the oracle's, bit for bit.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import talib

from dynamic_engines import Device, open_device
from dynamic_ta import INDICATORS, Indicator, Lines, Panel
from dynamic_ta.indicators.model import F64


def _donchian(high: F64, low: F64, period: int) -> tuple[F64, F64, F64]:
    upper, lower = talib.MAX(high, period), talib.MIN(low, period)
    return upper, (upper + lower) / 2, lower


# An indicator that TA-Lib lacks is not in this table, and is timed without a ratio.
PEERS: dict[str, Callable[..., object]] = {
    "adx": lambda *bars: (talib.ADX(*bars), talib.PLUS_DI(*bars), talib.MINUS_DI(*bars)),
    "aroon": lambda *bars: (*talib.AROON(*bars), talib.AROONOSC(*bars)),
    "atr": talib.ATR,
    "bollinger": lambda close, period, width: talib.BBANDS(close, period, width, width),
    "cci": talib.CCI,
    "dema": talib.DEMA,
    "donchian": _donchian,
    "ema": talib.EMA,
    "kama": talib.KAMA,
    "linreg": lambda close, period: (talib.LINEARREG(close, period), talib.LINEARREG_SLOPE(close, period)),
    "macd": talib.MACD,
    "mfi": talib.MFI,
    "mom": talib.MOM,
    "natr": talib.NATR,
    "obv": talib.OBV,
    "psar": talib.SAR,
    "roc": talib.ROC,
    "rsi": talib.RSI,
    "sma": talib.SMA,
    "stddev": talib.STDDEV,
    "stoch": lambda high, low, close, *periods: talib.STOCH(
        high, low, close, fastk_period=periods[0], slowk_period=periods[1], slowd_period=periods[2]
    ),
    "stochrsi": lambda close, *periods: talib.STOCHRSI(
        close, timeperiod=periods[0], fastk_period=periods[1], fastd_period=periods[2]
    ),
    "tema": talib.TEMA,
    "trix": talib.TRIX,
    "ultosc": talib.ULTOSC,
    "willr": talib.WILLR,
    "wma": talib.WMA,
}
_PEER = "TA-Lib"


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of all threads, and on the clock."""

    cpu_s: float
    wall_s: float


def market(series: int, bars: int) -> dict[str, F64]:
    """Return geometric random walks with a high and a low around each, float64[series, bars]."""
    rng = np.random.default_rng(1)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.001, (series, bars)), axis=1))
    reach = np.abs(rng.normal(0, 0.001, close.shape))
    volume = np.floor(rng.lognormal(10, 1, close.shape))
    return {
        "open": close,
        "close": close,
        "high": close * (1 + reach),
        "low": close * (1 - reach),
        "volume": volume,
    }


def loop(row: Indicator, lines: Lines) -> list[object]:
    """Let TA-Lib compute series after series, and keep what it gives."""
    return [PEERS[row.name](*bars, *row.defaults) for bars in zip(*lines, strict=True)]


def arms(row: Indicator, one: Device, every: Device, lines: Lines) -> dict[str, Callable[[], object]]:
    """Return what is timed, each with its program compiled."""
    out = tuple(np.empty(lines[0].shape) for _ in row.outputs)
    alone, wide = Panel.of(one, row), Panel.of(every, row)
    timed: dict[str, Callable[[], object]] = {
        "one core": partial(alone.compute, lines, row.defaults, out),
        "one core, new": partial(alone.compute, lines, row.defaults),
        "all cores": partial(wide.compute, lines, row.defaults, out),
    }
    if row.name in PEERS:
        timed[_PEER] = partial(loop, row, lines)
    return timed


def measured(timed: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[Spent]]:
    """Return what each arm spent in each round, after one that warms the caches."""
    spent: dict[str, list[Spent]] = {name: [] for name in timed}
    for number in range(rounds + 1):
        for name, call in timed.items():
            cpu, wall = time.process_time(), time.perf_counter()
            kept = call()
            took = Spent(time.process_time() - cpu, time.perf_counter() - wall)
            del kept
            if number:
                spent[name].append(took)
    return spent


def check(row: Indicator, devices: tuple[Device, ...], lines: Lines) -> None:
    """Raise AssertionError where a panel is not the oracle's, bit for bit."""
    for device in devices:
        got = Panel.of(device, row).compute(lines, row.defaults)
        for at in {0, len(lines[0]) - 1}:
            want = row.oracle(tuple(line[at] for line in lines), row.defaults)
            for line, wanted in zip(got, want, strict=True):
                np.testing.assert_array_equal(line[at], wanted, err_msg=row.name)


def summary(spent: dict[str, list[Spent]], values: int) -> dict[str, dict[str, float]]:
    """Return for each arm its nanoseconds a bar, and TA-Lib's time over its own: the medians of the rounds."""
    told: dict[str, dict[str, float]] = {}
    for name, rounds in spent.items():
        told[name] = {"ns": 1e9 / values * statistics.median(one.cpu_s for one in rounds)}
        if _PEER in spent:
            pairs = list(zip(spent[_PEER], rounds, strict=True))
            told[name]["cpu"] = statistics.median(peer.cpu_s / ours.cpu_s for peer, ours in pairs)
            told[name]["clock"] = statistics.median(peer.wall_s / ours.wall_s for peer, ours in pairs)
    return told


def table(title: str, rows: dict[str, dict[str, dict[str, float]]]) -> str:
    """Return the figures of one shape of input as a Markdown table."""
    lines = [
        f"{title}: CPU ns a bar; TA-Lib's time over ours by CPU time, and of all cores by the clock",
        "",
        "| indicator | TA-Lib, ns | one core, ns | one core | one core, new memory | all cores, clock |",
        "|---|---|---|---|---|---|",
    ]
    for name, told in rows.items():
        ns = [f"{told[arm]['ns']:.2f}" if arm in told else "-" for arm in (_PEER, "one core")]
        cells = (("one core", "cpu"), ("one core, new", "cpu"), ("all cores", "clock"))
        ratios = [f"{told[arm][kind]:.2f}" if kind in told[arm] else "-" for arm, kind in cells]
        lines.append(f"| {' | '.join((name, *ns, *ratios))} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=int, default=64)
    parser.add_argument("--bars", type=int, default=100_000)
    parser.add_argument("--alone", type=int, default=1_000_000, help="bars of the single series")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", default="", help="names, with commas between")
    parser.add_argument("--device", default="")
    parser.add_argument("--json", type=Path, help="a file for the figures")
    options = parser.parse_args()
    chosen = [row for row in INDICATORS if row.panel and (not options.only or row.name in options.only.split(","))]
    document: dict[str, object] = {"schema": "dynamic.benchmark.indicators/1", "rounds": options.rounds}
    with ExitStack() as stack:
        every = stack.enter_context(open_device(options.device))
        one = stack.enter_context(every.parts(1)[0])
        document["device"], document["cores"] = every.info.label, every.info.compute_units
        print(f"{every.info.label}, {every.info.compute_units} cores, {options.rounds} rounds")
        for series, bars in ((options.series, options.bars), (1, options.alone)):
            prices = market(series, bars)
            told = {}
            for row in chosen:
                lines = tuple(prices[name] for name in row.inputs)
                check(row, (one, every), lines)
                told[row.name] = summary(measured(arms(row, one, every, lines), options.rounds), series * bars)
            print(f"\n{table(f'{series} x {bars:,} bars', told)}")
            document[f"{series} x {bars}"] = told
    if options.json:
        options.json.write_text(json.dumps(document, indent=2))


if __name__ == "__main__":
    main()
