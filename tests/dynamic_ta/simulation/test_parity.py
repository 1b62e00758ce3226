"""The first divergence of two lists of trades is named with what each did."""

import pytest

from dynamic_ta.simulation import Reason, Trade, first_divergence


def trade(entry: int, exit_: int, side: int = 1, reason: Reason = Reason.SIGNAL, quantity: float = 8) -> Trade:
    return Trade(entry, exit_, 10, 11, side, quantity, 0, 0, 0, reason)


FIRST = trade(1, 3)


@pytest.mark.parametrize(
    ("oracle", "device", "words"),
    [
        ([trade(5, 9)], [trade(6, 9)], "bar 5: the oracle enters long at bar 5, the device enters long at bar 6"),
        ([trade(5, 9)], [trade(5, 9, -1)], "bar 5: the oracle enters long at bar 5, the device enters short at bar 5"),
        ([trade(5, 9)], [], "bar 5: the oracle enters long at bar 5, the device trades no more"),
        ([], [trade(7, 9, -1)], "bar 7: the oracle trades no more, the device enters short at bar 7"),
        (
            [trade(5, 9)],
            [trade(5, 8, reason=Reason.STOP)],
            "bar 8: the oracle leaves long at bar 9 by signal, the device leaves long at bar 8 by stop",
        ),
        (
            [trade(5, 9, -1, Reason.TARGET)],
            [trade(5, 12, -1, Reason.END)],
            "bar 9: the oracle leaves short at bar 9 by target, the device holds short to the end",
        ),
        (
            [trade(5, 9, quantity=100)],
            [trade(5, 9, quantity=101)],
            "bar 5: the oracle takes 100 units, the device takes",
        ),
    ],
)
def test_the_first_difference_is_named(oracle: list[Trade], device: list[Trade], words: str) -> None:
    found = first_divergence(4, [FIRST, *oracle, trade(20, 30)], [FIRST, *device, trade(21, 30)])
    if not oracle or not device:
        found = first_divergence(4, [FIRST, *oracle], [FIRST, *device])
    assert str(found).startswith(f"variant 4, trade 1, {words}")


def test_the_same_trades_do_not_diverge_and_a_little_of_a_quantity_is_none() -> None:
    assert first_divergence(0, [], []) is None
    assert first_divergence(0, [FIRST], [FIRST]) is None
    assert first_divergence(0, [FIRST], [trade(1, 3, quantity=8.0001)]) is None
    assert first_divergence(0, [FIRST], [trade(1, 3, quantity=8.0001)], tolerance=1e-6) is not None
