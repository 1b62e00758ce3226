"""What trading costs, what it may borrow, how much is bought, and when a position is closed without a signal."""

from dataclasses import dataclass
from enum import StrEnum

from dynamic_ta.simulation.errors import AccountError
from dynamic_ta.simulation.model import LARGEST, Signals

_BPS = 10_000
_PERCENT = 100
_MOST_LEVERAGE = 1000
_MOST_BARS = 2**30


class Execution(StrEnum):
    """Where a decision is executed."""

    NEXT_OPEN = "next_open"
    CLOSE = "close"


class Sizing(StrEnum):
    """What ``Account.size`` is."""

    FRACTION = "fraction"  # of the equity that is put into the position, costs of the entry included; 1 is all of it
    UNITS = "units"  # of the instrument
    RISK = "risk"  # fraction of the equity that is lost at the nearest stop, costs aside


@dataclass(frozen=True, slots=True)
class Account:
    """The terms of one account.

    Parameters
    ----------
    initial_cash : quote currency, above zero
    fee_bps : basis points of the traded value, at each entry and at each exit, 0 <= fee_bps < 10000
    buy_tax_bps : so much more where is bought (a stamp duty), to open a long or to close a short
    fee_per_trade : quote currency, more for each order
    slippage_bps : every fill is so much worse for the trader than the price it is made at, 0 <= slippage_bps < 10000
    borrow_bps_per_year : of a short's value, a bar's part at each close that it is held at
    funding_bps_per_bar : of the position's signed value at each close: a long pays, a short gets it; may be negative
    lot : units; quantities are rounded down to a multiple. 0: any quantity
    leverage : value at entry, costs included, is at most so many times the equity; a larger quantity is cut to it
    maintenance : share of the position's value; at an equity of that or less it is closed, 0 <= maintenance < 1
    execution : a decision at the close of bar t is executed at the open of t+1, or at that close
    sizing, size : how much is bought, see ``Sizing``
    stop_percent, trailing_percent, target_percent : from the entry's fill, or its best price since; None: none
    time_exit_bars : closed so many bars after the entry; None: never
    periods_per_year : bars in a year, 252 for daily bars

    Raises
    ------
    AccountError : a value out of its range, or two that contradict each other
    """

    initial_cash: float = 100_000.0
    fee_bps: float = 5.0
    buy_tax_bps: float = 0.0
    fee_per_trade: float = 0.0
    slippage_bps: float = 0.0
    borrow_bps_per_year: float = 0.0
    funding_bps_per_bar: float = 0.0
    lot: float = 0.0
    leverage: float = 1.0
    maintenance: float = 0.0
    execution: Execution = Execution.NEXT_OPEN
    sizing: Sizing = Sizing.FRACTION
    size: float = 1.0
    stop_percent: float | None = None
    trailing_percent: float | None = None
    target_percent: float | None = None
    time_exit_bars: int | None = None
    periods_per_year: float = 252.0

    def __post_init__(self) -> None:
        self._check_costs()
        self._check_margin()
        self._check_exits()

    def check(self, signals: Signals) -> None:
        """Return if the signals have what the sizing needs.

        Raises
        ------
        AccountError : sizing by risk without any stop
        """
        if self.sizing == Sizing.RISK and not self.has_stop and signals.stop_distance is None:
            raise AccountError(
                "sizing by risk without a stop", "give stop_percent, trailing_percent or a stop distance"
            )

    @property
    def has_stop(self) -> bool:
        return self.stop_percent is not None or self.trailing_percent is not None

    def _check_costs(self) -> None:
        _above_zero("initial_cash", self.initial_cash, "quote currency")
        _above_zero("periods_per_year", self.periods_per_year, "bars, 252 for daily ones")
        for name in ("fee_bps", "buy_tax_bps", "slippage_bps"):
            if not 0 <= getattr(self, name) < _BPS:
                raise AccountError(f"{name} of {getattr(self, name)}", "give 0 <= bps < 10000")
        for name in ("fee_per_trade", "borrow_bps_per_year"):
            if not 0 <= getattr(self, name) <= LARGEST:
                raise AccountError(f"{name} of {getattr(self, name)}", "give zero or more")
        if self.lot != 0:
            _above_zero("lot", self.lot, "units, or 0 for any quantity")
        if not -_BPS < self.funding_bps_per_bar < _BPS:
            raise AccountError(f"funding_bps_per_bar of {self.funding_bps_per_bar}", "give -10000 < bps < 10000")

    def _check_margin(self) -> None:
        if not 0 < self.leverage <= _MOST_LEVERAGE:
            raise AccountError(f"leverage of {self.leverage}", f"give 0 < leverage <= {_MOST_LEVERAGE}; 1 is no credit")
        for name, value, kind in (("sizing", self.sizing, Sizing), ("execution", self.execution, Execution)):
            if value not in tuple(kind):
                raise AccountError(f"{name} {value!r} is unknown", f"choose one of {', '.join(kind)}")
        _above_zero("size", self.size, "a fraction of the equity, units or a risk")
        if not 0 <= self.maintenance < 1:
            raise AccountError(f"maintenance of {self.maintenance}", "give a share, 0 <= maintenance < 1")
        if self.maintenance * self.leverage >= 1:
            raise AccountError(
                f"maintenance of {self.maintenance} at a leverage of {self.leverage} is reached at the entry",
                "keep their product below 1",
            )
        if self.sizing == Sizing.FRACTION and self.size > self.leverage:
            raise AccountError(
                f"a size of {self.size} times the equity is over the leverage of {self.leverage}",
                "raise the leverage or lower the size",
            )
        if self.sizing == Sizing.RISK and self.size >= 1:
            raise AccountError(f"a risk of {self.size} of the equity a trade", "give a fraction below 1, such as 0.01")

    def _check_exits(self) -> None:
        for name in ("stop_percent", "trailing_percent"):
            value = getattr(self, name)
            if value is not None:
                self._check_stop(name, value)
        if self.target_percent is not None:
            _above_zero("target_percent", self.target_percent, "percent from the entry")
        if self.time_exit_bars is not None and not 1 <= self.time_exit_bars <= _MOST_BARS:
            raise AccountError(f"time_exit_bars of {self.time_exit_bars}", f"give 1 to {_MOST_BARS}")

    def _check_stop(self, name: str, percent: float) -> None:
        if not 0 < percent < _PERCENT:
            raise AccountError(f"{name} of {percent}", "give 0 < percent < 100")
        slip, stop = self.slippage_bps / _BPS, percent / _PERCENT
        if (1 + slip) * (1 - stop) >= 1 or (1 - slip) * (1 + stop) <= 1:
            raise AccountError(
                f"{name} of {percent} lies within the slippage of {self.slippage_bps} bps, so it is hit at the entry",
                "widen the stop",
            )


def _above_zero(name: str, value: float, unit: str) -> None:
    if not 1 / LARGEST <= value <= LARGEST:
        raise AccountError(f"{name} of {value}", f"give a number above zero ({unit})")
