"""The table of docs/products/indicators.md against the table of the code."""

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dynamic_engines import Precision
from dynamic_ta import INDICATORS, Indicator
from tests.dynamic_ta.indicators.markets import inputs, real

_HEADER = ["name", "inputs", "parameters", "outputs", "warm-up", "kernel", "float32 bound"]


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|\n").split("|")]


def page() -> dict[str, list[str]]:
    lines = Path("docs/products/indicators.md").read_text(encoding="utf-8").splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith("|") and cells(line) == _HEADER)
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append(cells(line))
    return {row[0]: row for row in rows}


def bounds(row: Indicator, precision: Precision) -> list[float]:
    """Return the bound of each output on the real bars; of one that is given for each bar, the median."""
    lines = inputs(row, real())
    limits = row.error_bound(lines, row.defaults, precision)
    warm_ups = row.warm_up(row.defaults)
    return [
        float(np.median(np.broadcast_to(limit, lines[0].shape)[bars:]))
        for limit, bars in zip(limits, warm_ups, strict=True)
    ]


def rounded_up(value: float) -> str:
    """Return ``value`` with two digits, not below it."""
    scale = 10.0 ** (math.floor(math.log10(value)) - 1)
    return f"{math.ceil(value / scale) * scale:.1e}"


def test_the_page_has_a_line_for_every_indicator_in_order() -> None:
    assert list(page()) == [row.name for row in INDICATORS]


def test_every_indicator_has_a_word_on_its_conventions() -> None:
    text = Path("docs/products/indicators.md").read_text(encoding="utf-8")
    told = re.findall(r"^- (\*\*.*?):", text, re.MULTILINE)
    assert sorted(name for names in told for name in re.findall(r"\*\*(\w+)\*\*", names)) == list(page())


def ran(number: int) -> dict[str, Any]:
    """Run a block of the page and return its names."""
    text = Path("docs/products/indicators.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    exec(re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)[number], names)
    return names


def test_the_feed_of_the_page_works() -> None:
    names = ran(0)
    assert names["feed"].bars == 3
    assert math.isnan(names["value"])


def test_the_panel_of_the_page_works() -> None:
    names = ran(1)
    (line,) = names["lines"]
    np.testing.assert_array_equal(line[63], names["rsi"].oracle((names["closes"][63],), (21,))[0])


@pytest.mark.parametrize("row", INDICATORS, ids=lambda row: row.name)
def test_the_line_says_what_the_row_says(row: Indicator) -> None:
    assert page()[row.name] == [
        row.name,
        ", ".join(row.inputs),
        ", ".join(f"{parameter.name} {parameter.default}" for parameter in row.parameters),
        ", ".join(row.outputs),
        str(max(row.warm_up(row.defaults))),
        row.kernel.name if row.kernel else "none",
        rounded_up(max(bounds(row, Precision.FLOAT32))) if row.kernel else "-",
    ]


@pytest.mark.parametrize("row", [row for row in INDICATORS if row.kernel], ids=lambda row: row.name)
def test_the_float64_bound_is_below_what_the_page_promises(row: Indicator) -> None:
    assert max(bounds(row, Precision.FLOAT64)) < 1e-10
