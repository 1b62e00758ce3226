"""The device has the oracle's bits: every total that the statistics follow from, and a checksum of every order."""

from collections.abc import Iterator
from dataclasses import astuple, replace
from struct import pack

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_engines import Device, Precision, open_device
from dynamic_ta.portfolio import PortfolioVariant, Rebalancing, TargetsError, simulate_portfolio, simulate_portfolios
from dynamic_ta.portfolio import device as device_module
from dynamic_ta.simulation import Account, AccountError, Totals, UnsupportedDeviceError
from tests.dynamic_ta.portfolio.drawn import Draft, market_of, rough
from tests.dynamic_ta.simulation.made import flat, walk

FREE = Account(initial_cash=1000, fee_bps=0)


@pytest.fixture(scope="module")
def device() -> Iterator[Device]:
    with open_device() as opened:
        yield opened


def bits(totals: Totals) -> list[int | bytes]:
    """Return whole numbers as they are, and the bytes of floats: 0.0 is not -0.0 then."""
    return [pack("<d", value) if isinstance(value, float) else int(value) for value in astuple(totals)]


def variant_of(draft: Draft, table: int = 0) -> PortfolioVariant:
    return PortfolioVariant(draft.account, draft.rebalancing, table)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_any_portfolio_has_the_oracles_bits(device: Device, seed: int) -> None:
    draft = rough(seed)
    found = simulate_portfolios(device, draft.market, [draft.targets], [variant_of(draft)], exits=[draft.exits])
    wanted = draft.told()
    assert bits(found.totals_of(0)) == bits(wanted.totals)
    assert repr(found.statistics(0)) == repr(wanted.statistics)


def test_many_variants_over_many_bars_have_the_oracles_bits(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    """Periods, bands, costs and three tables, in batches of 7."""
    monkeypatch.setattr(device_module, "_AT_ONCE", 7)
    market = market_of(*(walk(250, n) for n in range(3)))
    random = np.random.default_rng(5)
    tables = [random.normal(0, 0.4, (250, 3)) for _ in range(3)]
    account = replace(FREE, initial_cash=1e5, fee_bps=5, slippage_bps=2, borrow_bps_per_year=300, leverage=2, lot=0.1)
    variants = [
        PortfolioVariant(replace(account, fee_per_trade=fee), Rebalancing(every, band), table)
        for every, band in ((1, None), (21, 0.1), (None, 0.3))
        for fee in (0.0, 1.0)
        for table in range(3)
    ]
    found = simulate_portfolios(device, market, tables, variants)
    assert found.n_variants == 18
    for row, one in enumerate(variants):
        wanted = simulate_portfolio(market, tables[one.table], one.account, one.rebalancing)
        assert bits(found.totals_of(row)) == bits(wanted.totals)
    assert len(set(found.totals["equity"].tolist())) == 18


def test_float32_is_near_where_no_decision_is(device: Device) -> None:
    draft = replace(rough(3, gaps=False), account=replace(FREE, fee_bps=10), rebalancing=Rebalancing(every=5))
    found = simulate_portfolios(
        device, draft.market, [draft.targets], [variant_of(draft)], Precision.FLOAT32, [draft.exits]
    )
    assert found.totals["checksum"][0] == draft.told().totals.checksum
    assert found.totals["equity"][0] == pytest.approx(draft.told().totals.equity, rel=1e-4)


def test_what_does_not_fit_is_refused(device: Device) -> None:
    market, targets = market_of(flat(1, 1)), np.ones((2, 1))
    one = PortfolioVariant(FREE)
    wrong = {
        "0 variants": ([targets], []),
        "table 1 of 1": ([targets], [replace(one, table=1)]),
        "targets are": ([targets[:1]], [one]),
        "2 lots": ([targets], [replace(one, rebalancing=Rebalancing(lots=(1.0, 1.0)))]),
    }
    for message, (tables, variants) in wrong.items():
        with pytest.raises(TargetsError, match=message):
            simulate_portfolios(device, market, tables, variants)
    for exits, message in (([None, None], "exits of 2 tables for 1"), ([np.full((2, 1), 9.0)], "an exit of a0 at 9")):
        with pytest.raises(TargetsError, match=message):
            simulate_portfolios(device, market, [targets], [one], exits=exits)
    with pytest.raises(AccountError):
        simulate_portfolios(device, market, [targets], [replace(one, account=replace(FREE, stop_percent=3))])
    single = device.like()
    single.info = replace(single.info, fp64=False)
    with pytest.raises(UnsupportedDeviceError):
        simulate_portfolios(single, market, [targets], [one])
