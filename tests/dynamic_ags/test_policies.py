"""What is no policy of ours is refused when it is loaded, with its file and line."""

import json
from pathlib import Path

import pytest

from dynamic_ags import PolicyError, UnreadableError, read_policies
from dynamic_ags.policies import load_policies
from dynamic_ags.policy_checks import COMPARED
from dynamic_ags.policy_tests import run_tests

GOOD = """\
package dynamic.a

import rego.v1

default allow := false

allow if count(deny) == 0

deny contains {"rule": "no", "path": "x", "value": input.x, "message": "m", "fix": "f"} if {
	input.x != 1
}
"""


def load(text: str) -> None:
    load_policies({"p/a.rego": text})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("package dynamic.a\n\nallow { input.x }\n", "p/a.rego:3: `if` keyword is required before rule body"),
        (GOOD.replace("import rego.v1\n", ""), "p/a.rego does not import rego.v1"),
        (GOOD.replace("package dynamic.a", "package dynamic.b"), "p/a.rego is in the package dynamic.b"),
        (GOOD.replace("input.x != 1", "walk(input, [_, 1])"), "p/a.rego:10: walk was not compared with OPA"),
        (
            GOOD.replace("input.x != 1", 'regex.match("\\\\d", input.x)'),
            "p/a.rego:10: regex.match with a pattern that has a backslash",
        ),
        (
            GOOD.replace("input.x != 1", "regex.match(input.y, input.x)"),
            "p/a.rego:10: regex.match with a pattern that has a backslash",
        ),
        (GOOD.replace("input.x != 1", 'sprintf("%s", [input.x])'), "p/a.rego:10: sprintf with a format other than %v"),
        (GOOD + '\ndeny contains {"rule": "no"} if input.y\n', "p/a.rego:13: the rule no stands twice"),
        (GOOD.replace("allow", "permit"), "p/a.rego does not define both allow and deny"),
        ("garbage", "p/a.rego:1: expecting `package` Missing package declaration."),
        ("", "p/a.rego"),
    ],
)
def test_a_bad_policy_is_refused(text: str, said: str) -> None:
    with pytest.raises(PolicyError) as caught:
        load(text)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_each_denial_knows_its_rules_first_line() -> None:
    policies = load_policies({"p/a.rego": GOOD})
    assert {key: (place.file, place.line) for key, place in policies.rules.items()} == {
        ("dynamic.a", "no"): ("p/a.rego", 9)
    }


def test_the_digest_follows_the_policies_and_not_their_tests_or_folder() -> None:
    test = "package dynamic.a_test\n\nimport rego.v1\n\ntest_x if true\n"
    digest = load_policies({"p/a.rego": GOOD}).digest
    assert load_policies({"q/a.rego": GOOD, "q/a_test.rego": test}).digest == digest
    assert load_policies({"p/a.rego": GOOD.replace("!= 1", "!= 2")}).digest != digest


def test_settings_are_data_under_their_files_name_and_count_in_the_digest() -> None:
    text = GOOD.replace("input.x != 1", "input.x != data.a.one")
    one, two = (load_policies({"p/a.rego": text}, {"p/data/a.json": f'{{"a": {{"one": {n}}}}}'}) for n in (1, 2))
    assert one.digest != two.digest != load_policies({"p/a.rego": text}).digest
    for policies, allowed in ((one, True), (two, False)):
        engine = policies.engine.clone()
        engine.set_input_json('{"x": 1}')
        assert json.loads(engine.eval_rule_as_json("data.dynamic.a.allow")) is allowed


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"b": {}}', '{"a": 1, "b": 2}'])
def test_settings_that_are_not_under_their_own_name_are_refused(content: str) -> None:
    with pytest.raises(PolicyError, match=r"p/data/a\.json (is no JSON|does not hold just one key 'a')"):
        load_policies({"p/a.rego": GOOD}, {"p/data/a.json": content})


