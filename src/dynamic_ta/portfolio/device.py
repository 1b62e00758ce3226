"""Many variants of a portfolio on an OpenCL device, with the oracle's bits in float64."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from dynamic_engines import Buffer, Buffers, Device, Precision, build, load_kernel
from dynamic_ta.data.model import F64
from dynamic_ta.portfolio.errors import TargetsError
from dynamic_ta.portfolio.market import Market
from dynamic_ta.portfolio.model import Rebalancing, check_account, check_exits, check_targets
from dynamic_ta.simulation import Account, Simulations, UnsupportedDeviceError
from dynamic_ta.simulation.device import totals_dtype
from dynamic_ta.simulation.statistics import summarise
from dynamic_ta.simulation.terms import terms_of

_AT_ONCE = 1 << 14
_FIELDS = 5  # of kernels/portfolio/rebalance.cl
_NUMBERS = (
    *("cash", "buy_fee", "sell_fee", "per_order", "buy_factor", "sell_factor", "carry_long", "carry_short"),
    *("leverage", "maintenance"),
)


@dataclass(frozen=True, slots=True)
class PortfolioVariant:
    """One portfolio of many on the same market.

    Parameters
    ----------
    table : which of the tables of targets
    """

    account: Account
    rebalancing: Rebalancing = field(default_factory=Rebalancing)
    table: int = 0


def simulate_portfolios(
    device: Device,
    market: Market,
    targets: Sequence[F64],
    variants: Sequence[PortfolioVariant],
    precision: Precision = Precision.FLOAT64,
    exits: Sequence[F64 | None] = (),
) -> Simulations:
    """Simulate each variant.

    Parameters
    ----------
    targets : tables, each as ``simulate_portfolio`` takes it: of a look-back or a way to weigh each, say
    exits : of each table, as ``simulate_portfolio`` takes them; none at all: nowhere

    Returns
    -------
    Simulations, in the order of the variants; in float64 each total has the bits of ``simulate_portfolio``

    Raises
    ------
    TargetsError : no variant, a table or exits that do not fit the market, or a table that is not there
    AccountError : an account that ``simulate_portfolio`` refuses
    UnsupportedDeviceError : the device has no float64
    EngineError : the device has no room, or failed

    Notes
    -----
    O(n_variants * n_bars * n_assets). Memory on the device: 16 bytes a bar and asset for each table, 17 for the market,
    and 264 a variant and 48 for each of its assets, of 16,384 variants at a time; in float32 about half.
    """
    _check(device, market, targets, variants, precision)
    prices = _exits(market, targets, exits)
    with device.buffers() as memory:
        shared = _shared(memory, market, targets, prices, precision)
        batches = (variants[first : first + _AT_ONCE] for first in range(0, len(variants), _AT_ONCE))
        totals = np.concatenate([_launch(device, shared, market, batch, precision) for batch in batches])
    columns = {name: totals[name] for name in totals.dtype.names or ()}
    initial = np.array([one.account.initial_cash for one in variants])
    periods = np.array([one.account.periods_per_year for one in variants])
    return Simulations(totals, summarise(columns, market.n_bars, initial, periods))


def _check(
    device: Device, market: Market, targets: Sequence[F64], variants: Sequence[PortfolioVariant], precision: Precision
) -> None:
    if precision is Precision.FLOAT64 and not device.info.fp64:
        raise UnsupportedDeviceError(
            f"{device.info.label} does not compute in float64", "choose another one from './dynamic devices'"
        )
    if not variants:
        raise TargetsError("0 variants", "give at least one")
    for account in {one.account for one in variants}:
        check_account(account)
    for table in targets:
        check_targets(market, table, Rebalancing())
    for one in variants:
        if not 0 <= one.table < len(targets):
            raise TargetsError(f"table {one.table} of {len(targets)}", "give a variant a table that there is")
        if one.rebalancing.lots:
            check_targets(market, targets[one.table], one.rebalancing)


def _exits(market: Market, targets: Sequence[F64], exits: Sequence[F64 | None]) -> list[F64]:
    if exits and len(exits) != len(targets):
        raise TargetsError(f"exits of {len(exits)} tables for {len(targets)}", "give those of each table, or none")
    found = [np.full_like(table, np.nan) for table in targets]
    for n, given in enumerate(exits):
        if given is not None:
            check_exits(market, given)
            found[n] = given
    return found


def _shared(
    memory: Buffers, market: Market, targets: Sequence[F64], exits: Sequence[F64], precision: Precision
) -> tuple[Buffer, ...]:
    """Upload what every variant reads."""
    opens = np.where(market.there, market.open, market.close)
    return (
        _upload(memory, "open", opens, precision),
        _upload(memory, "close", market.close, precision),
        memory.upload("there", np.ascontiguousarray(market.there, np.uint8), np.uint8, 2),
        _upload(memory, "targets", np.concatenate(targets), precision),
        _upload(memory, "exits", np.concatenate(exits), precision),
    )


def _launch(
    device: Device,
    shared: tuple[Buffer, ...],
    market: Market,
    variants: Sequence[PortfolioVariant],
    precision: Precision,
) -> npt.NDArray[Any]:
    program = build(device, load_kernel("portfolio/rebalance"), {"REAL_BITS": precision.bits})
    items, real = len(variants), precision.dtype
    lots = np.array([one.rebalancing.lots or (one.account.lot,) * market.n_assets for one in variants], np.float64)
    terms = _terms(variants, real)
    with device.buffers() as passing:
        totals = passing.empty((items,), totals_dtype(real))
        program.run(
            items,
            *(np.uint32(value) for value in (items, market.n_bars, market.n_assets)),
            *shared,
            _upload(passing, "lots", lots, precision),
            passing.upload("accounts", terms, terms.dtype),
            passing.empty((items, _FIELDS * market.n_assets), real),
            totals,
            local=1,
        )
        return passing.download(totals)


def _terms(variants: Sequence[PortfolioVariant], real: npt.DTypeLike) -> npt.NDArray[Any]:
    """Return the struct Terms of kernels/portfolio/rebalance.cl for each variant."""
    counts = [(name, np.uint32) for name in ("every", "at_close", "table")]
    numbers = [(name, real) for name in (*_NUMBERS, "band", "net")]
    rows = np.zeros(len(variants), np.dtype([*numbers, *counts], align=True))
    for row, one in zip(rows, variants, strict=True):
        terms, rules = terms_of(one.account), one.rebalancing
        for name in (*_NUMBERS, "at_close"):
            row[name] = getattr(terms, name)
        row["band"] = -1 if rules.band is None else rules.band
        row["net"] = -1 if rules.net is None else rules.net
        row["every"] = rules.every or 0
        row["table"] = one.table
    return rows


def _upload(memory: Buffers, name: str, numbers: F64, precision: Precision) -> Buffer:
    """Upload numbers that may be NaN, which ``Buffers`` takes only as bits."""
    bits = np.ascontiguousarray(numbers, precision.dtype).view(f"u{precision.dtype.itemsize}")
    return memory.upload(name, bits, bits.dtype, 2)
