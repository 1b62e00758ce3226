"""The portfolio against the library's kernel of the same purpose, where both have the same rules."""

from collections.abc import Iterator

import numpy as np
import pytest

from dynamic_engines import Device, Precision, open_device
from dynamic_engines.library.portfolio.equity import EQUITY
from dynamic_ta.portfolio import simulate_portfolio
from dynamic_ta.simulation import Account, Execution
from tests.dynamic_ta.portfolio.drawn import market_of
from tests.dynamic_ta.simulation.made import walk


@pytest.fixture(scope="module")
def device() -> Iterator[Device]:
    with open_device() as opened:
        yield opened


@pytest.mark.parametrize("seed", range(5))
def test_weights_of_each_close_without_costs_earn_what_the_kernel_says(device: Device, seed: int) -> None:
    """Both bring positions back at each close, and earn the next return.

    The kernel takes its fee of what is traded, the portfolio counts costs into the weight, so there is none here. The
    portfolio rounds some ten times a bar, each time at most 2.5 times the equity: 300 * 10 * 2.5 * 2**-53 < 1e-12.
    """
    random = np.random.default_rng(seed)
    market = market_of(*(walk(300, seed * 10 + n) for n in range(4)))
    weights = random.normal(0, 0.4, (300, 4))
    returns = np.zeros((300, 4))
    returns[1:] = market.close[1:] / market.close[:-1] - 1
    inputs = weights.ravel(), returns.ravel()
    wanted, turnover = EQUITY.on_device(device, inputs, (4, 0.0), Precision.FLOAT64)
    bounds = EQUITY.error_bound(inputs, (4, 0.0), Precision.FLOAT64)
    account = Account(initial_cash=1, fee_bps=0, leverage=10, execution=Execution.CLOSE)
    found = simulate_portfolio(market, weights, account)
    assert (np.abs(found.equity - wanted) <= bounds[0] + 1e-12 * wanted).all()
    assert (np.abs(found.turnover - turnover) <= bounds[1] + 1e-12 * (1 + turnover)).all()