@pytest.mark.parametrize(
    "content",
    [
        '{"a": {"one": 1, "one": 2}}',
        '{"a": [{"b": {"one": 1, "two": 1, "one": 1}}]}',
        '{"a": {"one": NaN}}',
        '{"a": {"one": 1e400}}',
        '{"a": "\\ud800"}',
        f'{{"a": {"[" * 200}{"]" * 200}}}',
        f'{{"a": {"[" * 99999}',
    ],
    ids=["twice", "twice within", "NaN", "beyond doubles", "half a character", "deep", "deeper"],
)
def test_settings_that_engines_would_read_otherwise_or_not_at_all_are_refused(content: str) -> None:
    with pytest.raises(PolicyError, match=r"p/data/a\.json (is no JSON|cannot be loaded) \("):
        load_policies({"p/a.rego": GOOD}, {"p/data/a.json": content})


@pytest.mark.parametrize("name", ["governance", "dynamic"])
def test_settings_may_not_take_the_place_of_the_manifest_or_of_a_policy(name: str) -> None:
    with pytest.raises(PolicyError, match="does not hold just one key"):
        load_policies({"p/a.rego": GOOD}, {f"p/data/{name}.json": f'{{"{name}": {{}}}}'})


def test_a_package_may_have_several_files_and_each_denial_knows_its_own() -> None:
    part = 'package dynamic.a\n\nimport rego.v1\n\ndeny contains {"rule": "more"} if small(input.y)\n'
    policies = load_policies({"p/a.rego": GOOD + "\nsmall(y) if y < 2\n", "p/a_more.rego": part})
    assert list(policies.packages) == ["dynamic.a"]
    place = policies.rules["dynamic.a", "more"]
    assert (place.file, place.line) == ("p/a_more.rego", 5)
    with pytest.raises(PolicyError, match=r"p/a_more\.rego is in the package dynamic\.more"):
        load_policies({"p/a.rego": GOOD, "p/a_more.rego": part.replace("dynamic.a", "dynamic.more")})
    with pytest.raises(PolicyError, match=r"the rule no stands twice"):
        load_policies(
            {"p/a.rego": GOOD, "p/a_more.rego": part.replace('"more"', '"no"').replace("small(input.y)", "1 == 1")}
        )


def test_a_rego_test_that_is_not_true_failed() -> None:
    tests = """\
package dynamic.a_test

import rego.v1

import data.dynamic.a

test_true if a.allow with input as {"x": 1}

test_false if a.allow with input as {"x": 2}

test_text := "yes"

test_broken if count(1) == 1

helper if false
"""
    results = {r.name.rpartition(".")[2]: r for r in run_tests(load_policies({"a.rego": GOOD, "a_test.rego": tests}))}
    assert {name: result.passed for name, result in results.items()} == {
        "test_true": True,
        "test_false": False,
        "test_text": False,
        "test_broken": False,
    }
    assert "a_test.rego:13: `count` requires" in results["test_broken"].said
    assert results["test_false"].place.line == 9


def test_the_repositorys_own_policies_load_and_pass_their_tests() -> None:
    policies = read_policies(Path(), with_tests=True)
    results = list(run_tests(policies))
    assert len(results) >= 20
    assert [result for result in results if not result.passed] == []


def test_every_rule_of_the_repository_has_a_rego_test_that_names_it() -> None:
    policies = read_policies(Path())
    texts = {path.stem: path.read_text(encoding="utf-8") for path in Path("ci/policies").glob("*_test.rego")}
    named = {
        (package, rule): f'"{rule}"' in texts[f"{package.rpartition('.')[2]}_test"] for package, rule in policies.rules
    }
    assert [key for key, is_named in named.items() if not is_named] == []


def test_a_folder_without_a_policy_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="no policy in"):
        read_policies(tmp_path)
    (tmp_path / "a.rego").write_bytes(b"\xff")
    with pytest.raises(UnreadableError, match="cannot read a policy"):
        read_policies(tmp_path, ".")


def test_no_built_in_is_allowed_that_is_known_to_differ_silently() -> None:
    assert set(COMPARED).isdisjoint({"walk", "to_number", "lower", "upper", "sum", "json.marshal", "semver.compare"})
