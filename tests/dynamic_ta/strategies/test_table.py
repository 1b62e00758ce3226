"""The table of lines: what each variant reads is what it would read alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ta.strategies import (
    Strategy,
    StrategyError,
    bind,
    compile_strategy,
    load_example,
    longest_warm_up,
    warm_up,
)
from dynamic_ta.strategies.bind import bound_read
from dynamic_ta.strategies.lines import Lines
from tests.dynamic_ta.strategies.expressions import strategies
from tests.dynamic_ta.strategies.markets import walk

_VARIANTS: list[dict[str, float]] = [{}, {"bars": 1, "level": 0.5}, {"bars": 5}, {"level": 3.25}, {"bars": 1}]


@settings(deadline=None, max_examples=25)
@given(strategies, st.integers(0, 1000))
def test_each_variant_finds_the_lines_that_it_would_compute_alone(strategy: Strategy, seed: int) -> None:
    bars, fused = walk(90, seed), compile_strategy(strategy)
    try:
        table = fused.table(bars, _VARIANTS)
    except StrategyError:
        return
    assert len(set(table.names)) == len(table.names)
    for n, variant in enumerate(_VARIANTS):
        values = bind(strategy, variant).values
        assert table.params[n].tolist() == [values["bars"], values["level"]]
        for k, line in enumerate(fused.lines):
            alone = Lines(bars, "alone")(bound_read(line, values))
            np.testing.assert_array_equal(table.lines[table.rows[n, k]], alone)


@settings(deadline=None, max_examples=25)
@given(strategies)
def test_the_longest_warm_up_is_that_of_the_slowest_variant(strategy: Strategy) -> None:
    try:
        longest = longest_warm_up(strategy, _VARIANTS)
    except StrategyError:
        return
    assert longest == max(warm_up(strategy, variant) for variant in _VARIANTS)


def test_a_line_is_there_once_however_many_variants_read_it() -> None:
    table = compile_strategy(load_example("sma-cross")).table(
        walk(300), [{"fast": fast, "slow": slow} for fast in range(2, 20) for slow in range(10, 30)]
    )
    assert sorted(table.names) == sorted(f"sma(close, {bars})" for bars in range(2, 30))
    assert table.lines.shape == (28, 300)


def test_no_variants_are_refused() -> None:
    with pytest.raises(StrategyError, match="sma-cross is given no variants"):
        compile_strategy(load_example("sma-cross")).table(walk(200), [])
