"""Equity against a table by hand, fractions, and what must hold of any portfolio."""

from fractions import Fraction

import numpy as np
import pytest

from dynamic_engines import Device, KernelDomainError, Precision
from dynamic_engines.library.model import F64, Lines
from dynamic_engines.library.portfolio.drawdown import DRAWDOWN
from dynamic_engines.library.portfolio.equity import EQUITY
from dynamic_engines.library.portfolio.positions import POSITIONS


def account(weights: F64, returns: F64, fee: float) -> list[tuple[Fraction, Fraction]]:
    """Worth and turnover at each close: money in each asset, moved and traded, all by fractions."""
    worth, money, found = Fraction(1), [Fraction(0)] * weights.shape[1], []
    for wanted, moves in zip(weights.tolist(), returns.tolist(), strict=True):
        gains = [held * Fraction(move) for held, move in zip(money, moves, strict=True)]
        money = [held + gain for held, gain in zip(money, gains, strict=True)]
        worth += sum(gains)
        traded = sum(abs(Fraction(weight) * worth - held) for weight, held in zip(wanted, money, strict=True))
        turnover = traded / worth
        worth -= Fraction(fee) * traded
        money = [Fraction(weight) * worth for weight in wanted]
        # Cut to 300 bits, which is far below what is judged.
        worth = Fraction(round(worth * 2**300), 2**300)
        money = [Fraction(round(held * 2**300), 2**300) for held in money]
        found.append((worth, turnover))
    return found


def market(seed: int, bars: int, assets: int) -> Lines:
    rng = np.random.default_rng(seed)
    return rng.normal(0, 0.5, (bars, assets)), rng.normal(0, 0.02, (bars, assets)).clip(-0.1, 0.1)


@pytest.mark.parametrize("precision", Precision)
def test_a_table_by_hand(device: Device, precision: Precision) -> None:
    """Half of 1 is bought for 1/16 of it; it doubles, and is 1 of 1.5; a quarter of the account is kept of 2/3."""
    weights, returns = np.array([0.5, 0.25, 0.0]), np.array([-0.5, 1.0, -0.5])
    worth, turnover = EQUITY.on_device(device, (weights, returns), (1, 0.125), precision)
    # 1 - 0.5 / 8 = 15/16. The returns of bar 0 earn nothing.
    # 0.5 earns 1: 1.5 times, of which 1 / 1.5 is in it: 2/3 - 1/4 = 5/12 is sold, at 5/96.
    # 0.25 earns -0.5: 7/8 times, of which 1/8 / (7/8) = 1/7 is sold, at 1/56.
    exact = np.cumprod([15 / 16, 1.5 * 91 / 96, 7 / 8 * 55 / 56])
    np.testing.assert_allclose(worth, exact, rtol=2 * float(np.finfo(precision.dtype).eps))
    np.testing.assert_allclose(turnover, [1 / 2, 5 / 12, 1 / 7], rtol=8 * float(np.finfo(precision.dtype).eps))


@pytest.mark.parametrize("fee", [0.0, 2.0**-10])
@pytest.mark.parametrize(("bars", "assets"), [(1, 1), (17, 3), (300, 1), (257, 17)])
@pytest.mark.parametrize("precision", Precision)
def test_money_counted_by_fractions_agrees_within_the_bound(
    device: Device, precision: Precision, bars: int, assets: int, fee: float
) -> None:
    """Inputs that float32 holds, so that nothing hides behind what sending moves."""
    weights, returns = (line.astype(np.float32).astype(np.float64) for line in market(bars, bars, assets))
    inputs, settings = (weights.ravel(), returns.ravel()), (assets, fee)
    bounds = EQUITY.error_bound(inputs, settings, precision)
    exact = account(weights, returns, fee)
    for lines in (EQUITY.oracle(inputs, settings), EQUITY.on_device(device, inputs, settings, precision)):
        for n, (line, bound) in enumerate(zip(lines, bounds, strict=True)):
            for value, limit, right in zip(line.tolist(), np.asarray(bound).tolist(), exact, strict=True):
                assert abs(Fraction(value) - right[n]) <= Fraction(limit)


