"""What each asset's open trade paid and got, and the sums of the whole."""

from dataclasses import dataclass, field

from dynamic_ta.simulation.sums import Sums

# Those of dynamic_ta.simulation.checksum, which knows one position at a time.
_FACTOR = 0x9E3779B97F4A7C15
_MODULUS = 2**64


@dataclass(slots=True)
class Ledger:
    """The trades of every asset.

    Parameters
    ----------
    flow, invested : of each asset's open trade: what it got less what it paid; the value that was put in
    banked : of each asset's closed trades: what they earned
    paid : fees, borrow and funding of each asset
    """

    sums: Sums
    n_assets: int
    flow: list[float] = field(init=False)
    invested: list[float] = field(init=False)
    banked: list[float] = field(init=False)
    paid: list[float] = field(init=False)

    def __post_init__(self) -> None:
        self.flow, self.invested, self.banked, self.paid = ([0.0] * self.n_assets for _ in range(4))

    def order(self, t: int, i: int, value: float, fee: float, buys: bool, enlarges: bool, flat: bool) -> None:
        """Take in one order; ``flat``: it leaves no position."""
        sums = self.sums
        sums.traded += value
        self.flow[i] = self.flow[i] - value if buys else self.flow[i] + value
        self.pay(i, fee)
        if enlarges:
            self.invested[i] += value
        word = 1 + 2 * (t * self.n_assets + i) + (0 if buys else 1)
        sums.checksum = (sums.checksum * _FACTOR + word) % _MODULUS
        if flat:
            sums.close(self.flow[i], self.invested[i])
            self.banked[i] += self.flow[i]
            self.flow[i] = self.invested[i] = 0.0

    def pay(self, i: int, amount: float) -> None:
        """Take in a cost of asset i."""
        self.flow[i] -= amount
        self.paid[i] += amount
        self.sums.costs += amount
