"""The whole of it on the real device, at a hundredth of the usual size."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dynamic_base import ExitCode
from dynamic_engines import Precision, open_device
from dynamic_engines.library.cli import kernels_group
from dynamic_engines.library.reductions.sum import SUM
from dynamic_engines.library.rolling.sum import ROLLING_SUM
from dynamic_engines.library.tuning.bench import DeviceBench
from dynamic_engines.library.tuning.database import read
from dynamic_engines.library.tuning.journal import Journal
from dynamic_engines.library.tuning.lookup import forget
from dynamic_engines.library.tuning.model import usual
from dynamic_engines.library.tuning.search import Search, Status

WORDS = ["tune", "rolling/sum", "--precision", "float32", "--share", "0.01", "--rounds", "7", "--json"]


def tuned(*more: str) -> int:
    code: int = kernels_group.main([*WORDS, *more], standalone_mode=False)
    return code


def test_a_default_that_is_bad_is_beaten_on_the_real_device(tmp_path: Path) -> None:
    """A group of 64 costs a CPU a loop at each barrier."""
    knobs = SUM.knobs(Precision.FLOAT32)
    with open_device() as device, DeviceBench(device, SUM, Precision.FLOAT32, seed=1, share=0.02) as bench:
        choices = (usual(knobs, replace(device.info, type="gpu")), usual(knobs, device.info))
        found = Search(bench, Journal(tmp_path / "journal"), lambda: True, "cpu", 7).run(choices)
    assert found.status is Status.KEPT
    assert found.sizes == dict(choices[1])
    assert found.ratio < 0.9


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
