"""A strategy, its bars and a specification in a folder, small enough to certify in a moment."""

from importlib.resources import as_file, files
from pathlib import Path

import numpy as np

from dynamic_ta.indicators.model import F64

STRATEGY = """
name = "above-mean"

[parameters]
period = { default = 5, least = 2, most = 20 }

[rules]
enter_long = "close > sma(period)"
exit_long = "close < sma(period)"
"""

SPEC = """
name = "tried"
strategy = "strategy.toml"

[[data]]
source = "bars.csv"
licence = "CC0-1.0"

[parity]
devices = ["Portable"]

[envelope]
max_drawdown = { most = 0.9 }
"""


def write_bars(path: Path, close: F64) -> None:
    """Write daily bars whose open is the close before, and whose range holds both."""
    before = np.concatenate((close[:1], close[:-1]))
    days = np.datetime64("2020-01-01") + np.arange(close.size)
    rows = zip(days.astype(str), before.tolist(), close.tolist(), strict=True)
    lines = [f"{day},{a!r},{max(a, b)!r},{min(a, b)!r},{b!r},100" for day, a, b in rows]
    path.write_text("\n".join(["date,open,high,low,close,volume", *lines]) + "\n")


def walk(seed: int = 1, bars: int = 300) -> F64:
    return np.asarray(100 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0.0005, 0.02, bars))))


def write_spec(folder: Path, spec: str = SPEC, strategy: str = STRATEGY) -> Path:
    """Write all three, and return the specification's path."""
    write_bars(folder / "bars.csv", walk())
    (folder / "strategy.toml").write_text(strategy)
    (folder / "spec.toml").write_text(spec)
    return folder / "spec.toml"


_KERNELS = (
    "simulation/simulate.cl",
    "simulation/account.clh",
    "simulation/lanes.clh",
    "simulation/words.clh",
    "strategies/rules.clh",
    "strategies/lines.clh",
    "common/real.clh",
    "common/bits.clh",
    "common/lanes.clh",
    "common/panel.clh",
    "common/steps.clh",
    "common/turn.clh",
    "panels/sma.cl",
)


def copy_kernels(folder: Path) -> None:
    """Copy the kernel of the simulation, and what it includes, to ``folder``."""
    for name in _KERNELS:
        source = files("kernels")
        for part in name.split("/"):
            source = source.joinpath(part)
        with as_file(source) as path:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(path.read_bytes())
