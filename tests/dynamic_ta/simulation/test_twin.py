"""The oracle against a twin that is written otherwise and computes in fractions, and what must always hold."""

import math
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ta.data import Bars
from dynamic_ta.simulation import Account, Reason, Signals, Simulation, Trade, checksum_of, simulate
from tests.dynamic_ta.simulation.drawn import cases, rough_account
from tests.dynamic_ta.simulation.made import ohlc, random_signals, walk
from tests.dynamic_ta.simulation.twin import Deal, told

SEEDS = st.integers(0, 2**32 - 1)


def acts(trade: Trade) -> tuple[int, int, int, Reason]:
    return trade.side, trade.entry_bar, trade.exit_bar, trade.reason


def deeds(deal: Deal) -> tuple[int, int, int, Reason]:
    return deal.side, deal.entry_bar, deal.exit_bar, deal.reason


def exact(*numbers: float) -> list[Fraction]:
    return [Fraction(number) for number in numbers]


@settings(deadline=None, max_examples=50)
@given(cases())
def test_every_trade_and_every_equity_is_that_of_the_fractions(case: tuple[Bars, Signals, Account]) -> None:
    """Equal, not near: see ``drawn``. A liquidation's price is a quotient, so nothing is equal after one."""
    result, twin = simulate(*case), told(*case)
    certain = len(result.equity)
    for trade, deal in zip(result.trades, twin.stories, strict=False):
        assert acts(trade) == deeds(deal)
        assert exact(trade.entry_price, trade.quantity) == [deal.entry, deal.quantity]
        if trade.reason is Reason.LIQUIDATION:
            assert trade.exit_price == pytest.approx(float(deal.exit), rel=1e-12)
            certain = trade.exit_bar
            break
        gross = deal.side * deal.quantity * (deal.exit - deal.entry)
        assert exact(trade.exit_price, trade.costs, trade.gross) == [deal.exit, deal.costs, gross]
    else:
        assert len(result.trades) == len(twin.stories)
    assert result.equity[:certain].tolist() == twin.equity[:certain]


@settings(deadline=None, max_examples=4)
@given(SEEDS)
def test_a_random_walk_tells_the_same_story_in_fractions(seed: int) -> None:
    bars, signals, account = walk(120, seed), random_signals(120, seed), rough_account(seed)
    result, twin = simulate(bars, signals, account), told(bars, signals, account)
    assert [acts(trade) for trade in result.trades] == [deeds(deal) for deal in twin.stories]
    cent = 1e-9 * account.initial_cash
    assert result.equity.tolist() == pytest.approx([float(value) for value in twin.equity], rel=1e-9, abs=cent)
    for trade, deal in zip(result.trades, twin.stories, strict=True):
        assert trade.quantity == pytest.approx(float(deal.quantity), rel=1e-9)
        assert trade.exit_price == pytest.approx(float(deal.exit), rel=1e-9)
        assert trade.costs == pytest.approx(float(deal.costs), rel=1e-9, abs=cent)


def rough(seed: int, n: int = 300) -> tuple[Bars, Signals, Account, Simulation]:
    bars, signals, account = walk(n, seed), random_signals(n, seed, rate=0.2), rough_account(seed)
    return bars, signals, account, simulate(bars, signals, account)


@settings(deadline=None, max_examples=15)
@given(SEEDS)
def test_what_the_trades_earned_is_what_the_account_gained(seed: int) -> None:
    _, _, account, result = rough(seed)
    gained = math.fsum(trade.net for trade in result.trades)
    assert result.equity[-1] - account.initial_cash == pytest.approx(gained, rel=1e-9, abs=1e-8 * account.initial_cash)
    assert result.totals.costs == pytest.approx(math.fsum(trade.costs for trade in result.trades), rel=1e-9, abs=1e-9)
    assert result.totals.checksum == checksum_of(result.trades)


