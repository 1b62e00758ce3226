"""An account's terms as the numbers that a bar is worked out with: the same ones for the oracle and for a device."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from dynamic_ta.simulation.account import Account, Execution, Sizing

_BPS = 10_000
_PERCENT = 100
_SIZINGS = (Sizing.FRACTION, Sizing.UNITS, Sizing.RISK)  # in the order of the kernel's numbers


@dataclass(frozen=True, slots=True)
class Terms:
    """The struct Terms of kernels/simulation/account.clh, field by field. Zero is "none" for stops and bars.

    Parameters
    ----------
    buy_fee, sell_fee : shares of the traded value
    buy_factor, sell_factor : fill / price
    carry_long, carry_short : share of the position's value that a close costs
    stop, trailing, target : shares of the price that they are counted from
    """

    cash: float
    buy_fee: float
    sell_fee: float
    per_order: float
    buy_factor: float
    sell_factor: float
    carry_long: float
    carry_short: float
    lot: float
    leverage: float
    maintenance: float
    size: float
    stop: float
    trailing: float
    target: float
    sizing: int
    time_exit_bars: int
    at_close: int


def terms_of(account: Account) -> Terms:
    """Return the terms of ``account``, each rounded once."""
    slip = account.slippage_bps / _BPS
    funding = account.funding_bps_per_bar / _BPS
    borrow = account.borrow_bps_per_year / _BPS / account.periods_per_year
    return Terms(
        cash=float(account.initial_cash),
        buy_fee=(account.fee_bps + account.buy_tax_bps) / _BPS,
        sell_fee=account.fee_bps / _BPS,
        per_order=float(account.fee_per_trade),
        buy_factor=1 + slip,
        sell_factor=1 - slip,
        carry_long=funding,
        carry_short=borrow - funding,
        lot=float(account.lot),
        leverage=float(account.leverage),
        maintenance=float(account.maintenance),
        size=float(account.size),
        stop=(account.stop_percent or 0) / _PERCENT,
        trailing=(account.trailing_percent or 0) / _PERCENT,
        target=(account.target_percent or 0) / _PERCENT,
        sizing=_SIZINGS.index(account.sizing),
        time_exit_bars=account.time_exit_bars or 0,
        at_close=int(account.execution == Execution.CLOSE),
    )


def terms_dtype(real: npt.DTypeLike) -> np.dtype[Any]:
    """Return the struct's layout, as a C compiler has it, with numbers of type ``real``."""
    return np.dtype(
        [(name, real if kind is float else np.uint32) for name, kind in Terms.__annotations__.items()], align=True
    )


def terms_table(accounts: Sequence[Account], real: npt.DTypeLike) -> npt.NDArray[Any]:
    """Return one row of the struct for each account."""
    rows = {account: astuple(terms_of(account)) for account in set(accounts)}
    return np.array([rows[account] for account in accounts], terms_dtype(real))
