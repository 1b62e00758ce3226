"""Every indicator at its defaults: the device in both precisions and the NumPy oracle, beside TA-Lib on one core.

    PYTHONPATH=src:. python benchmarks/dynamic_ta/indicators.py --bars 1000000 --rounds 7

The arms take turns, so that a drift of the machine meets all of them; the best of all rounds counts. A device's time
holds the way to it and back, and the checks of the input. The ratios are TA-Lib's time over the arm's.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import talib

from dynamic_engines import Device, Precision, open_device
from dynamic_ta import INDICATORS, Indicator, Lines
from dynamic_ta.indicators.model import F64

PEERS: dict[str, Callable[..., object]] = {
    "atr": talib.ATR,
    "bollinger": lambda close, period, width: talib.BBANDS(close, period, width, width),
    "ema": talib.EMA,
    "macd": talib.MACD,
    "rsi": talib.RSI,
    "sma": talib.SMA,
}


def market(bars: int) -> dict[str, F64]:
    """Return a geometric random walk with a high and a low around it."""
    rng = np.random.default_rng(1)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.001, bars)))
    reach = np.abs(rng.normal(0, 0.001, bars))
    return {"close": close, "high": close * (1 + reach), "low": close * (1 - reach)}


def arms(row: Indicator, device: Device, lines: Lines) -> dict[str, Callable[[], object]]:
    """Return what is timed, the peer first."""
    peer, settings = PEERS[row.name], row.defaults
    return {
        "TA-Lib": lambda: peer(*lines, *settings),
        "oracle": lambda: row.oracle(lines, settings),
        "float64": lambda: row.on_device(device, lines, settings, Precision.FLOAT64),
        "float32": lambda: row.on_device(device, lines, settings, Precision.FLOAT32),
    }


def best(timed: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return the least seconds of each arm, after one round that warms the caches."""
    least = dict.fromkeys(timed, float("inf"))
    for number in range(rounds + 1):
        for name, call in timed.items():
            start = time.perf_counter()
            call()
            if number:
                least[name] = min(least[name], time.perf_counter() - start)
    return least


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bars", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    prices = market(options.bars)
    with open_device() as device:
        print(f"{device.info.label}, {options.bars} bars, best of {options.rounds}")
        print("| indicator | TA-Lib, ms | oracle | float64 | float32 |\n|---|---|---|---|---|")
        for row in INDICATORS:
            took = best(arms(row, device, tuple(prices[name] for name in row.inputs)), options.rounds)
            base = took["TA-Lib"]
            ratios = " | ".join(f"{base / took[name]:.2f}" for name in ("oracle", "float64", "float32"))
            print(f"| {row.name} | {base * 1000:.1f} | {ratios} |")


if __name__ == "__main__":
    main()
