"""The portfolio's kernel, as the matrix asks for it: a value is a variant here, not a bar."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import partial

import numpy as np

from dynamic_engines import Buffers, Device, Maths, Precision
from dynamic_engines.matrix import Case, Lines, Sample, bars_of, series
from dynamic_engines.matrix.cases import F64, Rng
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
from dynamic_ta.simulation import Account, Execution, Totals

_PRICES = ("open", "high", "low", "close", "volume")
# What files of prices may hold, and two that are refused: no product with them fits float64.
_SERIES = ("walk", "flat", "ramp", "cancelling", "spike", "subnormal", "huge")
_LENGTHS = (1, 2, 3, 64, 257, 1009)
_BARS, _ASSETS, _TABLES = 257, 3, 2
_LATE = 3  # the last asset has a bar at so many of four times
_LEFT, _NONE = 0.2, 0.1  # of the weights: left as they are, and 0
_VARIANTS = (
    PortfolioVariant(Account()),
    PortfolioVariant(Account(slippage_bps=2, fee_per_trade=1, lot=1), Rebalancing(21, 0.1), 1),
    PortfolioVariant(Account(execution=Execution.CLOSE, buy_tax_bps=50), Rebalancing(None, 0.2, net=0.5)),
    PortfolioVariant(Account(leverage=3, maintenance=0.3, borrow_bps_per_year=300, funding_bps_per_bar=1), table=1),
    PortfolioVariant(Account(leverage=2), Rebalancing(5, lots=(0.5, 2.0, 1.0))),
)
_TOTALS = tuple(field.name for field in fields(Totals) if field.name != "checksum")
_TIMED_BARS, _TIMED_VARIANTS = 5_000, 64
_REAL, _WRITTEN, _OF_AN_ASSET = 8, 16, 4  # bytes; totals of a variant; a value and its sum at each close, twice


@dataclass(frozen=True, slots=True)
class PortfolioRow:
    """``portfolio/rebalance`` on three assets: each total, and a checksum of every order."""

    kernel: str = "portfolio/rebalance"
    outputs: tuple[str, ...] = (*_TOTALS, "orders' checksum, high", "orders' checksum, low")
    precisions: tuple[Precision, ...] = (Precision.FLOAT64,)
    maths: Maths = Maths.STRICT
    bound_source: str = "the portfolio's promise: the oracle's bits"

    @property
    def host_code(self) -> tuple[str, ...]:
        return "src/dynamic_engines/*.py", "src/dynamic_ta/portfolio/*.py", "src/dynamic_ta/simulation/*.py"

    def cases(self, rng: Rng, precision: Precision) -> Iterator[Case]:
        for bars in _LENGTHS:
            yield _case(f"walk of {bars} bars", [series(precision)["walk"](rng, bars) for _ in range(_ASSETS)], rng)
        for name in _SERIES:
            yield _case(f"{name} of {_BARS} bars", [series(precision)[name](rng, _BARS) for _ in range(_ASSETS)], rng)

    def expected(self, case: Case) -> Lines:
        return tuple(np.array([_values(one.totals) for one in _oracle(case)], np.float64).T)

    def computed(self, device: Device, case: Case, precision: Precision) -> Lines:
        market = _market(case)
        found = simulate_portfolios(device, market, _targets(market), _VARIANTS, precision)
        rows = [_values(found.totals_of(row)) for row in range(found.n_variants)]
        return tuple(np.array(rows, np.float64).T)

    def bounds(self, case: Case, precision: Precision) -> tuple[float | F64, ...]:  # noqa: ARG002
        return (0.0,) * len(self.outputs)

    def sample(self, device: Device, memory: Buffers, precision: Precision, share: float) -> Sample:  # noqa: ARG002
        """Simulations as a caller does them, so ``memory`` holds nothing."""
        rng = np.random.default_rng(1)
        bars = max(_BARS, int(_TIMED_BARS * share))
        closes = [100 * np.exp(np.cumsum(rng.normal(0, 0.01, bars))) for _ in range(_ASSETS)]
        market = _market(_case(f"{bars} bars", closes, rng))
        variants = [PortfolioVariant(Account(), Rebalancing(1 + n)) for n in range(_TIMED_VARIANTS)]
        cells = market.n_bars * market.n_assets
        return Sample(
            f"{_TIMED_VARIANTS} variants over {bars} bars of {_ASSETS} assets",
            partial(simulate_portfolios, device, market, _targets(market)[:1], variants),
            bytes_moved=_REAL * (3 * cells + _WRITTEN * _TIMED_VARIANTS),
            operations=_OF_AN_ASSET * cells * _TIMED_VARIANTS,
        )

    def first_divergence(self, device: Device, case: Case, precision: Precision) -> str:
        """Of the first variant whose orders are others."""
        market = _market(case)
        found = simulate_portfolios(device, market, _targets(market), _VARIANTS, precision)
        for row, one in enumerate(_oracle(case)):
            if found.totals_of(row).checksum != one.totals.checksum:
                return f"variant {row} makes other orders: {len(one.orders)} are the oracle's"
        return ""


def _case(name: str, closes: list[F64], rng: Rng) -> Case:
    assets = [bars_of(close, rng) for close in closes]
    return Case(name, tuple(bars[wanted] for bars in assets for wanted in _PRICES), ())


def _market(case: Case) -> Market:
    """Return the case's assets, the last without a bar at each fourth time; they are drawn of one length."""
    width = len(_PRICES)
    length = case.inputs[0].size
    days = np.datetime64("2000-01-01", "us") + np.arange(length) * np.timedelta64(1, "D")
    rows = [np.arange(length)] * _ASSETS
    rows[-1] = np.flatnonzero(np.arange(length) % (_LATE + 1) != _LATE)
    lines = [case.inputs[width * n : width * (n + 1)] for n in range(_ASSETS)]
    return align(
        [
            Bars(f"a{n}", "", days[kept], *(line[kept] for line in prices))
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


def _oracle(case: Case) -> list[PortfolioSimulation]:
    market = _market(case)
    targets = _targets(market)
    return [simulate_portfolio(market, targets[one.table], one.account, one.rebalancing) for one in _VARIANTS]


def _values(totals: Totals) -> tuple[float, ...]:
    """Return each total, and both halves of the checksum: a float64 holds 53 bits."""
    numbers = (float(getattr(totals, name)) for name in _TOTALS)
    return (*numbers, float(totals.checksum >> 32), float(totals.checksum & 0xFFFFFFFF))
