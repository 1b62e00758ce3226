import json
from pathlib import Path

import pytest

from dynamic_ags import Request, RequestError, inputs_of, new_request, read_request
from tests.dynamic_ags.documents import manifest


def test_a_file_says_what_the_words_say(tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    file.write_text(json.dumps({"action": "ci.test", "author": "@Ana", "approvals": ["BO"], "changed": ["a/b"]}))
    assert read_request(file) == Request("ci.test", "ana", ("bo",), ("a/b",))
    assert read_request(file) == new_request("ci.test", "ana", ["bo"], ["a/b"])


def test_the_owners_of_what_changes_are_looked_up_and_asked_only_then() -> None:
    assert inputs_of(new_request("ci.test", "ana", [], []), manifest()).keys() == {"action"}
    assert inputs_of(new_request("ci.test", "ana", ["bo"], ["ci/governance.yaml"]), manifest())["ownership"] == {
        "author": "ana",
        "approvals": ["bo"],
        "changes": [{"path": "ci/governance.yaml", "roles": ["security", "ethics"], "protected": True}],
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "cannot read the request"),
        ("[]", "r.json: the document: Input should be"),
        ('{"action": "a"}', "r.json: author: Field required"),
        ('{"action": "a", "author": "b", "approved": []}', "r.json: approved: Extra inputs"),
        ('{"action": "a", "author": "a b"}', "r.json: author: String should match"),
        ('{"action": "a", "author": "b", "approvals": "c"}', "r.json: approvals: Input should be a valid list"),
    ],
)
def test_a_request_that_does_not_fit_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "r.json").write_text(text)
    with pytest.raises(RequestError, match=said):
        read_request(tmp_path / "r.json")


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="No such file"):
        read_request(tmp_path / "r.json")


@pytest.mark.parametrize("path", ["", "/ci/x", "./ci/x", "ci/../ci/x", "ci//x", "ci/"])
def test_another_spelling_of_a_path_cannot_dodge_its_owner(path: str) -> None:
    with pytest.raises(RequestError, match="is no path relative to the repository"):
        new_request("a", "b", [], [path])