def test_what_is_held_without_trading_costs_its_purchase_only(device: Device) -> None:
    """Buying once and holding is the asset itself: a weight of 1 needs no trade to stay 1."""
    returns = np.random.default_rng(1).normal(0, 0.01, 5003)
    worth, turnover = EQUITY.on_device(device, (np.ones(5003), returns), (1, 0.01), Precision.FLOAT64)
    np.testing.assert_allclose(worth, 0.99 * np.cumprod(np.concatenate(([1.0], 1 + returns[1:]))), rtol=1e-12)
    assert turnover[0] == 1
    assert turnover[1:].max() <= 2.0**-50


def test_no_bar_knows_the_returns_that_come_after_it(device: Device) -> None:
    weights, returns = market(2, 700, 3)
    worth, _ = EQUITY.on_device(device, (weights.ravel(), returns.ravel()), (3, 0.001), Precision.FLOAT64)
    returns[400:], weights[400:] = 0.05, 0.7
    other, _ = EQUITY.on_device(device, (weights.ravel(), returns.ravel()), (3, 0.001), Precision.FLOAT64)
    np.testing.assert_array_equal(worth[:400], other[:400])
    assert worth[400] != other[400]


def test_the_order_of_assets_and_a_fee_of_nothing_change_what_they_should(device: Device) -> None:
    weights, returns = market(3, 300, 4)
    order = [2, 0, 3, 1]
    (worth, turnover), (mixed, mixed_turnover) = (
        EQUITY.on_device(device, (w.ravel(), r.ravel()), (4, 0.0), Precision.FLOAT64)
        for w, r in ((weights, returns), (weights[:, order], returns[:, order]))
    )
    np.testing.assert_allclose(worth, mixed, rtol=1e-12)
    np.testing.assert_allclose(turnover, mixed_turnover, rtol=1e-12)
    gains = 1 + (weights[:-1] * returns[1:]).sum(axis=1)
    np.testing.assert_allclose(worth[1:], np.cumprod(gains), rtol=1e-12)


def test_signals_become_positions_become_equity_become_a_drawdown(device: Device) -> None:
    """The three kernels of a backtest in a row: prices double, halve, and halve again after the exit."""
    enter, leave = np.array([1.0, 0, 0, 0]), np.array([0.0, 0, 1, 0])
    held, _ = POSITIONS.on_device(device, (enter, leave), (1, 0), Precision.FLOAT32)
    worth, _ = EQUITY.on_device(device, (held, np.array([0.0, 1, -0.5, -0.5])), (1, 0.0), Precision.FLOAT32)
    assert worth.tolist() == [1, 2, 1, 1]
    _, worst, peak_at, trough_at = DRAWDOWN.on_device(device, (worth,), (1,), Precision.FLOAT32)
    assert (worst[0], peak_at[0], trough_at[0]) == (0.5, 1, 2)


@pytest.mark.parametrize(
    ("weights", "returns", "settings", "said"),
    [
        ([1.0, 1], [0.0, -1], (1, 0.0), "the account after the gain is out of range at bar 1"),
        ([1.0, -1], [0.0, 0], (1, 0.5), "the account after the costs is out of range at bar 1"),
        ([1.0] * 40, [1.0] * 40, (1, 0.0), r"the equity is out of range at bar 33: use fewer bars: it leaves 2\*\*32"),
        ([2000.0], [0.0], (1, 0.0), "use no more than 2\\*\\*10 times the account"),
        ([1.0, 1, 1], [0.0, 0, 0], (2, 0.0), "weights has 3 values for 2 assets"),
        ([1.0], [0.0], (1, 1.0), "fee is 1.0"),
        ([1.0], [np.nan], (1, 0.0), "returns is nan at 0"),
    ],
)
def test_what_has_no_promise_is_refused(
    device: Device, weights: list[float], returns: list[float], settings: tuple[int, float], said: str
) -> None:
    with pytest.raises(KernelDomainError, match=said):
        EQUITY.on_device(device, (np.array(weights), np.array(returns)), settings, Precision.FLOAT32)


def test_five_thousand_equal_gains_in_float32_lose_two_units_at_most(device: Device) -> None:
    """Each product is rounded the same way, so an error that was dropped would be met five thousand times."""
    weight, move = float(np.float32(1 / 3)), float(np.float32(0.003))
    inputs = np.full(5003, weight), np.full(5003, move)
    worth, _ = EQUITY.on_device(device, inputs, (1, 0.0), Precision.FLOAT32)
    exact = np.exp(np.arange(5003) * np.log1p(weight * move))
    assert np.max(np.abs(worth / exact - 1)) <= 2 * 2.0**-24
