"""The first decision in which a sweep and its oracle differ. The device keeps a checksum only, so it is searched."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from dynamic_ta.backtest import Rules, Trade, checksum_of, run_backtest
from dynamic_ta.data import Bars

# A sweep of one pair: (bars, fast, slow) -> the checksum of its trades.
Swept = Callable[[Bars, int, int], int]
_OTHER = "has other trades"


@dataclass(frozen=True, slots=True)
class Divergence:
    """At the open of ``bar`` the oracle did one thing and the device another."""

    fast: int
    slow: int
    bar: int
    oracle: str
    device: str

    def __str__(self) -> str:
        return f"windows {self.fast}/{self.slow}, bar {self.bar}: the oracle {self.oracle}, the device {self.device}"


def first_divergence(swept: Swept, bars: Bars, fast: int, slow: int, rules: Rules) -> Divergence | None:
    """Return where the checksums of ``swept`` and of the oracle part; None if they agree over all of ``bars``.

    Notes
    -----
    A checksum is that of the decisions so far, so once it differs over the first n bars, it differs over more. The
    smallest such n is bisected: O(log n_bars) sweeps. If the device errs only on the whole series, n is the whole.
    """

    def differs(n: int) -> bool:
        return swept(_first(bars, n), fast, slow) != checksum_of(_trades(bars, n, fast, slow, rules))

    if not differs(bars.n_bars):
        return None
    low, high = slow, bars.n_bars  # fewer bars than the window have no decision
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if differs(middle) else (middle + 1, high)
    before = _trades(bars, high - 1, fast, slow, rules)
    words = _words(before, high - 1)
    oracle, device = checksum_of(_trades(bars, high, fast, slow, rules)), swept(_first(bars, high), fast, slow)
    return Divergence(fast, slow, high - 1, words.get(oracle, _OTHER), words.get(device, _OTHER))


def _words(before: tuple[Trade, ...], bar: int) -> dict[int, str]:
    """Return what a checksum says that was that of ``before`` one bar ago."""
    if before and before[-1].open:
        acted, does = (*before[:-1], replace(before[-1], exit_bar=bar, open=False)), "sells"
    else:
        acted, does = (*before, Trade(bar, bar, 0.0, 0.0, 0.0, open=True)), "buys"
    return {checksum_of(before): "does nothing", checksum_of(acted): does}


def _trades(bars: Bars, n: int, fast: int, slow: int, rules: Rules) -> tuple[Trade, ...]:
    return run_backtest(_first(bars, n), fast, slow, rules).trades if n >= slow else ()


def _first(bars: Bars, n: int) -> Bars:
    lines = {name: getattr(bars, name)[:n] for name in ("time", "open", "high", "low", "close", "volume")}
    return replace(bars, **lines)
