import json
import re
from typing import Any

import pytest

from dynamic_base import ExitCode, UsageError
from dynamic_ta import INDICATORS
from dynamic_ta.indicators.cli import indicators_group


def call(*arguments: str) -> object:
    return indicators_group.main(list(arguments), prog_name="indicators", standalone_mode=False)


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert call(*arguments, "--json") == ExitCode.YES
    parsed: dict[str, Any] = json.loads(capsys.readouterr().out)
    return parsed


def test_list_has_a_line_for_every_row(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("list") == ExitCode.YES
    header, *lines = capsys.readouterr().out.splitlines()
    assert header.split() == ["name", "title", "inputs", "parameters", "warm-up", "kernel"]
    assert [line.split()[0] for line in lines] == [row.name for row in INDICATORS]
    (macd,) = (line for line in lines if line.startswith("macd "))
    assert re.search(r"fast 12, slow 26, signal 9 +33 +recursive/macd$", macd)


def test_a_row_without_a_kernel_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("list") == ExitCode.YES
    (wma,) = (line for line in capsys.readouterr().out.splitlines() if line.startswith("wma "))
    assert wma.endswith("no kernel: computed in NumPy")
    assert call("show", "wma") == ExitCode.YES
    assert "no kernel: computed in NumPy" in capsys.readouterr().out
    shown = document(capsys, "show", "wma")["indicator"]
    assert (shown["kernel"], shown["bound_source"]) == (None, None)


def test_the_document_holds_defaults_and_warm_ups(capsys: pytest.CaptureFixture[str]) -> None:
    listed = document(capsys, "list")
    assert listed["version"] == 1
    (shown,) = (row for row in listed["indicators"] if row["name"] == "bollinger")
    assert shown == document(capsys, "show", "bollinger")["indicator"]
    assert [(p["name"], p["default"]) for p in shown["parameters"]] == [("period", 20), ("width", 2.0)]
    assert shown["outputs"] == [{"name": name, "warm_up_bars": 19} for name in ("upper", "middle", "lower")]


def test_show_names_inputs_settings_kernel_and_the_source_of_the_bound(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("show", "atr") == ExitCode.YES
    said = capsys.readouterr().out
    for part in ("high, low, close", "14, at least 1", "first 14 bars", "kernels/indicators/atr.cl", "atr_error_bound"):
        assert part in said


def test_an_unknown_name_is_a_usage_error_that_lists_the_names() -> None:
    with pytest.raises(UsageError, match=r"no indicator is called 'leaves': choose one of .*atr, .*sma"):
        call("show", "leaves")
