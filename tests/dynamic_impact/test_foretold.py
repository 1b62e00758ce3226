"""The risk of files, told from outside: it moves tests by what it says, and nothing that was fitted."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from dynamic_base import ExitCode
from dynamic_impact.cli import impact_group
from dynamic_impact.errors import ForetoldError
from dynamic_impact.foretold import RISK, read_risk, with_risk
from dynamic_impact.model import Affected, Likelihood, Part, Step
from tests.dynamic_impact.repositories import OneRulePants, Repository


def test_a_risk_above_the_middle_raises_the_likelihood_by_its_log_odds() -> None:
    test = Affected("t", "python_test", True, 1, (Step("file:a.py", "t", ""),))
    before = Likelihood(0.2, (Part("distance", 1.0, -1.0),))
    after = with_risk({"t": before}, [test], {"a.py": 0.9, "other.py": 0.0})["t"]
    assert after.p == pytest.approx(1 / (1 + math.exp(-(math.log(0.2 / 0.8) + 0.4))))
    assert after.parts[:-1] == before.parts
    assert (after.parts[-1].name, after.parts[-1].value) == (RISK, 0.9)
    assert after.parts[-1].adds == pytest.approx(0.4)
    assert with_risk({"t": before}, [test], {"a.py": 0.5})["t"].p == pytest.approx(0.2)
    assert with_risk({"t": before}, [test], {"b.py": 1.0}) == {"t": before}


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"files": []}', '{"files": {"a": "x"}}', '{"files": {"a": 1.1}}', '{"files": {"a": NaN}}']
)
def test_what_tells_no_risk_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "risk.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ForetoldError, match="risk show --json"):
        read_risk(path)


@pytest.mark.parametrize("mode", ["safe", "predictive"])
@pytest.mark.parametrize("risky", ["a.t", "b.t"])
def test_the_tests_of_the_riskier_file_come_first(
    repository: Repository, tmp_path: Path, capsys: pytest.CaptureFixture[str], risky: str, mode: str
) -> None:
    repository.commit({"a.t": "", "b.t": "", "test_1.t": "a.t\n", "test_2.t": "b.t\n"})
    repository.write_all({"a.t": "\n", "b.t": "\n"})
    graph, risk = tmp_path / "peek.json", tmp_path / "risk.json"
    graph.write_text(json.dumps(OneRulePants().peek(repository.root, daemon=False)), encoding="utf-8")
    risk.write_text(json.dumps({"files": {"a.t": 0.3, "b.t": 0.3, risky: 0.8}}), encoding="utf-8")
    words = ["select", "--repo", str(repository.root), "--graph", str(graph), "--json", "--mode", mode]
    assert impact_group.main([*words, "--risk", str(risk)], standalone_mode=False) == ExitCode.YES
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    first = next(each for each in document["selected"] if each["test"])
    assert first["address"] == {"a.t": "test_1.t", "b.t": "test_2.t"}[risky]
    assert first["likelihood"]["adds"][RISK] == pytest.approx(0.3)
