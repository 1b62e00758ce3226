"""``certify`` writes a certificate whatever it says, and ends as it says."""

import json
from pathlib import Path

import click
import pytest

from dynamic_base import ExitCode
from dynamic_ta.certificates.cli import certify_command, verify_command
from tests.dynamic_ta.certificates.made import SPEC, write_spec


def call(command: click.Command, *arguments: str) -> object:
    return command.main(list(arguments), prog_name=command.name, standalone_mode=False)


def test_a_kept_envelope_is_certified_and_stands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "made" / "c.json")
    assert call(certify_command, str(write_spec(tmp_path)), "--out", out) == ExitCode.YES
    told = capsys.readouterr().out
    assert "tried is certified" in told
    assert json.loads(Path(out).read_bytes())["digest"] in told
    assert call(verify_command, out) == ExitCode.YES
    assert f"{out} stands" in capsys.readouterr().out


def test_a_breach_ends_with_one_and_names_limit_value_and_bar(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "c.json")
    spec = write_spec(tmp_path, SPEC.replace("most = 0.9", "most = 0.02") + "exposure = { most = 1 }\n")
    assert call(certify_command, str(spec), "--out", out, "--json") == ExitCode.NO
    told = json.loads(capsys.readouterr().out)
    (breach,) = [row for row in told["envelope"] if not row["kept"]]
    assert (breach["limit"], breach["most"]) == ("max_drawdown", 0.02)
    assert call(certify_command, str(spec), "--out", out) == ExitCode.NO
    text = capsys.readouterr().out
    assert f"max_drawdown is {breach['value']:.6g}, the limit is at most 0.02, at bar {breach['bar']} (" in text
    assert breach["time"] in text
    assert call(verify_command, out) == ExitCode.NO
    assert "does not stand" in capsys.readouterr().out


def test_a_change_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "c.json")
    spec = write_spec(tmp_path)
    assert call(certify_command, str(spec), "--out", out) == ExitCode.YES
    spec.write_text(SPEC.replace("0.9", "0.8"))
    assert call(verify_command, out, "--json") == ExitCode.NO
    told = json.loads(capsys.readouterr().out.partition("\n{")[2].join(["{", ""]))
    assert {change["kind"] for change in told["changes"]} == {"spec", "results"}
