"""Every kind of difference, planted in a repository that has none."""

import pytest

from dynamic_ags import Difference, find_drift
from tests.dynamic_ags.documents import CODEOWNERS, FILES, GOVERNANCE, SHA, WORKFLOW, artifacts, edited, manifest

CI = ".github/workflows/ci.yml"
PIN = f"@{SHA} # v6"


def test_documents_that_agree_have_no_difference() -> None:
    assert find_drift(manifest(), artifacts()) == ()


def drift_of_workflow(old: str, new: str) -> list[Difference]:
    return list(find_drift(manifest(), artifacts(workflows={CI: edited(WORKFLOW, old, new)})))


@pytest.mark.parametrize(
    ("old", "new", "kind", "subject", "manifest_side", "artifact_side"),
    [
        ("      contents: read", "      contents: write", "permission", "test: contents", ":23 read", ":7 write"),
        ("      contents: read", "      contents: none", "permission", "test: contents", ":23 read", ":7 none"),
        (", packages: write", "", "permission", "stage: packages", ":24 write", ":13 none"),
        ("read, packages", "read, id-token: write, packages", "permission", "stage: id-token", ":24 none", ":13 write"),
        ("    permissions: {contents: read, packages: write}\n", "", "permission", "stage: contents", "read", "none"),
        (
            "      name: staging",
            "      name: production",
            "environment",
            "stage",
            ":24 the environment staging",
            ":14 ",
        ),
        ("    environment:\n      name: staging\n", "", "environment", "stage", "staging", ":12 no environment"),
        ("  push:", "  push:\n  pull_request_target:", "trigger.unlisted", "pull_request_target", ":21 ", ":4 "),
        (
            "  push:",
            "  workflow_dispatch:",
            "trigger.missing",
            "push",
            ":21 push starts it",
            ":1 push does not start it",
        ),
        ("  stage:", "  publish:", "job.unlisted", "publish", ":22 does not name it", ":12 runs it"),
        ("  stage:", "  publish:", "job.missing", "stage", ":24 the job does deploy.staging", ":1 "),
        (PIN, "@v6", "use.unpinned", "actions/checkout", ":25 each by the SHA", ":10 actions/checkout@v6"),
        (PIN, "", "use.unpinned", "actions/checkout", ":25 ", ":10 actions/checkout@nothing"),
        ("run: make", f"uses: evil/tool@{SHA}", "use.unlisted", "evil/tool", ":25 does not list it", ":11 uses it"),
    ],
)
def test_a_planted_difference_of_a_workflow_is_found_and_points_at_both_lines(
    old: str, new: str, kind: str, subject: str, manifest_side: str, artifact_side: str
) -> None:
    found = [d for d in drift_of_workflow(old, new) if d.kind == kind and subject in d.subject]
    assert len(found) == 1
    assert manifest_side in f"{found[0].manifest.place} {found[0].manifest.says}"
    assert artifact_side in f"{found[0].artifact.place} {found[0].artifact.says}"
    assert found[0].why
    assert found[0].change.startswith(("the workflow", "the manifest"))


def test_a_stronger_token_is_lowered_and_an_unused_leave_is_taken_back() -> None:
    (more,) = drift_of_workflow("      contents: read", "      contents: write")
    assert more.change == "the workflow: lower it to read"
    (less,) = drift_of_workflow(", packages: write", "")
    assert less.change == "the manifest: lower it to none"


def test_permissions_that_nobody_states_are_left_to_a_setting() -> None:
    text = edited(edited(WORKFLOW, "permissions: {}\n", ""), "    permissions:\n      contents: read\n", "")
    (found,) = find_drift(manifest(), artifacts(workflows={CI: text}))
    assert (found.kind, found.artifact.place) == ("permissions.unstated", f"{CI}:5")


def test_read_all_is_compared_for_each_scope() -> None:
    found = drift_of_workflow("permissions: {contents: read, packages: write}", "permissions: read-all")
    assert [(d.subject.rpartition(" ")[2], d.manifest.says, d.artifact.says) for d in found] == [
        ("*", "none", "read"),
        ("packages", "write", "read"),
    ]


