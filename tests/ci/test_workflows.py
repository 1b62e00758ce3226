"""The workflows, judged by an auditor of GitHub Actions that is itself shown to see."""

import subprocess
import sys
from pathlib import Path

import pytest

_PLANTED = """name: planted
on: pull_request_target
jobs:
  greet:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: echo "${{ github.event.pull_request.title }}"
"""


def _audit(folder: Path) -> "subprocess.CompletedProcess[str]":
    zizmor = Path(sys.prefix, "bin", "zizmor")
    argv = [str(zizmor), "--offline", "--no-progress", "--pedantic", str(folder)]
    return subprocess.run(argv, capture_output=True, text=True, check=False)


def test_the_workflows_have_no_findings() -> None:
    done = _audit(Path(".github/workflows"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No findings to report" in done.stdout


@pytest.mark.parametrize("rule", ["dangerous-triggers", "template-injection", "unpinned-uses", "artipacked"])
def test_a_planted_fault_is_found(tmp_path: Path, rule: str) -> None:
    workflow = tmp_path / ".github" / "workflows" / "planted.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text(_PLANTED, encoding="utf-8")
    done = _audit(workflow.parent)
    assert done.returncode != 0
    assert f"[{rule}]" in done.stdout


def test_every_action_says_which_version_its_commit_is() -> None:
    texts = [path.read_text(encoding="utf-8") for path in Path(".github/workflows").glob("*.yml")]
    used = [line.strip() for text in texts for line in text.splitlines() if "uses:" in line]
    assert used
    assert [line for line in used if "# v" not in line] == []
