import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from dynamic_ags import ManifestError, PolicyError, RequestError, UnreadableError
from dynamic_ags.cli import policy_group
from dynamic_base import DynamicError, ExitCode, UsageError
from tests.dynamic_ags.documents import CODEOWNERS, GOVERNANCE, WORKFLOW, edited, git, write_all

STAGE = ("check", "--action", "deploy.staging", "--author", "ana")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree("ci/policies", tmp_path / "ci/policies")
    write_all(
        tmp_path,
        {
            "ci/governance.yaml": GOVERNANCE,
            ".github/CODEOWNERS": CODEOWNERS,
            ".github/workflows/ci.yml": WORKFLOW,
            "src/deep/a.py": "",
        },
    )
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "--all")
    monkeypatch.chdir(tmp_path / "src/deep")
    return tmp_path


def call(*arguments: str) -> object:
    return policy_group.main(list(arguments), prog_name="policy", standalone_mode=False)


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, dict[str, Any]]:
    code = call(*arguments, "--json")
    return code, json.loads(capsys.readouterr().out)


def change(root: Path, file: str, old: str, new: str) -> None:
    (root / file).write_text(edited((root / file).read_text(encoding="utf-8"), old, new), encoding="utf-8")


def test_what_is_allowed_is_a_yes_and_recorded(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = document(capsys, *STAGE, "--approved-by", "bo")
    assert (code, said["version"], [d["result"] for d in said["decisions"]]) == (ExitCode.YES, 1, ["allowed"])
    (record,) = (root / ".dynamic/ags/decisions").rglob("*.jsonl")
    assert str(record) == said["record"]
    assert [json.loads(line) for line in record.read_text(encoding="utf-8").splitlines()] == said["decisions"]


@pytest.mark.usefixtures("root")
def test_a_denial_says_rule_file_line_path_value_and_fix(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(*STAGE, "--approved-by", "Ana") == ExitCode.NO
    shown = capsys.readouterr().out
    assert "denied  action: deploy.staging by ana\n" in shown
    assert "  own_approval  ci/policies/action.rego:" in shown
    assert '    input.approvals[0] = "ana"\n' in shown
    assert "    fix: have somebody else approve\n" in shown
    line = int(shown.partition("own_approval  ci/policies/action.rego:")[2].split()[0])
    text = Path("../../ci/policies/action.rego").read_text(encoding="utf-8").splitlines()
    assert text[line - 1 : line + 1] == ["deny contains {", '\t"rule": "own_approval",']


@pytest.mark.usefixtures("root")
def test_without_words_every_workflow_is_judged(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = document(capsys, "check")
    assert (code, [d["subject"] for d in said["decisions"]]) == (ExitCode.YES, ["workflow: .github/workflows/ci.yml"])


def test_a_workflow_that_takes_more_is_denied(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(root, ".github/workflows/ci.yml", "      contents: read", "      contents: write")
    code, said = document(capsys, "check", "--workflow", ".github/workflows/ci.yml")
    (denial,) = said["decisions"][0]["denials"]
    assert (code, denial["rule"], denial["path"]) == (
        ExitCode.NO,
        "permission_beyond_manifest",
        "jobs.test.permissions.contents",
    )


def test_a_request_may_come_from_a_file(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = root / "r.json"
    file.write_text(json.dumps({"action": "ci.test", "author": "ana", "changed": ["ci/governance.yaml"]}))
    code, said = document(capsys, "check", "--input", str(file))
    assert (code, [d["result"] for d in said["decisions"]]) == (ExitCode.NO, ["allowed", "denied"])


def test_other_files_may_be_named_from_the_current_folder(root: Path) -> None:
    text = edited(GOVERNANCE, "T1: {approvals: 1", "T1: {approvals: 0")
    write_all(root / "src/deep", {"m.yaml": text})
    shutil.copytree(root / "ci/policies", root / "src/deep/p")
    shutil.rmtree(root / "ci")
    assert call(*STAGE, "--manifest", "m.yaml", "--policies", "p") == ExitCode.YES


def test_a_policy_that_gives_no_answer_is_exit_code_3_and_recorded(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(root, "ci/policies/action.rego", "\tis_string(input.author)\n", "\tinput.nothing\n")
    assert call(*STAGE, "--approved-by", "bo") == ExitCode.UNDECIDED
    shown = capsys.readouterr().out
    assert "undecided  action: deploy.staging by ana" in shown
    assert "data.dynamic.action.allow is not true, and no rule says why; that is never a yes" in shown
    (record,) = (root / ".dynamic/ags/decisions").rglob("*.jsonl")
    assert json.loads(record.read_text(encoding="utf-8"))["result"] == "undecided"


@pytest.mark.parametrize(
    ("file", "text", "error", "said"),
    [
        ("ci/policies/action.rego", "package x\nallow { true }\n", PolicyError, "action.rego cannot be loaded"),
        ("ci/governance.yaml", None, UnreadableError, "ci/governance.yaml (No such file or directory): restore it"),
        ("ci/governance.yaml", "a: 1\n", ManifestError, "ci/governance.yaml:1: a: an unknown key"),
    ],
)
def test_what_cannot_be_read_is_exit_code_3(
    root: Path, file: str, text: str | None, error: type[DynamicError], said: str
) -> None:
    (root / file).unlink()
    if text is not None:
        write_all(root, {file: text})
    with pytest.raises(error) as caught:
        call(*STAGE)
    assert caught.value.exit_code == ExitCode.UNDECIDED
    assert said in str(caught.value) or any(said in str(problem) for problem in getattr(caught.value, "problems", ()))


def test_each_problem_of_the_manifest_is_a_line(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(root, "ci/governance.yaml", "{tier: T1,", "{tier: T4,")
    change(root, "ci/governance.yaml", "/src/", "/s rc/")
    with pytest.raises(ManifestError, match="the first of 2 problems"):
        call("drift")
    told = capsys.readouterr().err.splitlines()
    assert [line.partition(": ")[0] for line in told] == ["ci/governance.yaml:13", "ci/governance.yaml:17"]


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize(
    "words",
    [
        ["--author", "ana"],
        ["--action", "ci.test"],
        ["--approved-by", "bo"],
        ["--input", "x.json", "--action", "ci.test"],
        ["--input", "x.json"],
        ["--action", "ci.test", "--author", "a b"],
    ],
)
def test_words_that_do_not_fit_are_exit_code_2(words: list[str]) -> None:
    with pytest.raises(RequestError) as caught:
        call("check", *words)
    assert caught.value.exit_code == ExitCode.USAGE


def test_a_repository_without_workflows_is_told_what_to_ask(root: Path) -> None:
    shutil.rmtree(root / ".github/workflows")
    with pytest.raises(RequestError, match="has no workflow to judge"):
        call("check")


def test_a_folder_outside_any_repository_is_exit_code_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="--repo DIR"):
        call("check")


@pytest.mark.usefixtures("root")
def test_the_policies_own_tests_run(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = document(capsys, "test")
    assert code == ExitCode.YES
    assert len(said["tests"]) >= 20


def test_a_failing_policy_test_is_a_no_with_its_place(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(root, "ci/policies/action.rego", "\tperson != input.author\n", "")
    assert call("test") == ExitCode.NO
    assert "failed  data.dynamic.action_test.test_the_author_does_not_count  ci/policies/action_test" in (
        capsys.readouterr().out
    )
    for path in (root / "ci/policies").glob("*_test.rego"):
        path.unlink()
    with pytest.raises(PolicyError, match="holds no test"):
        call("test")


@pytest.mark.usefixtures("root")
def test_no_drift_is_a_yes(capsys: pytest.CaptureFixture[str]) -> None:
    assert document(capsys, "drift") == (ExitCode.YES, {"version": 1, "differences": []})


def test_drift_shows_both_sides_why_and_what_to_change(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(root, ".github/workflows/ci.yml", "      contents: read", "      contents: write")
    assert call("drift") == ExitCode.NO
    assert capsys.readouterr().out.splitlines()[:5] == [
        "permission  .github/workflows/ci.yml: test: contents",
        "  manifest  ci/governance.yaml:23  read",
        "  artifact  .github/workflows/ci.yml:7  write",
        "  why       the job's token may do more than was agreed",
        "  change    the workflow: lower it to read",
    ]


def test_only_tracked_files_have_owners_to_compare(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(root, ".github/CODEOWNERS", "/src/ ", "/src/deep/a.py")
    write_all(root, {"src/untracked.py": ""})
    assert call("drift") == ExitCode.YES
    git(root, "add", "--all")
    assert call("drift") == ExitCode.NO
    assert "path.owner  src/untracked.py" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("file", "text"), [(".github/CODEOWNERS", "!a @b\n"), (".github/workflows/ci.yml", "on: [\n"), (".git", None)]
)
def test_what_drift_cannot_read_is_exit_code_3(root: Path, file: str, text: str | None) -> None:
    if text is None:
        shutil.rmtree(root / file)
    else:
        write_all(root, {file: text})
    with pytest.raises(DynamicError) as caught:
        call("drift", "--repo", str(root))
    assert caught.value.exit_code == ExitCode.UNDECIDED


@pytest.mark.parametrize("command", ["check", "drift", "test"])
def test_help_shows_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        policy_group.main([command, "--help"])
    assert f"Example:  ./dynamic policy {command}" in capsys.readouterr().out