@settings(deadline=None, max_examples=15)
@given(SEEDS)
def test_cash_and_position_are_the_equity_at_each_close(seed: int) -> None:
    """Cash from the trades alone; what a position has cost so far without carry is known, so carry is left out."""
    bars, signals, account, _ = rough(seed)
    account = replace(account, borrow_bps_per_year=0, funding_bps_per_bar=0)
    result = simulate(bars, signals, account)
    expected = np.full(bars.n_bars, account.initial_cash)
    for trade in result.trades:
        buys = trade.side > 0
        fee = account.fee_bps / 1e4 + (account.buy_tax_bps / 1e4 if buys else 0)
        paid = trade.quantity * trade.entry_price * fee + account.fee_per_trade
        held = slice(trade.entry_bar, None if trade.open else trade.exit_bar)
        expected[held] += trade.side * trade.quantity * (bars.close[held] - trade.entry_price) - paid
        if not trade.open:
            expected[trade.exit_bar :] += trade.net
    np.testing.assert_allclose(result.equity, expected, rtol=1e-9, atol=1e-8 * account.initial_cash)


@settings(deadline=None, max_examples=15)
@given(SEEDS)
def test_trades_follow_each_other_and_pay_within_the_bars(seed: int) -> None:
    bars, _, account, result = rough(seed)
    slip = account.slippage_bps / 1e4
    for before, after in pairwise(result.trades):
        assert before.exit_bar <= after.entry_bar
        assert not before.open
    for trade in result.trades:
        assert trade.quantity > 0
        assert bars.low[trade.exit_bar] * (1 - slip) <= trade.exit_price * (1 + 1e-12)
        assert trade.exit_price <= bars.high[trade.exit_bar] * (1 + slip) * (1 + 1e-12)


@settings(deadline=None, max_examples=12)
@given(SEEDS, st.integers(1, 299))
def test_what_comes_later_leaves_the_past_as_it_was(seed: int, cut: int) -> None:
    bars, signals, account, whole = rough(seed)
    rows = zip(*(line[:cut].tolist() for line in (bars.open, bars.high, bars.low, bars.close)), strict=True)
    assert signals.stop_distance is not None
    assert signals.size is not None
    lines = (signals.enter_long, signals.exit_long, signals.enter_short, signals.exit_short)
    first = [line[:cut] for line in lines]
    part = simulate(
        ohlc(*rows),
        Signals(first[0], first[1], first[2], first[3], signals.stop_distance[:cut], signals.size[:cut]),
        account,
    )
    assert part.equity.tolist() == whole.equity[:cut].tolist()
    closed = [trade for trade in part.trades if not trade.open]
    assert closed == list(whole.trades[: len(closed)])


@settings(deadline=None, max_examples=12)
@given(SEEDS, st.sampled_from([2.0**-10, 2.0**7]))
def test_another_currency_changes_no_decision(seed: int, unit: float) -> None:
    """All amounts of money times a power of two: every price, profit and equity is that many times what it was."""
    bars, signals, account, before = rough(seed)
    rows = zip(*((line * unit).tolist() for line in (bars.open, bars.high, bars.low, bars.close)), strict=True)
    assert signals.stop_distance is not None
    after = simulate(
        ohlc(*rows),
        replace(signals, stop_distance=signals.stop_distance * unit),
        replace(account, initial_cash=account.initial_cash * unit, fee_per_trade=account.fee_per_trade * unit),
    )
    assert [acts(trade) for trade in after.trades] == [acts(trade) for trade in before.trades]
    assert (after.equity / unit).tolist() == before.equity.tolist()


def test_a_checksum_tells_bars_sides_and_reasons_apart() -> None:
    def trade(entry: int, exit_: int, side: int = 1, reason: Reason = Reason.SIGNAL) -> Trade:
        return Trade(entry, exit_, 1, 1, side, 1, 0, 0, 0, reason)

    lists = [
        [],
        [trade(0, 1)],
        [trade(0, 2)],
        [trade(1, 2)],
        [trade(0, 1, -1)],
        [trade(0, 1, reason=Reason.STOP)],
        [trade(0, 1, reason=Reason.END)],
        [trade(0, 1), trade(1, 2)],
        [trade(0, 2), trade(1, 1)],
    ]
    assert len({checksum_of(one) for one in lists}) == len(lists)
    assert checksum_of([trade(0, 1, reason=Reason.END)]) == checksum_of([trade(0, 5, reason=Reason.END)])
