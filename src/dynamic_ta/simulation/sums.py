"""What a simulation sums up as it goes, of one instrument or of many: its totals and statistics follow from it."""

from dataclasses import dataclass, field

from dynamic_ta.simulation.checksum import EMPTY
from dynamic_ta.simulation.model import Totals


@dataclass(slots=True)
class Sums:
    """The totals so far, and where the equity was highest.

    Parameters
    ----------
    equity : at the last close, the initial cash before the first
    """

    equity: float
    peak: float = field(init=False)
    peak_bar: int = -1
    fall: float = 0.0
    fall_peak: int = -2
    fall_bars: int = 0
    returns: float = 0.0
    squares: float = 0.0
    losses: float = 0.0
    equities: float = 0.0
    traded: float = 0.0
    costs: float = 0.0
    won: float = 0.0
    lost: float = 0.0
    ratios: float = 0.0
    closed: int = 0
    wins: int = 0
    held: int = 0
    unfilled: int = 0
    checksum: int = EMPTY

    def __post_init__(self) -> None:
        self.peak = self.equity

    def close(self, net: float, invested: float) -> None:
        """Take in a closed trade: what it earned, and the value that was put in."""
        self.closed += 1
        if net > 0:
            self.wins += 1
            self.won += net
        else:
            self.lost += net
        self.ratios += net / invested

    def mark(self, t: int, equity: float, holds: bool) -> None:
        """Take in the equity at the close of bar t, and whether there is a position."""
        self.held += holds
        if t > 0 and self.equity > 0 and equity != self.equity:
            change = equity / self.equity - 1
            self.returns += change
            self.squares += change * change
            if change < 0:
                self.losses += change * change
        self.equity = equity
        self.equities += equity
        if equity >= self.peak:
            self.peak, self.peak_bar = equity, t
            return
        fall = 1 - equity / self.peak
        if fall > self.fall:
            self.fall, self.fall_peak = fall, self.peak_bar
        if self.fall_peak == self.peak_bar:
            self.fall_bars = t - self.peak_bar

    def totals(self, side: int) -> Totals:
        """Return the totals; ``side`` is that of the open position, or how many are open."""
        return Totals(
            equity=self.equity,
            returns=self.returns,
            squares=self.squares,
            losses=self.losses,
            equities=self.equities,
            fall=self.fall,
            traded=self.traded,
            costs=self.costs,
            won=self.won,
            lost=self.lost,
            ratios=self.ratios,
            fall_bars=self.fall_bars,
            trades=self.closed,
            wins=self.wins,
            held=self.held,
            unfilled=self.unfilled,
            divided=0,
            side=side,
            checksum=self.checksum,
        )
