"""What a portfolio's simulation sums up as it goes; the statistics follow from it."""

from dataclasses import dataclass, field

from dynamic_ta.simulation import Totals

# Those of dynamic_ta.simulation.checksum, which knows one position at a time.
_FACTOR = 0x9E3779B97F4A7C15
_MODULUS = 2**64


@dataclass(slots=True)
class Sums:
    """The totals so far, and for each asset what its open trade paid and got.

    Parameters
    ----------
    equity : at the last close, the initial cash before the first
    flow, invested : of each asset's open trade: what it got less what it paid; the value that was put in
    banked : of each asset's closed trades: what they earned
    paid : fees, borrow and funding of each asset
    """

    equity: float
    n_assets: int
    flow: list[float] = field(init=False)
    invested: list[float] = field(init=False)
    banked: list[float] = field(init=False)
    paid: list[float] = field(init=False)
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
    checksum: int = 0

    def __post_init__(self) -> None:
        self.peak = self.equity
        self.flow, self.invested, self.banked, self.paid = ([0.0] * self.n_assets for _ in range(4))

    def order(self, t: int, i: int, value: float, fee: float, buys: bool, enlarges: bool, flat: bool) -> None:
        """Take in one order; ``flat``: it leaves no position."""
        self.traded += value
        self.flow[i] = self.flow[i] - value if buys else self.flow[i] + value
        self.pay(i, fee)
        if enlarges:
            self.invested[i] += value
        word = 1 + 2 * (t * self.n_assets + i) + (0 if buys else 1)
        self.checksum = (self.checksum * _FACTOR + word) % _MODULUS
        if flat:
            self._close(i)

    def pay(self, i: int, amount: float) -> None:
        """Take in a cost of asset i."""
        self.flow[i] -= amount
        self.paid[i] += amount
        self.costs += amount

    def mark(self, t: int, equity: float, holds: bool) -> None:
        """Take in the equity at the close of bar t, as a simulation of one instrument does."""
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

    def totals(self, open_positions: int) -> Totals:
        """Return the totals; ``side`` is the number of open positions."""
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
            side=open_positions,
            checksum=self.checksum,
        )

    def _close(self, i: int) -> None:
        net = self.flow[i]
        self.closed += 1
        if net > 0:
            self.wins += 1
            self.won += net
        else:
            self.lost += net
        self.ratios += net / self.invested[i]
        self.banked[i] += net
        self.flow[i] = self.invested[i] = 0.0
