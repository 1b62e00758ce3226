"""ruff and bandit, the real ones, where a repository's configuration would make them look away."""

from pathlib import Path

import pytest

from dynamic_delivery.gates import bandit, ruff
from dynamic_delivery.gates.errors import ToolError
from dynamic_delivery.gates.model import Finding, Outcome, Report, Scope
from tests.dynamic_delivery.gates.programs import program

FAULTS = {"a.py": "import os\n", "BUILD": "python_sources( )\n"}


def judged(root: Path, files: dict[str, str], *, above: str = "") -> Report:
    """Return what ruff's gate says of ``files`` in a repository below a folder with ``above`` as its configuration."""
    repository = root / "repository"
    repository.mkdir()
    (root / "ruff.toml").write_text(above, encoding="utf-8")
    for name, text in files.items():
        (repository / name).write_text(text, encoding="utf-8")
    given = tuple(sorted(path for path in files if ruff.looks_at(path)))
    return ruff.judge(Scope(repository, given, settings={"tools.ruff": str(program("ruff"))}))


def told(findings: tuple[Finding, ...]) -> set[tuple[str, str]]:
    return {(each.place.path if each.place else "", each.rule) for each in findings}


@pytest.mark.parametrize(
    "table",
    [
        "fix-only = true",
        "fix = true",
        "show-fixes = true",
        'force-exclude = true\nextend-exclude = ["*.py", "BUILD"]',
        'force-exclude = true\nlint.exclude = ["*.py"]\nformat.exclude = ["BUILD"]',
    ],
    ids=["mends only", "mends", "shows mends", "excluded", "excluded of lint and format"],
)
def test_no_setting_of_ruff_takes_its_findings_away_or_has_the_files_changed(tmp_path: Path, table: str) -> None:
    report = judged(tmp_path, {**FAULTS, "pyproject.toml": f"[tool.ruff]\n{table}\n"})

    assert told(report.findings) == {("BUILD", "unformatted"), ("a.py", "F401")}
    assert report.read == ("BUILD", "a.py")
    assert {name: (tmp_path / "repository" / name).read_text(encoding="utf-8") for name in FAULTS} == FAULTS


@pytest.mark.parametrize("own", ["", '[project]\nname = "shop"\n'], ids=["nothing", "no table for ruff"])
def test_a_configuration_from_above_the_repository_is_not_taken(tmp_path: Path, own: str) -> None:
    report = judged(tmp_path, {"a.py": "import os\n", "pyproject.toml": own}, above='lint.ignore = ["F"]\n')

    assert told(report.findings) == {("a.py", "F401")}


def test_the_repository_s_own_configuration_is_taken(tmp_path: Path) -> None:
    report = judged(tmp_path, {"a.py": "import os\n", "pyproject.toml": '[tool.ruff]\nlint.ignore = ["F"]\n'})

    assert report.outcome is Outcome.PASSED


@pytest.mark.parametrize("text", ["tool = 3\n", "[tool.ruff\n", "[tool.ruff]\nline-length = 'x'\n"])
def test_a_configuration_that_ruff_cannot_read_is_no_answer(tmp_path: Path, text: str) -> None:
    with pytest.raises(ToolError, match="ruff exited 2"):
        judged(tmp_path, {"a.py": "import os\n", "pyproject.toml": text})


def test_bandit_looks_where_there_is_no_configuration(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("eval(input())\n", encoding="utf-8")

    report = bandit.judge(Scope(tmp_path, ("a.py",), settings={"tools.bandit": str(program("bandit"))}))

    assert told(report.findings) == {("a.py", "B307")}
