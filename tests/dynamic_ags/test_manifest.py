import pytest

from dynamic_ags import ManifestError, UnreadableError
from dynamic_ags.located import parse_yaml
from dynamic_ags.manifest import build_manifest
from tests.dynamic_ags.documents import GOVERNANCE, edited, manifest


def test_a_handle_has_one_form_and_a_key_knows_its_line() -> None:
    known = manifest()
    assert known.roles["maintainer"].members == ("ana", "bo")
    assert known.at("tiers", "T2") == "ci/governance.yaml:9"
    assert known.at("ownership", 1, "paths", 1) == "ci/governance.yaml:17"


def test_the_last_match_owns_a_path() -> None:
    known = manifest()
    owners = {path: known.owner(path) for path in ("README.md", "src/x/y.py", "ci/governance.yaml")}
    assert [(owner.roles, owner.protected) for owner in owners.values() if owner] == [
        (("maintainer",), False),
        (("security", "maintainer"), False),
        (("security", "ethics"), True),
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("uses: [", "usess: [", "ci/governance.yaml:25: usess: an unknown key (use one of schema, roles, tiers"),
        ("what: run tests", "why: x", 'actions["ci.test"].why: an unknown key (use one of tier, what, or remove it)'),
        ("environment: staging", "env: x", "jobs.stage.env: an unknown key (use one of actions, permissions, env"),
        ("protected: true", "guarded: true", "ownership[2].guarded: an unknown key (use one of paths, roles, prot"),
        ("{approvals: 1,", "{", "ci/governance.yaml:8: tiers.T1.approvals: field required (add the key)"),
        ("  T1: {approvals: 1, roles: []}\n", "", "tiers.T1: field required (add the key)"),
        ("governance/1", "governance/2", ":1: schema: input should be 'dynamic.governance/1' (use one of those)"),
        ("[ines]", "[no]", ":5: roles.ethics.members[0]: input should be a valid string (write it as text, in quotes"),
        ("[ines]", "[]", "roles.ethics.members: list should have at least 1 item"),
        ("[ines]", '["a b"]', "roles.ethics.members[0]: string should match pattern"),
        ("approvals: 1,", 'approvals: "1",', "tiers.T1.approvals: input should be a valid integer (write a whole num"),
        ("protected: true", "protected: 1", "ownership[2].protected: input should be a valid boolean"),
        ("packages: write}, e", "packages: admin}, e", "jobs.stage.permissions.packages: input should be 'none', 'rea"),
        ("packages: write}, e", '"*": write}, e', 'stage.permissions["*"]: string should match pattern'),
        ("[security, ethics]}\na", "[security, ethic]}\na", ":10: tiers.T3.roles[1]: there is no role 'ethic' (use "),
        ("{tier: T1,", "{tier: T4,", ':13: actions["deploy.staging"].tier: there is no tier '),
        (
            "actions: [deploy.staging]",
            "actions: [deploy]",
            ':24: workflows[".github/workflows/ci.yml"].jobs.stage.actions[0]: there is no action',
        ),
        ("[security, maintainer]}", "[safety]}", ":17: ownership[1].roles[0]: there is no role 'safety'"),
        ("/src/", "'!/src/'", ":17: ownership[1].paths[0]: the pattern '!/src/' holds '!'"),
        ("T2: {approvals: 2", "T2: {approvals: 0", ":9: tiers.T2.approvals: T2 asks for less than T1 (raise it to 1"),
        ("T0: {approvals: 0", "T0: {approvals: 1", ":7: tiers.T0: T0 is automatic, and this asks for approvals"),
        ("T3: {approvals: 2", "T3: {approvals: 9", "tiers.T3.approvals: nobody could get 9 approvals from others"),
        ("[ines]", "[GORAN]", "tiers.T3.roles: goran is in both security and ethics, which T3 asks for as different"),
        (
            ", environment: staging",
            "",
            "stage: deploy.staging needs approvals, and without an environment nothing",
        ),
        ("@acme/ethics", "@Acme/security", "roles.ethics.team: @Acme/security is the team of security too"),
    ],
)
def test_every_problem_is_named_with_its_key_and_the_fix(old: str, new: str, said: str) -> None:
    with pytest.raises(ManifestError) as caught:
        manifest(edited(GOVERNANCE, old, new))
    assert [str(problem) for problem in caught.value.problems if said in str(problem)]


def test_all_problems_are_told_at_once_in_the_files_order() -> None:
    text = edited(edited(GOVERNANCE, "{tier: T1,", "{tier: T4,"), "[security, ethics]}\na", "[safety, x]}\na")
    with pytest.raises(ManifestError, match="there is no role 'safety', the first of 3 problems") as caught:
        manifest(text)
    assert [problem.line for problem in caught.value.problems] == [10, 10, 13]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "m.yaml is empty"),
        ("a: [", "m.yaml:1: not YAML"),
        ("a: 1\nb:\n\t- x", "m.yaml:3: not YAML"),
        ("a: 1\nb: 2\na: 3\n", "m.yaml:3: the key a stands twice"),
        ("a: &x 1\nb: *x\n", "m.yaml:2: a YAML alias"),
        ("a: 2026-13-45\n", "not YAML"),
        ("a: 1\n# x\u2028b: 2\n", r"m.yaml:2: the character U\+2028"),
        ("? [1]\n: 2\n", "m.yaml:1: a key that is no text"),
        ("a: !!python/object:os.system x\n", "m.yaml:1: not YAML"),
    ],
)
def test_what_is_no_plain_yaml_is_named_with_its_line(text: str, said: str) -> None:
    with pytest.raises(UnreadableError, match=said.replace("[", r"\[")):
        build_manifest(parse_yaml("m.yaml", text))


@pytest.mark.parametrize("text", ["a\n", "- a\n", "3\n"])
def test_a_document_of_another_form_is_a_problem(text: str) -> None:
    with pytest.raises(ManifestError, match=r"m\.yaml:1: the document: input should be"):
        build_manifest(parse_yaml("m.yaml", text))


def test_the_digest_follows_the_meaning_and_not_the_spelling() -> None:
    assert manifest("# a comment\n" + GOVERNANCE).digest == manifest().digest
    assert manifest(edited(GOVERNANCE, "T1: {approvals: 1", "T1: {approvals: 2")).digest != manifest().digest
    assert manifest(edited(GOVERNANCE, ", protected: true", "")).digest != manifest().digest
