"""The OpenCL text against the NumPy decisions."""

from pathlib import Path

import numpy as np
import pytest

from dynamic_engines import Device, Precision
from dynamic_ta.data import read_bars
from dynamic_ta.strategies import EXAMPLES, RULES_HEADER, compile_strategy, load_example, signals
from dynamic_ta.strategies.model import RULES
from tests.dynamic_ta.strategies.on_device import decide


@pytest.mark.parametrize("name", EXAMPLES)
def test_in_float64_an_example_decides_on_real_prices_as_the_oracle_bit_for_bit(device: Device, name: str) -> None:
    strategy, bars = load_example(name), read_bars("sp500")
    got = decide(device, compile_strategy(strategy), bars, [{}], Precision.FLOAT64)
    expected = signals(strategy, bars)
    for n, rule in enumerate(RULES):
        np.testing.assert_array_equal(got.rules[0, :, n], getattr(expected, rule))
    for n, amount in enumerate((expected.stop_distance, expected.size)):
        np.testing.assert_array_equal(got.amounts[0, :, n], np.full(bars.n_bars, np.nan) if amount is None else amount)
    assert not got.divided.any()


def test_the_header_that_is_checked_in_is_the_text_of_an_example() -> None:
    text = (Path("kernels") / RULES_HEADER).read_text(encoding="utf-8")
    assert text.endswith(compile_strategy(load_example("sma-cross")).source)
