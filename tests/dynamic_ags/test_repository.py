"""The manifest, CODEOWNERS and workflows of the repository that these tests stand in."""

from pathlib import Path

from dynamic_ags import Judge, Outcome, find_drift, inputs_of, load_manifest, new_request, read_artifacts, read_policies
from dynamic_ags.workflows import read_workflow, workflow_files
from dynamic_base import TickingClock

# One for each owner that the two documents name; `./dynamic policy drift` compares every tracked file.
FILES = (
    ".ci/run",
    ".github/CODEOWNERS",
    ".github/workflows/ci.yml",
    "3rdparty/python/default.lock",
    "README.md",
    "ci/gates.toml",
    "ci/gates-baseline.json",
    "ci/governance.yaml",
    "ci/policies/action.rego",
    "ci/licences.toml",
    "ci/programs.toml",
    "ci/run",
    "ci/waivers.toml",
    "kernels/rolling/sma.cl",
    "src/dynamic_ta/__init__.py",
    "tests/dynamic_ta/indicators/test_sma.py",
    "tools/lock",
)


def test_codeowners_and_workflows_say_what_the_manifest_says() -> None:
    assert find_drift(load_manifest(Path()), read_artifacts(Path(), FILES)) == ()


def test_the_workflows_are_allowed() -> None:
    judge = Judge(read_policies(Path()), load_manifest(Path()), TickingClock())
    files = workflow_files(Path())
    assert ".github/workflows/ci.yml" in files
    answers = {file: judge.decide("workflow", "", read_workflow(Path(), file).document()) for file in files}
    assert {file: answer.denials for file, answer in answers.items() if answer.outcome is not Outcome.ALLOWED} == {}


def test_what_governs_is_itself_protected() -> None:
    manifest = load_manifest(Path())
    for path in ("ci/governance.yaml", "ci/policies/new.rego", ".github/CODEOWNERS"):
        owner = manifest.owner(path)
        assert owner is not None
        assert owner.protected
        assert set(owner.roles) >= {"compliance", "security", "ethics"}


def test_the_highest_tier_needs_the_three_offices_and_guards_what_cannot_be_undone() -> None:
    manifest = load_manifest(Path())
    assert set(manifest.tiers["T3"].roles) >= {"compliance", "security", "ethics"}
    highest = {name for name, action in manifest.actions.items() if action.tier == "T3"}
    assert highest >= {"deploy.production", "token.mint", "policy.change"}


def test_the_examples_of_the_help_are_allowed() -> None:
    manifest = load_manifest(Path())
    judge = Judge(read_policies(Path()), manifest, TickingClock())
    asked = inputs_of(new_request("deploy.staging", "ana", ["bo"], []), manifest)
    assert judge.decide("action", "", asked["action"]).outcome is Outcome.ALLOWED
