"""The code that a certificate stands on: what its strategy reaches, and no indicator that it does not."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from dynamic_ta.certificates import code
from dynamic_ta.certificates.code import indicators_of, reached_code
from dynamic_ta.indicators import INDICATORS
from dynamic_ta.strategies import EXAMPLES, load_example

ROWS = {f"dynamic_ta.indicators.{row.name}" for row in INDICATORS}


def test_the_indicators_of_a_strategy_are_those_in_its_rules_and_amounts() -> None:
    assert indicators_of(load_example("rsi-reversion")) == ("rsi", "sma")
    assert indicators_of(load_example("donchian-breakout")) == ("atr",)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_indicator_is_reached_only_where_it_is_named_or_imported(name: str) -> None:
    strategy = load_example(name)
    found = reached_code(strategy)
    named = {f"dynamic_ta.indicators.{indicator}" for indicator in indicators_of(strategy)}
    assert named <= set(found)
    for row in ROWS & set(found) - named:
        assert [module for module in found if f"from {row} import" in _text(module)], row


def _text(module: str) -> str:
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).read_text(encoding="utf-8")


def test_each_link_of_a_run_is_reached() -> None:
    found = reached_code(load_example("sma-cross"))
    rooms = ("data.mend", "strategies.decide", "simulation.oracle", "simulation.device", "validation.run")
    for module in (
        *(f"dynamic_ta.{room}" for room in rooms),
        "dynamic_ta.certificates.measures",
        "dynamic_engines.device",
    ):
        assert module in found
    assert not [module for module in found if module.startswith(("dynamic_cli", "dynamic_delivery", "dynamic_impact"))]
    assert "dynamic_ta.cli" not in found


def test_what_python_loads_for_a_run_is_reached_but_for_other_indicators() -> None:
    # An independent judge: the modules that a fresh Python has after the run's module was imported.
    program = (
        "import sys; sys.path[:0] = sys.argv[1:]; import dynamic_ta.certificates.run;"
        " print(*(name for name, module in sys.modules.items()"
        " if name.startswith('dynamic_') and getattr(module, '__file__', None)))"
    )
    done = subprocess.run([sys.executable, "-c", program, *sys.path], check=True, capture_output=True, text=True)
    loaded = set(done.stdout.split())
    missing = loaded - set(reached_code(load_example("sma-cross")))
    assert "dynamic_ta.simulation.oracle" in loaded
    # What is missing comes of the other rows of the table.
    assert missing <= {"dynamic_ta.indicators"} | code._closure(ROWS)
