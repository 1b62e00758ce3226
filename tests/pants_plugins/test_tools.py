"""ruff_modern and shellcheck_pypi with the real tools, whose command lines change from version to version."""

from __future__ import annotations

from pathlib import Path

import pytest
from pants.backend.python.target_types import PythonSourcesGeneratorTarget
from pants.backend.python.target_types_rules import rules as python_target_rules
from pants.backend.python.util_rules import pex
from pants.backend.shell.target_types import ShellSourcesGeneratorTarget
from pants.backend.shell.target_types import rules as shell_target_rules
from pants.core.goals import fix, fmt, lint
from pants.core.util_rules import config_files, source_files
from pants.engine.goal import Goal
from pants.engine.internals.scheduler import ExecutionError
from pants.testutil.rule_runner import GoalRuleResult, RuleRunner

from ruff_modern import register as ruff_modern
from shellcheck_pypi import register as shellcheck_pypi

LOCKS = {lock: Path("3rdparty/python", lock).read_text() for lock in ("ruff.lock", "shellcheck.lock")}
OPTIONS = [
    "--python-enable-resolves",
    "--python-interpreter-constraints=CPython==3.11.*",
    "--python-resolves={'python-default': '', 'ruff': 'ruff.lock', 'shellcheck': 'shellcheck.lock'}",
    "--no-python-infer-imports",
    "--no-shell-setup-dependency-inference",
]
ENVIRONMENT = {"HOME", "PANTS_PEX_CLI_KNOWN_VERSIONS", "PANTS_PEX_CLI_URL_TEMPLATE", "PATH", "PYENV_ROOT"}
UNUSED = "import os\n\nx = 'a'\n"


@pytest.fixture
def runner() -> RuleRunner:
    runner = RuleRunner(
        rules=[
            *ruff_modern.rules(),
            *shellcheck_pypi.rules(),
            *config_files.rules(),
            *fix.rules(),
            *fmt.rules(),
            *lint.rules(),
            *pex.rules(),
            *python_target_rules(),
            *shell_target_rules(),
            *source_files.rules(),
        ],
        target_types=[PythonSourcesGeneratorTarget, ShellSourcesGeneratorTarget],
    )
    runner.write_files(LOCKS)
    return runner


def run(runner: RuleRunner, goal: type[Goal], spec: str = "::") -> GoalRuleResult:
    return runner.run_goal_rule(goal, global_args=OPTIONS, args=[spec], env_inherit=ENVIRONMENT)


def test_ruff_reports_then_fixes_then_formats_and_is_content(runner: RuleRunner) -> None:
    runner.write_files({"BUILD": "python_sources(name='a')\n", "a.py": UNUSED})
    report = run(runner, lint.Lint)
    assert report.exit_code == 1
    for tool in ("ruff check", "ruff check --fix", "ruff format", "ruff format BUILD"):
        assert f"✕ {tool} failed" in report.stderr
    run(runner, fix.Fix)
    assert runner.read_file("a.py") == 'x = "a"\n'
    assert runner.read_file("BUILD") == 'python_sources(name="a")\n'
    assert run(runner, lint.Lint).exit_code == 0


def test_fmt_changes_the_form_and_leaves_the_findings(runner: RuleRunner) -> None:
    runner.write_files({"BUILD": "python_sources()\n", "a.py": UNUSED})
    assert run(runner, fmt.Fmt).exit_code == 0
    assert runner.read_file("a.py") == 'import os\n\nx = "a"\n'


def test_ruff_obeys_pyproject(runner: RuleRunner) -> None:
    settings = "[tool.ruff]\nlint.ignore = ['F401']\nformat.quote-style = 'single'\n"
    runner.write_files({"BUILD": "python_sources()\n", "a.py": UNUSED, "pyproject.toml": settings})
    assert "✓ ruff check succeeded" in run(runner, lint.Lint).stderr
    run(runner, fmt.Fmt)
    assert runner.read_file("a.py") == UNUSED


@pytest.mark.parametrize("goal", [fix.Fix, fmt.Fmt])
def test_a_ruff_that_cannot_run_is_an_error_and_no_tick(runner: RuleRunner, goal: type[Goal]) -> None:
    runner.write_files({"BUILD": "python_sources()\n", "a.py": UNUSED, "pyproject.toml": "[tool.ruff]\nno-such = 1\n"})
    with pytest.raises(ExecutionError, match="no-such"):
        run(runner, goal)


def test_shellcheck_judges_a_launcher_and_follows_what_it_sources(runner: RuleRunner) -> None:
    runner.write_files(
        {
            "BUILD": "shell_sources(name='launchers', sources=['go'], dependencies=['lib'])\n",
            "go": '#!/bin/sh\n. lib/lib.sh\necho "$there"\n',
            "lib/BUILD": "shell_sources()\n",
            "lib/lib.sh": "#!/bin/sh\nthere=1\nexport there\n",
        }
    )
    assert "✓ shellcheck-pypi succeeded" in run(runner, lint.Lint, "//:launchers").stderr
    runner.write_files({"BUILD": "shell_sources(name='launchers', sources=['go'])\n"})
    assert "✕ shellcheck-pypi failed" in run(runner, lint.Lint, "//:launchers").stderr
