"""The proof of scheduling, in its small form: every case is judged by the same bound, and holds the goal."""

import json

import numpy as np
import pytest
from benchmarks.dynamic_impact import scheduling


def test_shards_are_within_three_percent_of_the_bound_and_never_behind_a_peer(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert scheduling.main(["--quick"]) == 0
    document = json.loads(capsys.readouterr().out.splitlines()[-1])
    rows = document["rows"]
    assert {row["durations"] for row in rows} == {"recorded", "lognormal", "pareto"}
    assert any(not row["one_long_test"] for row in rows)
    for row in rows:
        assert 1 - 1e-9 <= row["ours"] <= min(row["lpt"], row["chunks"], row["hash"]) + 1e-3
        assert row["ours"] <= scheduling.GOAL or row["one_long_test"]


def test_a_case_over_the_goal_is_told() -> None:
    row = scheduling.Row("x", 1, 1, False, False, 1.04, 1.04, 1.04, 1.04, 0.0)
    assert scheduling.over_goal([row]) == [row]


def test_hash_shards_are_those_of_pants() -> None:
    # CRC-32 modulo the shards; the value is from the trailer that gzip 1.12 writes for this text.
    work = scheduling.bare(np.ones(1))
    assert scheduling.by_hash(["src/a/test_b.py:tests"], work, 7).tolist() == [0x6DE6EBEA % 7]
