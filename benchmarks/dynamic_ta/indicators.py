"""Every indicator at its defaults: the NumPy oracle and the device in both precisions, beside TA-Lib on one core.

    PYTHONPATH=src:. python benchmarks/dynamic_ta/indicators.py --bars 1000000 --rounds 7

The arms take turns, so that a drift of the machine meets all of them; the best of all rounds counts. A device's time
holds the way to it and back, and the checks of the input. The ratios are TA-Lib's time over the arm's.
"""

import argparse
import math
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import talib

from dynamic_engines import Device, Precision, open_device
from dynamic_ta import INDICATORS, Indicator, Lines
from dynamic_ta.indicators.model import F64

# An indicator that TA-Lib lacks is not in this table, and is timed without a ratio.
PEERS: dict[str, Callable[..., object]] = {
    "aroon": lambda *bars: (*talib.AROON(*bars), talib.AROONOSC(*bars)),
    "adx": lambda *bars: (talib.ADX(*bars), talib.PLUS_DI(*bars), talib.MINUS_DI(*bars)),
    "atr": talib.ATR,
    "bollinger": lambda close, period, width: talib.BBANDS(close, period, width, width),
    "cci": talib.CCI,
    "dema": talib.DEMA,
    "donchian": lambda high, low, period: (talib.MAX(high, period), talib.MIN(low, period)),
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


def market(bars: int) -> dict[str, F64]:
    """Return a geometric random walk with a high and a low around it."""
    rng = np.random.default_rng(1)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.001, bars)))
    reach = np.abs(rng.normal(0, 0.001, bars))
    return {
        "open": close,
        "close": close,
        "high": close * (1 + reach),
        "low": close * (1 - reach),
        "volume": np.floor(rng.lognormal(10, 1, bars)),
    }


def arms(row: Indicator, device: Device, lines: Lines) -> dict[str, Callable[[], object]]:
    """Return what is timed: the oracle, TA-Lib where it has the same, and the device where there is a kernel."""
    settings = row.defaults
    timed: dict[str, Callable[[], object]] = {"oracle": partial(row.oracle, lines, settings)}
    if row.name in PEERS:
        timed["TA-Lib"] = partial(PEERS[row.name], *lines, *settings)
    if row.kernel is not None:
        for precision in Precision:
            timed[precision.dtype.name] = partial(row.on_device, device, lines, settings, precision)
    return timed


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
        print("| indicator | oracle, ms | TA-Lib, ms | oracle | float64 | float32 |\n|---|---|---|---|---|---|")
        for row in INDICATORS:
            took = best(arms(row, device, tuple(prices[name] for name in row.inputs)), options.rounds)
            base = took.get("TA-Lib", math.nan)
            ratios = " | ".join(
                f"{base / took[name]:.3f}" if name in took else "-" for name in ("oracle", "float64", "float32")
            )
            print(f"| {row.name} | {took['oracle'] * 1000:.1f} | {base * 1000:.1f} | {ratios} |")


if __name__ == "__main__":
    main()
