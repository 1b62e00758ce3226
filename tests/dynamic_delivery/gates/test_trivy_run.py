"""How the real Trivy is run: the pinned file, within bounds, and off the network unless a setting asks."""

from pathlib import Path

import pytest

from dynamic_delivery.gates import trivy_secret, trivy_vuln
from dynamic_delivery.gates.errors import ToolError
from dynamic_delivery.gates.model import Outcome, Scope
from dynamic_delivery.gates.tools import find_tool, read_pins, this_platform
from tests.dynamic_delivery.gates.trivy_support import proxy, scope, trivy, write


def test_the_real_program_is_the_pinned_file() -> None:
    pin = read_pins(Path())["trivy"]
    found = find_tool(
        "trivy", Scope(Path().absolute(), (), settings={"tools.trivy": trivy(), "tools.foreign": "refuse"})
    )
    assert (found.tool.version, found.tool.sha256) == (pin.version, pin.sha256[this_platform()])
    assert found.notes == ()


def test_a_program_that_is_not_the_pinned_one_is_refused_or_told(tmp_path: Path) -> None:
    other = write(tmp_path, {"trivy": f'#!/bin/sh\nexec {trivy()} "$@"\n'}) / "trivy"
    other.chmod(0o755)
    write(tmp_path / "r", {"a.txt": "a", "ci/programs.toml": Path("ci/programs.toml").read_bytes()})
    report = trivy_secret.judge(scope(tmp_path / "r", program=str(other)))
    assert report.outcome is Outcome.PASSED
    assert any("not the pinned file" in note for note in report.notes)
    with pytest.raises(ToolError, match="refuse"):
        trivy_secret.judge(scope(tmp_path / "r", {"tools.foreign": "refuse"}, program=str(other)))


def test_it_fetches_a_database_only_where_a_setting_asks(tmp_path: Path) -> None:
    root = write(tmp_path / "r", {"app.lock": "idna==3.10\n"})
    settings = {"trivy-vuln.database": str(tmp_path / "c")}
    with proxy() as asked:
        with pytest.raises(ToolError, match="no vulnerability database"):
            trivy_vuln.judge(scope(root, settings))
        assert asked == []
        with pytest.raises(ToolError, match="exited 1"):
            trivy_vuln.judge(scope(root, {**settings, "run.network": "true"}))
        assert asked != []


@pytest.mark.parametrize("memory_mib", ["8", "20", "48"])
def test_a_bound_on_memory_that_it_passes_is_undecided(memory_mib: str, tmp_path: Path) -> None:
    """Its runtime says so, or crashes before it can; which of them differs from run to run, so no word is asked."""
    root = write(tmp_path / "r", {"a.txt": "a"})
    with pytest.raises(ToolError):
        trivy_secret.judge(scope(root, {"trivy-secret.memory_mib": memory_mib}))
