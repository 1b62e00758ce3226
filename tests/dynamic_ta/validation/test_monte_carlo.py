"""Orders and draws of trades against every order and every draw there is."""

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ta.validation import SampleError
from dynamic_ta.validation import monte_carlo as module
from dynamic_ta.validation.monte_carlo import redrawn, reshuffled


def account(trades: tuple[float, ...]) -> tuple[float, float]:
    """Return wealth and largest drawdown, trade by trade."""
    wealth = peak = 1.0
    deepest = 0.0
    for trade in trades:
        wealth *= 1 + trade
        peak = max(peak, wealth)
        deepest = max(deepest, 1 - wealth / peak)
    return wealth, deepest


TRADES = np.array([0.5, -0.5, 0.2, -0.1, 0.05, -0.3])


def test_few_trades_are_tried_in_every_order() -> None:
    found = reshuffled(TRADES[:3], 6, 1)
    # By hand: of +50 %, -50 %, +20 % the loss is whole in every order, and nothing else falls.
    assert found.exact
    assert found.drawdown.tolist() == pytest.approx([0.5] * 6)
    assert found.wealth.tolist() == pytest.approx([0.9] * 6)


def test_every_order_of_six_is_that_of_the_slow_account() -> None:
    found = reshuffled(TRADES, 720, 1)
    slow = [account(order) for order in permutations(TRADES.tolist())]
    assert found.exact
    np.testing.assert_allclose(np.sort(found.drawdown), np.sort([deepest for _, deepest in slow]), rtol=1e-12)
    np.testing.assert_allclose(found.wealth, [wealth for wealth, _ in slow], rtol=1e-12)


def test_drawn_orders_have_the_distribution_of_all_orders() -> None:
    every, some = reshuffled(TRADES, 720, 1), reshuffled(TRADES, 719, 1)
    assert not some.exact
    many = np.concatenate([reshuffled(TRADES, 719, seed).drawdown for seed in range(20)])
    deviation = every.drawdown.std() / np.sqrt(many.size)
    assert abs(many.mean() - every.drawdown.mean()) < 4 * deviation
    for limit in (0.5, 0.6, 0.65):
        share = (every.drawdown > limit + 1e-9).mean()
        assert abs((many > limit + 1e-9).mean() - share) < 4 * np.sqrt(share * (1 - share) / many.size) + 1e-12


def test_draws_with_replacement_have_the_distribution_of_all_draws() -> None:
    trades = TRADES[:4]
    every = np.array([account(drawn) for drawn in product(trades.tolist(), repeat=4)])
    found = redrawn(trades, 20_000, 3)
    for values, exact in ((found.wealth, every[:, 0]), (found.drawdown, every[:, 1])):
        assert abs(values.mean() - exact.mean()) < 4 * exact.std() / np.sqrt(values.size)


@settings(deadline=None)
@given(st.lists(st.floats(-1, 3), min_size=2, max_size=12), st.integers(1, 40), st.integers(0, 2**63 - 1))
def test_an_order_changes_no_wealth_and_no_drawdown_leaves_zero_to_one(
    trades: list[float], paths: int, seed: int
) -> None:
    found = reshuffled(np.array(trades), paths, seed)
    assert found.wealth == pytest.approx(np.prod(1 + np.array(trades)), rel=1e-9, abs=1e-300)
    assert (found.drawdown >= min(0.0, *trades) * -1 - 1e-12).all()
    assert (found.drawdown <= 1).all()


def test_the_size_of_a_chunk_changes_no_path(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = [function(TRADES, 500, 9).drawdown.tolist() for function in (reshuffled, redrawn)]
    monkeypatch.setattr(module, "CHUNK", 40)
    assert [function(TRADES, 500, 9).drawdown.tolist() for function in (reshuffled, redrawn)] == whole


def test_too_few_or_broken_trades_are_refused() -> None:
    with pytest.raises(SampleError, match="give 2 or more"):
        reshuffled(np.array([0.1]), 10, 1)
    with pytest.raises(SampleError, match="nan in period 2, not a finite number"):
        redrawn(np.array([0.1, np.nan]), 10, 1)
