"""What is on record becomes two quantiles; what is not, a guess that says where it comes from."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamic_impact.model import Observation
from dynamic_impact.planning.durations import estimate, folder_of, weighted_quantile
from dynamic_impact.planning.machine import class_of, machine_class
from dynamic_impact.planning.model import Estimate

_START = datetime(2026, 1, 1, tzinfo=UTC)


def results(
    *seconds: float, machine: str = "m", outcome: str = "pass", cached: bool = False
) -> tuple[Observation, ...]:
    return tuple(
        Observation(_START + timedelta(hours=number), outcome, each, cached, machine)
        for number, each in enumerate(seconds)
    )


def one(*past: Observation) -> Estimate:
    return estimate({"a/t.py": "python_test"}, {"a/t.py": past}, "m")["a/t.py"]


def test_a_steady_test_takes_what_it_took() -> None:
    assert one(*results(*[2.0] * 10)) == Estimate(2.0, 2.0, "history")


def test_a_test_that_became_slower_is_believed_after_three_results_and_its_p95_after_one() -> None:
    before = [1.0] * 30
    assert one(*results(*before, 10.0)) == Estimate(1.0, 10.0, "history")
    assert one(*results(*before, *[10.0] * 2)).p50_s == 1.0
    assert one(*results(*before, *[10.0] * 3)).p50_s == 10.0


def test_a_test_that_became_faster_is_believed_too() -> None:
    assert one(*results(*[10.0] * 30, *[1.0] * 3)).p50_s == 1.0


def test_cached_results_and_impossible_ones_add_nothing() -> None:
    real = results(3.0, 3.0, 3.0, 3.0, 3.0)
    odd = (*results(math.nan, math.inf, -1.0, 0.0), *results(99.0, cached=True))
    assert one(*real, *odd) == one(*real) == Estimate(3.0, 3.0, "history")


def test_a_failure_tells_the_time_only_where_nothing_passed() -> None:
    assert one(*results(8.0), *results(0.1, outcome="fail")).p50_s == 8.0
    assert one(*results(0.1, outcome="fail")).p50_s == 0.1


def test_few_results_borrow_their_spread_from_tests_with_many() -> None:
    past = {"a/many.py": results(*[1.0] * 6, 3.0), "a/few.py": results(2.0)}
    found = estimate(dict.fromkeys(past, "python_test"), past, "m")
    assert found["a/many.py"] == Estimate(1.0, 3.0, "history")
    assert found["a/few.py"] == Estimate(2.0, 6.0, "history")


def test_another_machines_results_are_scaled_by_what_both_have_run() -> None:
    past = {
        "a/both1.py": (*results(2.0, machine="slow"), *results(1.0)),
        "a/both2.py": (*results(8.0, machine="slow"), *results(4.0)),
        "b/theirs.py": results(*[30.0] * 6, machine="slow"),
    }
    found = estimate(dict.fromkeys(past, "python_test"), past, "m")
    assert found["b/theirs.py"] == Estimate(15.0, 15.0, "history")
    assert found["a/both1.py"].p50_s == 1.0


def test_another_machines_results_stand_as_they_are_where_nothing_is_shared() -> None:
    assert one(*results(7.0, machine="other")).p50_s == 7.0


def test_the_unseen_takes_its_folder_then_its_type_then_all_then_a_constant() -> None:
    past = {"a/x.py": results(1.0), "a/y.py": results(3.0), "b/z.sh": results(9.0)}
    types = {"a/x.py": "python_test", "a/y.py": "python_test", "b/z.sh": "shell_test"}
    unseen = {"a/new.py:../t": "python_test", "c/new.sh": "shell_test", "c/new.go": "go_test"}
    found = estimate(types | unseen, past, "m")
    told = {address: (found[address].p50_s, found[address].source) for address in unseen}
    assert told == {"a/new.py:../t": (2.0, "siblings"), "c/new.sh": (9.0, "type"), "c/new.go": (3.0, "all")}
    assert estimate(unseen, {}, "m")["c/new.go"] == Estimate(5.0, 7.5, "prior")


@given(
    st.dictionaries(
        st.sampled_from(["a/1.py", "a/2.py", "b/3.py", "c:d"]),
        st.lists(
            st.builds(
                Observation,
                time=st.just(_START),
                outcome=st.sampled_from(["pass", "fail", "flaky"]),
                seconds=st.floats(allow_nan=True, allow_infinity=True),
                cached=st.booleans(),
                machine=st.sampled_from(["m", "n", ""]),
            ),
            max_size=5,
        ),
    )
)
def test_no_record_makes_a_duration_that_is_no_positive_number(past: dict[str, list[Observation]]) -> None:
    for found in estimate(dict.fromkeys([*past, "a/new.py", "z/new.py"], "python_test"), past, "m").values():
        assert 0 < found.p50_s <= found.p95_s < math.inf


@pytest.mark.parametrize("odd", [1.2e308, 1e-320])
def test_what_cannot_be_a_duration_counts_no_more_than_what_is_missing(odd: float) -> None:
    assert one(*results(odd)) == one()
    assert one(*results(2.0), *results(odd), *results(3.0, machine="n")) == Estimate(2.0, 3.0, "history")


@pytest.mark.parametrize(
    ("address", "folder"),
    [
        ("a/b/t.py", "a/b"),
        ("a/b/t.py:../tests", "a/b"),
        ("a/b:slow", "a/b"),
        ("a/b/t.py@parametrize=x", "a/b"),
        ("//t.py:root", ""),
    ],
)
def test_the_folder_of_an_address(address: str, folder: str) -> None:
    assert folder_of(address) == folder


def test_a_weighted_quantile_by_hand() -> None:
    assert weighted_quantile([1, 2, 3], [1, 1, 2], 0.5) == 2
    assert weighted_quantile([1, 2, 3], [1, 1, 2], 0.51) == 3


def test_a_machine_class_is_read_by_a_person_and_told_apart() -> None:
    one = class_of("x86_64", 4, 16 * 2**30 - 5, "Intel(R) Xeon(R) CPU E5-2673 v4 @ 2.30GHz")
    assert one.startswith("x86_64-4c-16g-intel-xeon-e5-2673-")
    assert one != class_of("x86_64", 4, 16 * 2**30, "Intel(R) Xeon(R) CPU E5-2673 v3 @ 2.40GHz")
    assert class_of("", 1, 0, "").startswith("unknown-1c-1g-unknown-")
    assert machine_class() == machine_class()
