"""The whole of it on the real device, at a hundredth of the usual size."""

import json
from pathlib import Path

import numpy as np
import pytest

from dynamic_base import ExitCode
from dynamic_engines import Precision, open_device
from dynamic_engines.library.cli import kernels_group
from dynamic_engines.library.rolling.sum import ROLLING_SUM
from dynamic_engines.library.tuning.database import read
from dynamic_engines.library.tuning.lookup import forget

WORDS = ["tune", "rolling/sum", "--precision", "float32", "--share", "0.01", "--rounds", "7", "--json"]


def tuned(*more: str) -> int:
    code: int = kernels_group.main([*WORDS, *more], standalone_mode=False)
    return code


def test_a_budget_is_kept_and_the_next_call_goes_on_to_an_entry_that_launches_use(
    own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tuned("--budget-s", "0.5") == ExitCode.YES
    (first,) = json.loads(capsys.readouterr().out)["cells"]
    if first["status"] == "left":
        assert list(own.parent.rglob("rolling-sum*.jsonl"))
    assert tuned("--budget-s", "1000") == ExitCode.YES
    (cell,) = json.loads(capsys.readouterr().out)["cells"]
    assert cell["status"] in {"kept", "default"}
    (entry,) = read(own).entries.values()
    assert entry.key.kernel == "rolling/sum"
    assert entry.sizes == cell["sizes"]
    assert entry.rounds == 7
    assert not list(own.parent.rglob("rolling-sum*.jsonl"))
    case = ROLLING_SUM.sample(np.random.default_rng(1), 0.001)
    with open_device() as device:
        forget()
        assert ROLLING_SUM.in_use(device, Precision.FLOAT32).entry == entry
        (got,) = ROLLING_SUM.on_device(device, case.inputs, case.settings, Precision.FLOAT32)
        (plain,) = ROLLING_SUM.on_device(device, case.inputs, case.settings, Precision.FLOAT32, sizes={})
    assert got.tobytes() == plain.tobytes()
