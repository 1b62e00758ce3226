"""The benchmark of growth runs, and its two forms reach the same."""

import json

import pytest
from benchmarks.dynamic_impact import growth


def test_the_quick_form_measures_both_forms_and_both_reach_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert growth.main(["--quick"]) == 0
    rows = json.loads(capsys.readouterr().out.splitlines()[-1])["rows"]
    assert [(row["targets"], row["form"]) for row in rows] == [
        (size, form) for size in (1_000, 10_000) for form in ("arrays", "networkx")
    ]
    for arrays, plain in zip(rows[::2], rows[1::2], strict=True):
        assert arrays["reached much"] == plain["reached much"] > arrays["targets"] // 2
        assert arrays["reached little"] == plain["reached little"] < arrays["targets"] // 20
        assert all(arrays[step] >= 0 for step in growth.STEPS)
