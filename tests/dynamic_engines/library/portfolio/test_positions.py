"""Positions against a table by hand, a walk with words, and what must hold of any signals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_engines import Device, KernelDomainError, Precision
from dynamic_engines.library.model import Lines
from dynamic_engines.library.portfolio.positions import POSITIONS


def signals(seed: int, bars: int, often: float) -> Lines:
    rng = np.random.default_rng(seed)
    said = rng.random((2, bars)) < often
    return (
        np.where(said[0], rng.choice([-1.0, 1.0], bars), 0.0),
        np.where(said[1], rng.choice([-1.0, 1.0, 2.0], bars), 0.0),
    )


def walked(enter: list[float], leave: list[float], reverse: int) -> list[float]:
    """The rules as they are told, with words for the positions."""
    sides = {1.0: "long", -1.0: "short", 0.0: "flat"}
    numbers = {word: number for number, word in sides.items()}
    leaves = {0.0: (), 1.0: ("long",), -1.0: ("short",), 2.0: ("long", "short")}
    held, found = "flat", []
    for wish, way_out in zip(enter, leave, strict=True):
        wanted = sides[wish]
        against = {held, wanted} == {"long", "short"}
        if held == "flat" or (reverse and against):
            held = wanted
        elif held in leaves[way_out]:
            held = "flat"
        found.append(numbers[held])
    return found


@pytest.mark.parametrize("precision", Precision)
def test_a_table_by_hand(device: Device, precision: Precision) -> None:
    #        in   stays  out  both: in  out only  short  ignored/turned  out of short by 2
    enter = [1.0, 0, 0, 1, 1, -1, 1, 0]
    leave = [0.0, -1, 1, 1, 1, 0, 0, 2]
    ignored = [1.0, 1, 0, 1, 0, -1, -1, 0]
    turned = [1.0, 1, 0, 1, 0, -1, 1, 0]
    lines = np.array(enter), np.array(leave)
    for reverse, expected in ((0, ignored), (1, turned)):
        held, changed = POSITIONS.on_device(device, lines, (1, reverse), precision)
        assert held.tolist() == expected
        assert changed.tolist() == [1, 0, 1, 1, 1, 1, reverse, 1]
        assert [line.tolist() for line in POSITIONS.oracle(lines, (1, reverse))] == [held.tolist(), changed.tolist()]


@given(
    seed=st.integers(0, 2**32 - 1),
    bars=st.integers(1, 1500),
    often=st.sampled_from([0.002, 0.1, 0.9]),
    reverse=st.integers(0, 1),
)
@settings(max_examples=30, deadline=None)
def test_the_rules_hold_however_the_chunks_fall(
    device: Device, seed: int, bars: int, often: float, reverse: int
) -> None:
    enter, leave = signals(seed, bars, often)
    held, changed = POSITIONS.on_device(device, (enter, leave), (1, reverse), Precision.FLOAT32)
    assert held.tolist() == walked(enter.tolist(), leave.tolist(), reverse)
    np.testing.assert_array_equal(changed, np.diff(held, prepend=0.0) != 0)
    # The other side of every signal is the other side of every position.
    other = np.where(np.abs(leave) == 1, -leave, leave)
    mirrored, _ = POSITIONS.on_device(device, (-enter, other), (1, reverse), Precision.FLOAT32)
    np.testing.assert_array_equal(mirrored, -held)


def test_a_position_taken_once_is_held_over_more_chunks_than_lanes(device: Device) -> None:
    enter, leave = np.zeros(20_011), np.zeros(20_011)
    enter[3], leave[3] = -1, 2
    leave[[5, 19_000]] = 1, -1
    held, changed = POSITIONS.on_device(device, (enter, leave), (1, 0), Precision.FLOAT32)
    assert np.flatnonzero(changed).tolist() == [3, 19_000]
    assert np.flatnonzero(held).tolist() == list(range(3, 19_000))


def test_a_signal_that_is_none_is_named() -> None:
    with pytest.raises(KernelDomainError, match="enter is 3 at 1: use -1, 0, 1"):
        POSITIONS.oracle((np.array([0.0, 3]), np.zeros(2)), (1, 0))
    with pytest.raises(KernelDomainError, match=r"leave is -2 at 0: use -1, 0, 1, 2"):
        POSITIONS.oracle((np.zeros(1), np.array([-2.0])), (1, 0))
