"""The portfolio's kernel on three assets, as the matrix asks for it."""

from functools import partial

import numpy as np

from dynamic_delivery.matrix.totals_row import PRICES, TotalsRow, case_of, days
from dynamic_engines import Device, Precision
from dynamic_engines.matrix import Case, Sample
from dynamic_engines.matrix.cases import F64
from dynamic_ta.data import Bars
from dynamic_ta.portfolio import (
    Market,
    PortfolioSimulation,
    PortfolioVariant,
    Rebalancing,
    align,
    simulate_portfolio,
    simulate_portfolios,
)
from dynamic_ta.simulation import Account, Execution, Simulations, Totals

_BARS, _ASSETS, _TABLES = 257, 3, 2
_LATE = 3  # the last asset has a bar at so many of four times
_OFTEN = 8  # bars
_LEFT, _NONE = 0.2, 0.1  # of the weights: left as they are, and 0
_VARIANTS = (
    PortfolioVariant(Account()),
    PortfolioVariant(Account(slippage_bps=2, fee_per_trade=1, lot=1), Rebalancing(21, 0.1), 1),
    PortfolioVariant(Account(execution=Execution.CLOSE, buy_tax_bps=50), Rebalancing(None, 0.2, net=0.5)),
    PortfolioVariant(Account(leverage=3, maintenance=0.3, borrow_bps_per_year=300, funding_bps_per_bar=1), table=1),
    PortfolioVariant(Account(leverage=2), Rebalancing(5, lots=(0.5, 2.0, 1.0))),
)
_TIMED_BARS, _TIMED_VARIANTS = 5_000, 64
_REAL, _WRITTEN, _OF_AN_ASSET = 8, 16, 4  # bytes; totals of a variant; a value and its sum at each close, twice


def _market(case: Case) -> Market:
    """Return the case's assets, the last without a bar at each fourth time; they are drawn of one length."""
    width, length = len(PRICES), case.inputs[0].size
    rows = [np.arange(length)] * _ASSETS
    rows[-1] = np.flatnonzero(np.arange(length) % (_LATE + 1) != _LATE)
    lines = [case.inputs[width * n : width * (n + 1)] for n in range(_ASSETS)]
    return align(
        [
            Bars(f"a{n}", "", days(length)[kept], *(line[kept] for line in prices))
            for n, (prices, kept) in enumerate(zip(lines, rows, strict=True))
        ]
    )


def _targets(market: Market) -> list[F64]:
    """Return weights at random, the same for the same length, with some left as they are and some of 0."""
    tables = []
    for seed in range(_TABLES):
        rng = np.random.default_rng([market.n_bars, seed])
        table = rng.normal(0, 0.6, (market.n_bars, market.n_assets))
        drawn = rng.random(table.shape)
        tables.append(np.where(drawn < _LEFT, np.nan, np.where(drawn > 1 - _NONE, 0.0, table)))
    return tables


def _exits(market: Market) -> list[F64 | None]:
    """Return none for the first table, and for the second a price of every eighth bar of each asset."""
    rows = np.arange(market.n_bars)[:, None] + np.arange(market.n_assets)
    prices = np.stack([bars.low[last] for bars, last in zip(market.assets, market.last.T, strict=True)], axis=1)
    return [None, np.where(market.there & (rows % _OFTEN == 0), prices, np.nan)]


def _stories(case: Case) -> list[PortfolioSimulation]:
    market = _market(case)
    targets, exits = _targets(market), _exits(market)
    return [
        simulate_portfolio(market, targets[one.table], one.account, one.rebalancing, exits[one.table])
        for one in _VARIANTS
    ]


def _oracle(case: Case) -> list[Totals]:
    return [one.totals for one in _stories(case)]


def _found(device: Device, case: Case, precision: Precision) -> Simulations:
    market = _market(case)
    return simulate_portfolios(device, market, _targets(market), _VARIANTS, precision, _exits(market))


def _timed(device: Device, share: float) -> Sample:
    rng = np.random.default_rng(1)
    bars = max(_BARS, int(_TIMED_BARS * share))
    closes = [100 * np.exp(np.cumsum(rng.normal(0, 0.01, bars))) for _ in range(_ASSETS)]
    market = _market(case_of(f"{bars} bars", closes, rng))
    variants = [PortfolioVariant(Account(), Rebalancing(1 + n)) for n in range(_TIMED_VARIANTS)]
    cells = market.n_bars * market.n_assets
    return Sample(
        f"{_TIMED_VARIANTS} variants over {bars} bars of {_ASSETS} assets",
        partial(simulate_portfolios, device, market, _targets(market)[:1], variants),
        bytes_moved=_REAL * (3 * cells + _WRITTEN * _TIMED_VARIANTS),
        operations=_OF_AN_ASSET * cells * _TIMED_VARIANTS,
    )


def _diverging(device: Device, case: Case, precision: Precision) -> str:
    found = _found(device, case, precision)
    for row, one in enumerate(_stories(case)):
        if found.totals_of(row).checksum != one.totals.checksum:
            return f"variant {row} makes other orders: {len(one.orders)} are the oracle's"
    return ""


PORTFOLIO = TotalsRow(
    kernel="portfolio/rebalance",
    done="orders'",
    rooms=("portfolio", "simulation"),
    instruments=_ASSETS,
    bars=_BARS,
    bound_source="the portfolio's promise: the oracle's bits",
    oracle=_oracle,
    found=_found,
    timed=_timed,
    diverging=_diverging,
)
