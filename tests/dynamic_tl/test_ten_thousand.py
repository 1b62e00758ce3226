"""The whole default run of ``contracts test``, with a seed of its own."""

import json

import pytest

from dynamic_base import ExitCode
from dynamic_tl.cli import contracts_group
from dynamic_tl.faults import FAULTS
from dynamic_tl.runtime.runtime import CODES


@pytest.mark.parametrize("seed", ["2", "20261124"])
def test_ten_thousand_vectors_show_no_difference(seed: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert contracts_group.main(["test", "--seed", seed, "--json"], standalone_mode=False) == ExitCode.YES
    said = json.loads(capsys.readouterr().out)
    assert (said["vectors"], said["differing"]) == (10_000, 0)
    assert said["accepted"] > 4000
    assert {fault.__name__ for fault in FAULTS} <= said["kinds"].keys()
    # No schema of ours has a table with a lower bound.
    assert set(CODES) - {"minProperties"} == said["refused"].keys()
