"""The pipelines that the guide shows are ones that their build servers can read."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from dynamic_impact.planning.emit import EMITTERS, gitlab
from dynamic_impact.planning.model import Runners
from dynamic_impact.planning.planner import Planner
from tests.docs.fences import fences
from tests.dynamic_impact.planning.nodes import independent

_PIPELINES = [fence.text for fence in fences(Path(), "docs/guides/impact-plan.md") if fence.language == "yaml"]


def test_the_workflow_of_the_guide_has_no_findings(tmp_path: Path) -> None:
    workflow = tmp_path / ".github" / "workflows" / "planned.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text(_PIPELINES[0], encoding="utf-8")
    zizmor = Path(sys.prefix, "bin", "zizmor")
    argv = [str(zizmor), "--offline", "--no-progress", "--pedantic", str(workflow)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No findings to report" in done.stdout


def test_the_workflow_uses_the_matrix_by_the_names_that_are_emitted() -> None:
    jobs: dict[str, Any] = yaml.safe_load(_PIPELINES[0])["jobs"]
    row = yaml.safe_load(EMITTERS["github"](Planner(independent([1.0]), Runners()).plan(1), "plan.json"))["include"][0]
    used = set(re.findall(r"\{\{ matrix\.(\w+)", _PIPELINES[0]))
    assert used
    assert used <= set(row)
    assert "--shard" in jobs["shard"]["steps"][-1]["run"]


def test_gitlabs_parent_names_the_job_and_the_variable_that_the_child_asks_for() -> None:
    parent = yaml.safe_load(_PIPELINES[1])
    child = yaml.safe_load(gitlab(Planner(independent([1.0]), Runners()).plan(1), "dist/plan.json"))
    (need,) = child[".shard"]["needs"]
    assert need["job"] in parent
    assert need["pipeline"].removeprefix("$") in parent["shards"]["variables"]
    assert "dist/plan.json" in parent[need["job"]]["artifacts"]["paths"]
