"""The same bits again: at once, in a fresh context, and what counts as the same."""

import math
import struct

import numpy as np
import pytest

from dynamic_engines import Precision, open_device
from dynamic_engines.matrix import KernelRow
from dynamic_engines.matrix.determinism import difference, fingerprint
from dynamic_engines.matrix.questions import Answer, Bench, Question
from tests.dynamic_engines.matrix.fakes import (
    Deciding,
    Doubling,
    Unsettled,
    flickering,
    not_built,
    third_is_off,
    twice,
)


def judged(row: KernelRow) -> Answer:
    """Answer as the judging process does, here: none of these rows crashes."""
    with open_device() as device:
        return Question(row.kernel, Precision.FLOAT64, 1).answer(Bench(device, open_device), row)


def test_a_kernel_that_gives_the_same_bits_each_time_is_deterministic() -> None:
    answer = judged(Doubling("rolling/sma", twice))
    assert (answer.reason, answer.deterministic, answer.nondeterminism) == ("", True, "")


def test_a_kernel_within_its_bound_whose_last_bit_flickers_passes_and_the_value_is_named() -> None:
    answer = judged(Doubling("rolling/sma", flickering, bound=1.0))
    assert (answer.reason, answer.deterministic) == ("", False)
    assert answer.nondeterminism == "given 0: twice[0] is 2.0, then 2.0000000000000004"


def test_a_kernel_that_differs_only_from_context_to_context_is_found() -> None:
    answer = judged(Unsettled("rolling/sma", twice, bound=1.0))
    assert (answer.reason, answer.deterministic) == ("", False)
    assert answer.nondeterminism == "given 0: other bits in a fresh context"


def test_nothing_is_said_of_a_kernel_that_never_answered() -> None:
    assert judged(Doubling("rolling/sma", not_built)).deterministic is None


def test_the_first_other_decision_of_a_failing_case_is_kept_and_none_of_a_passing_one() -> None:
    assert judged(Deciding("rolling/sma", third_is_off)).first_divergence == "given 0: bar 2: the oracle buys"
    assert judged(Deciding("rolling/sma", twice)).first_divergence == ""


def one(*values: float) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.float64]]]:
    return (np.array(values),)


def test_the_bits_of_a_nan_do_not_count_but_those_of_a_zero_do() -> None:
    (payload,) = struct.unpack("<d", struct.pack("<Q", 0xFFF8_0000_0000_0001))
    assert math.isnan(payload)
    assert difference(("x",), one(1.0, math.nan), one(1.0, payload)) == ""
    assert fingerprint(one(1.0, math.nan)) == fingerprint(one(1.0, payload))
    assert difference(("x",), one(1.0, 0.0), one(1.0, -0.0)) == "x[1] is 0.0, then -0.0"
    assert fingerprint(one(0.0)) != fingerprint(one(-0.0))


@pytest.mark.parametrize("other", [(1.0,), (1.0, 2.0, 3.0), (2.0, 1.0), (1.0, math.nextafter(2.0, 3.0))])
def test_another_length_order_or_bit_counts(other: tuple[float, ...]) -> None:
    assert difference(("x",), one(1.0, 2.0), one(*other)) != ""
    assert fingerprint(one(1.0, 2.0)) != fingerprint(one(*other))


def test_where_one_line_ends_and_the_next_begins_counts() -> None:
    assert fingerprint((*one(1.0, 2.0), *one(3.0))) != fingerprint((*one(1.0), *one(2.0, 3.0)))
