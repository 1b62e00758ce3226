"""What a sweep must do at least, counted by hand."""

from dynamic_engines import Cost
from dynamic_ta.backtest import sweep_cost


def test_two_windows_and_their_one_pair_over_ten_bars() -> None:
    """20 prices in and 7 numbers out, 8 bytes each; two averages of 3 operations and one comparison a bar."""
    assert sweep_cost(10, 2, 1) == Cost(8 * 27, 70)
