"""docs/products/validation.md against the code."""

import re
from pathlib import Path

import numpy as np
import pytest

from dynamic_ta.validation import CHECKS, Settings
from dynamic_ta.validation.stress import SCENARIOS
from tests.dynamic_ta.validation.histories import noise


def page() -> str:
    return Path("docs/products/validation.md").read_text(encoding="utf-8")


def names_after(header: str) -> list[str]:
    lines = page().splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith(f"| {header} |"))
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append(line.split("|")[1].strip())
    return rows


def test_the_page_has_a_line_for_every_check_and_every_scenario_in_order() -> None:
    assert names_after("name") == [check.name for check in CHECKS]
    assert names_after("scenario") == [scenario.name for scenario in SCENARIOS]


def test_the_defaults_are_those_that_the_page_tells() -> None:
    settings = Settings()
    assert (settings.resamples, settings.confidence, settings.significance) == (1000, 0.95, 0.05)
    assert (settings.drawdown_limit, settings.periods_per_year) == (0.5, 252)
    assert (settings.blocks, settings.regime_window) == (16, 63)
    assert (settings.gap, settings.volatility_factor, settings.cost_factor) == (0.2, 1.5, 2)
    assert (settings.slippage_bps, settings.missed_share, settings.missed_best) == (10, 0.05, 10)


def test_the_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", page(), re.DOTALL)
    trials = noise(300, 3, 1)
    trials[:, 0] += 0.005
    exec(example, {"returns": trials[:, 0], "trials": trials, "trades": np.array([0.1, -0.05, 0.02])})
    out = capsys.readouterr().out.splitlines()
    assert out[0] in {"True", "False"}
    assert len(out) == 1 + len(CHECKS)
