"""What Hypothesis draws: bars, signals and accounts of few levels, so that prices meet stops, lots and limits exactly.

Every number is a whole number of a small power of two, and so is each product and sum of the oracle: float64 then
computes without rounding, and what follows can be held to fractions as equal, not as near. A quotient is rounded to
a lot, or is the price of a liquidation.
"""

import numpy as np
from hypothesis import strategies as st

from dynamic_ta.data import Bars
from dynamic_ta.simulation import Account, AccountError, Execution, Signals, Sizing
from tests.dynamic_ta.simulation.made import ohlc

_QUARTERS = st.integers(16, 80).map(lambda quarters: quarters / 4)
_REACH = st.integers(0, 12).map(lambda quarters: quarters / 4)
_NAN = float("nan")


@st.composite
def bars(draw: st.DrawFn, longest: int = 30) -> Bars:
    """Draw bars of 4 to 20 and a little beyond, in quarters."""
    rows = draw(st.lists(st.tuples(_QUARTERS, _QUARTERS, _REACH, _REACH), min_size=1, max_size=longest))
    return ohlc(*((first, max(first, last) + up, min(first, last) - down, last) for first, last, up, down in rows))


@st.composite
def signals(draw: st.DrawFn, n: int) -> Signals:
    """Draw signals in which every combination is likely to come up."""
    often = st.lists(st.booleans(), min_size=n, max_size=n)
    seldom = st.lists(st.sampled_from([False, False, False, True]), min_size=n, max_size=n)
    distances = st.lists(st.sampled_from([_NAN, 0.25, 1.0, 2.5, -1.0]), min_size=n, max_size=n)
    sizes = st.lists(st.sampled_from([_NAN, _NAN, 0.25, 1.0, 0.0]), min_size=n, max_size=n)
    enters = [np.array(draw(often), np.bool_) for _ in range(2)]
    exits = [np.array(draw(seldom), np.bool_) for _ in range(2)]
    distance = np.array(draw(distances)) if draw(st.booleans()) else None
    size = np.array(draw(sizes)) if draw(st.booleans()) else None
    return Signals(enters[0], exits[0], enters[1], exits[1], distance, size)


@st.composite
def accounts(draw: st.DrawFn, stop_lines: bool) -> Account:
    """Draw an account that makes sense; ``stop_lines``: the signals have a distance."""
    percent = st.sampled_from([None, 6.25, 12.5, 25.0])
    sizing = draw(st.sampled_from(list(Sizing)))
    leverage = draw(st.sampled_from([1.0, 2.0, 4.0]))
    sizes = {
        Sizing.FRACTION: [value for value in (0.5, 1.0, 2.0, 4.0) if value <= leverage],
        Sizing.UNITS: [3.0, 40.0, 500.0],
        Sizing.RISK: [0.0625, 0.25],
    }[sizing]
    needs_stop = sizing is Sizing.RISK and not stop_lines
    return Account(
        initial_cash=1024,
        fee_bps=draw(st.sampled_from([0, 39.0625])),  # 1 / 256
        buy_tax_bps=draw(st.sampled_from([0, 78.125])),
        fee_per_trade=draw(st.sampled_from([0, 0.5, 2])),
        slippage_bps=draw(st.sampled_from([0, 78.125])),
        borrow_bps_per_year=draw(st.sampled_from([0, 20_000])),  # 1 / 128 a bar
        funding_bps_per_bar=draw(st.sampled_from([0, 39.0625, -39.0625])),
        lot=draw(st.sampled_from([0.5, 1, 8])),
        leverage=leverage,
        maintenance=draw(st.sampled_from([0, 0.125])),
        execution=draw(st.sampled_from(list(Execution))),
        sizing=sizing,
        size=draw(st.sampled_from(sizes)),
        stop_percent=12.5 if needs_stop else draw(percent),
        trailing_percent=draw(percent),
        target_percent=draw(percent),
        time_exit_bars=draw(st.sampled_from([None, None, 1, 3])),
        periods_per_year=256,
    )


@st.composite
def cases(draw: st.DrawFn, longest: int = 30) -> tuple[Bars, Signals, Account]:
    """Draw all three."""
    some = draw(bars(longest))
    wanted = draw(signals(some.n_bars))
    return some, wanted, draw(accounts(wanted.stop_distance is not None))


def rough_account(seed: int) -> Account:
    """Return an account of numbers that are no round ones, the same for the same seed."""
    random = np.random.default_rng(seed)

    def perhaps(low: float, high: float) -> float | None:
        return float(random.uniform(low, high)) if random.random() < 0.5 else None

    leverage = float(random.uniform(0.7, 4))
    sizing = list(Sizing)[random.integers(3)]
    size = {
        Sizing.FRACTION: random.uniform(0.2, leverage),
        Sizing.UNITS: random.uniform(1, 2000),
        Sizing.RISK: random.uniform(0.001, 0.2),
    }[sizing]
    try:
        return Account(
            initial_cash=float(random.uniform(5e3, 5e5)),
            fee_bps=float(random.uniform(0.1, 30)),
            buy_tax_bps=perhaps(0, 50) or 0.0,
            fee_per_trade=perhaps(0, 5) or 0.0,
            slippage_bps=perhaps(0, 20) or 0.0,
            borrow_bps_per_year=perhaps(0, 3000) or 0.0,
            funding_bps_per_bar=perhaps(-3, 3) or 0.0,
            lot=perhaps(0.01, 3) or 0.0,
            leverage=leverage,
            maintenance=perhaps(0.01, 0.2) or 0.0,
            execution=list(Execution)[random.integers(2)],
            sizing=sizing,
            size=float(size),
            stop_percent=perhaps(0.5, 20),
            trailing_percent=perhaps(0.5, 20),
            target_percent=perhaps(0.5, 20),
            time_exit_bars=int(random.integers(1, 40)) if random.random() < 0.3 else None,
        )
    except AccountError:  # a contradiction was drawn: draw again
        return rough_account(seed + 1_000_003)
