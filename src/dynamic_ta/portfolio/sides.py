"""On which side a strategy wants to be at each close of one asset, and where it leaves within a bar."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from dynamic_ta.data import Bars
from dynamic_ta.data.model import F64
from dynamic_ta.portfolio.market import Market
from dynamic_ta.simulation import Account, Execution, Reason, Signals, Sizing, Trade, simulate
from dynamic_ta.simulation.terms import terms_of

Sides = npt.NDArray[np.int8]
_DECIDED = (Reason.SIGNAL, Reason.TIME)
_SMALL = 2.0**-20  # of its equity is held, so that only prices decide: no debt, no liquidation


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """What a strategy wants of one asset.

    Parameters
    ----------
    sides : int8[n_bars], at each close, from that close and those before: 1 long, -1 short, 0 neither
    exits : float64[n_bars], the price at which it leaves within the bar, before slippage; NaN for none
    """

    sides: Sides
    exits: F64


def wanted_of(bars: Bars, signals: Signals, account: Account) -> Wanted:
    """Return what the rules want, and where a stop or target is hit.

    Parameters
    ----------
    account : its stops, target, time exit, slippage and execution count; costs, size, lot and margin do not

    Notes
    -----
    Both are those of ``simulation.simulate``, so that what a rule means stands there. A stop or a target that is hit
    within bar t is an exit in it, and the side is 0 from its close on. A level counts from the fill that a simulation
    of the asset alone has; a portfolio that comes in later, by its schedule, leaves at the same price.
    """
    told = simulate(_with_one_more(bars), _longer(signals), _on_paper(account))
    ahead = 0 if account.execution == Execution.CLOSE else 1
    wanted = Wanted(np.zeros(bars.n_bars, np.int8), np.full(bars.n_bars, np.nan))
    for trade in told.trades:
        decided = trade.reason in _DECIDED
        stop = bars.n_bars if trade.open else trade.exit_bar - (ahead if decided else 0)
        wanted.sides[trade.entry_bar - ahead : stop] = trade.side
        if not (trade.open or decided) and trade.exit_bar < bars.n_bars:
            wanted.exits[trade.exit_bar] = _price(bars, trade, account)
    return wanted


def sides(bars: Bars, signals: Signals, account: Account) -> Sides:
    """Return the sides of ``wanted_of``."""
    return wanted_of(bars, signals, account).sides


def _price(bars: Bars, trade: Trade, account: Account) -> float:
    """Return the price that the fill was slipped from: the open to the bit, a level to the last digit."""
    terms, bar = terms_of(account), trade.exit_bar
    factor = terms.sell_factor if trade.side > 0 else terms.buy_factor
    opened = float(bars.open[bar])
    if opened * factor == trade.exit_price:
        return opened
    return min(max(trade.exit_price / factor, float(bars.low[bar])), float(bars.high[bar]))


def sides_on(market: Market, wanted: list[Sides]) -> Sides:
    """Return the sides of each asset's own bars on the calendar, int8[n_bars, n_assets]; 0 before its first."""
    columns = zip(wanted, market.last.T, strict=True)
    return np.stack([np.where(last >= 0, one[last], 0) for one, last in columns], axis=1).astype(np.int8)


def exits_on(market: Market, exits: list[F64]) -> F64:
    """Return the exits of each asset's own bars on the calendar, float64[n_bars, n_assets]."""
    columns = zip(exits, market.last.T, market.there.T, strict=True)
    return np.stack([np.where(there, one[last], np.nan) for one, last, there in columns], axis=1)


def _on_paper(account: Account) -> Account:
    return replace(
        account,
        initial_cash=1.0,
        fee_bps=0.0,
        buy_tax_bps=0.0,
        fee_per_trade=0.0,
        borrow_bps_per_year=0.0,
        funding_bps_per_bar=0.0,
        lot=0.0,
        leverage=1.0,
        maintenance=0.0,
        sizing=Sizing.FRACTION,
        size=_SMALL,
    )


def _with_one_more(bars: Bars) -> Bars:
    """Return the bars with one at the last close after them, at which the last decision is executed."""
    close = bars.close[-1]
    return replace(
        bars,
        time=np.append(bars.time, bars.time[-1:] + np.timedelta64(1, "us")),
        open=np.append(bars.open, close),
        high=np.append(bars.high, close),
        low=np.append(bars.low, close),
        close=np.append(bars.close, close),
        volume=np.append(bars.volume, 0.0),
    )


def _longer(signals: Signals) -> Signals:
    """Return the signals with a bar more, at which nothing is decided; without sizes, which weights replace."""
    rules = (signals.enter_long, signals.exit_long, signals.enter_short, signals.exit_short)
    first, second, third, fourth = (np.append(rule, False) for rule in rules)
    return Signals(first, second, third, fourth, _longer_line(signals.stop_distance))


def _longer_line(line: F64 | None) -> F64 | None:
    return None if line is None else np.append(line, np.nan)
