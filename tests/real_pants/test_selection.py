"""The engine on Pants itself, over the generated repository of this folder's conftest.py."""

import pytest

from tests.dynamic_impact.repositories import Repository
from tests.real_pants.commands import document, selected


def test_an_edit_a_deletion_and_a_rename_select_just_their_tests(
    capsys: pytest.CaptureFixture[str], repository: Repository, command: str
) -> None:
    repository.write_all({"lib/core.py": "X = 2\n"})
    assert selected(capsys, repository, command) == ["check:user"]
    repository.write_all({"lib/core.py": "X = 1\n", "a b/one.txt": "one more\n"})
    assert selected(capsys, repository, command) == ["a b:test_é"]
    repository.git("checkout", "--quiet", ".")
    (repository.root / "lib" / "core.py").unlink()
    assert selected(capsys, repository, command) == ["check:user"]
    repository.git("checkout", "--quiet", ".")
    repository.git("mv", "lib/core.py", "lib/kernel.py")
    assert selected(capsys, repository, command) == ["check:user"]
    repository.git("reset", "--quiet", "--hard")


def test_a_build_edit_selects_the_target_that_it_changes(
    capsys: pytest.CaptureFixture[str], repository: Repository, command: str
) -> None:
    build = repository.root / "check" / "BUILD"
    text = build.read_text()
    build.write_text("# a comment\n" + text)
    assert selected(capsys, repository, command) == []
    build.write_text(text.replace("grep -q two", "grep -c two"))
    assert selected(capsys, repository, command) == ["check:other"]


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("third/products.lock", "parser==3.0", "parser==3.1", ["app:web"]),
        ("third/products.lock", "tool==5.0", "tool==5.1", ["app:tool"]),
        ("third/products.lock", "    # via web\n", "    # via\n    #   web\n", []),
        ("third/products.lock", "    # via web\n", "", ["app:tool", "app:web"]),
        ("third/wanted.txt", "tool==5.0", "tool>=5", ["app:tool"]),
        ("third/wanted.txt", "web==1.0\ntool==5.0", "tool==5.0\nweb==1.0", []),
    ],
    ids=["a pin below", "a pin", "a comment", "an unknown need", "a requirement", "another order"],
)
def test_an_edit_of_what_is_locked_selects_those_who_stand_on_it(
    capsys: pytest.CaptureFixture[str],
    repository: Repository,
    command: str,
    file: str,
    old: str,
    new: str,
    expected: list[str],
) -> None:
    path = repository.root / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert selected(capsys, repository, command) == expected


def test_a_run_gives_the_verdict_of_pants(
    capsys: pytest.CaptureFixture[str], repository: Repository, command: str
) -> None:
    repository.write_all({"a b/one.txt": "none\n", "check/two.txt": "three\n"})
    code, found = document(capsys, repository, command, "run")
    assert code == 1
    results = found["results"]
    assert isinstance(results, list)
    assert {(item["subject"], item["outcome"]) for item in results} == {
        ("a b:test_é", "passed"),
        ("check:other", "failed"),
    }
    repository.write_all({"check/two.txt": "two and more\n"})
    code, found = document(capsys, repository, command, "run", "--fail-fast")
    plan = found["plan"]
    assert code == 0
    assert isinstance(plan, dict)
    assert [task["addresses"] for task in plan["tasks"]] == [["check:other"], ["a b:test_é"]], (
        "what failed last comes first"
    )


def test_an_unparsable_build_file_is_named_and_decides_nothing(
    capsys: pytest.CaptureFixture[str], repository: Repository, command: str
) -> None:
    (repository.root / "check" / "BUILD").write_text("files(name=\n")
    code, found = document(capsys, repository, command, "run")
    assert code == 3
    assert "check/BUILD" in str(found["said"])