def test_workflows_in_one_of_the_two_only_are_named() -> None:
    other = ".github/workflows/other.yml"
    found = find_drift(manifest(), artifacts(workflows={other: WORKFLOW}))
    assert [(d.kind, d.subject) for d in found] == [("workflow.missing", CI), ("workflow.unlisted", other)]


def test_a_listed_action_that_nobody_uses_is_named() -> None:
    text = edited(GOVERNANCE, "uses: [", "uses: [acme/idle, ")
    (found,) = find_drift(manifest(text), artifacts())
    assert (found.kind, found.subject, found.manifest.place) == ("use.idle", "acme/idle", "ci/governance.yaml:25")


def drift_of_codeowners(old: str, new: str) -> list[Difference]:
    return list(find_drift(manifest(), artifacts(edited(CODEOWNERS, old, new))))


def test_another_owner_is_told_once_for_all_files_of_the_two_rules() -> None:
    given = artifacts(edited(CODEOWNERS, "/src/                @acme/security", "/src/"), files=(*FILES, "src/b/c.py"))
    (found,) = find_drift(manifest(), given)
    assert (found.kind, found.subject) == ("path.owner", "src/a.py and 1 more")
    assert (found.manifest.place, found.manifest.says) == (
        "ci/governance.yaml:17",
        "owned by @acme/maintainers and @acme/security",
    )
    assert (found.artifact.place, found.artifact.says) == (".github/CODEOWNERS:2", "owned by @acme/maintainers")
    assert found.why == "@acme/security would not be asked"


def test_an_owner_too_many_is_told_apart() -> None:
    found = drift_of_codeowners(
        "/ci/governance.yaml  @acme/security", "/ci/governance.yaml  @acme/maintainers @acme/security"
    )
    assert [(d.kind, d.why) for d in found] == [("path.owner", "@acme/maintainers can approve there and should not")]


def test_the_order_of_lines_counts_though_each_line_is_right() -> None:
    lines = CODEOWNERS.splitlines(keepends=True)
    found = find_drift(manifest(), artifacts("".join([*lines[:2], lines[3], lines[2]])))
    assert [(d.kind, d.subject) for d in found] == [
        ("path.owner", "ci/governance.yaml"),
        ("rule.idle", "/ci/governance.yaml"),
    ]


def test_the_same_ownership_written_otherwise_is_no_difference() -> None:
    text = edited(CODEOWNERS, "/src/  ", "/src/**")
    assert find_drift(manifest(), artifacts(text)) == ()


def test_a_path_that_one_of_the_two_leaves_to_nobody_is_named() -> None:
    (found,) = drift_of_codeowners("/src/                @acme/security @acme/maintainers", "/src/")
    assert found.artifact.says == "owned by nobody"
    silent = edited(CODEOWNERS, "*                    @acme/maintainers\n", "")
    found, *_ = find_drift(manifest(), artifacts(silent))
    assert (found.artifact.place, found.artifact.says) == (".github/CODEOWNERS", "owned by nobody")


def test_an_owner_that_is_no_role_is_named() -> None:
    kinds = [(d.kind, d.subject) for d in drift_of_codeowners("@acme/ethics", "@mallory")]
    assert ("owner.unknown", "@mallory") in kinds
    assert ("path.owner", "ci/governance.yaml") in kinds


def test_a_rule_whose_folder_moved_away_is_named_on_both_sides() -> None:
    found = find_drift(manifest(), artifacts(files=tuple(path for path in FILES if not path.startswith("src/"))))
    assert [(d.kind, d.subject, d.manifest.says, d.artifact.says) for d in found] == [
        ("rule.idle", "/src/", "has this path too", "no tracked file has it as its last match"),
        ("rule.idle", "/src/", "no tracked file has it as its last match", "has this path too"),
    ]
