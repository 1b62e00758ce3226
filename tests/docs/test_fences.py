from pathlib import Path

import pytest

from tests.docs.fences import UnclosedFenceError, documents, fences, is_run_somewhere, run_in_one_clone


def _document(root: Path, text: str) -> Path:
    (root / "README.md").write_text(text, encoding="utf-8")
    return root


def test_a_block_knows_its_line_its_promise_and_its_commands(tmp_path: Path) -> None:
    (fence,) = fences(_document(tmp_path, "a\n\n```sh run\n# why\n./x y\n\n./z\n```\n"), "README.md")
    assert (fence.line, fence.language, fence.is_run, fence.path) == (4, "sh", True, "")
    assert fence.commands() == [(5, "./x y"), (7, "./z")]


def test_a_longer_fence_holds_a_shorter_one(tmp_path: Path) -> None:
    (fence,) = fences(_document(tmp_path, "````md path=a/b.md\n```sh\nx\n```\n````\n"), "README.md")
    assert (fence.path, fence.text) == ("a/b.md", "```sh\nx\n```\n")


def test_a_block_that_is_never_closed_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnclosedFenceError, match=r"README\.md:2"):
        fences(_document(tmp_path, "a\n```sh\nx\n"), "README.md")


def test_documents_below_docs_are_found_at_any_depth(tmp_path: Path) -> None:
    (tmp_path / "docs" / "adr").mkdir(parents=True)
    (tmp_path / "docs" / "adr" / "0001-x.md").touch()
    assert documents(_document(tmp_path, "")) == ["README.md", "docs/adr/0001-x.md"]


def test_only_the_named_documents_the_pages_and_the_guides_are_run() -> None:
    names = ("README.md", "docs/guides/a.md", "docs/products/a.md", "docs/adr/a.md", "docs/guides/b/a.md")
    assert [is_run_somewhere(name) for name in names] == [True, True, True, False, False]


def test_the_first_reads_come_before_the_pages_and_guides_have_clones_of_their_own(tmp_path: Path) -> None:
    for name in ("docs/products/x.md", "docs/guides/g.md", "docs/adr/a.md", "CONTRIBUTING.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert run_in_one_clone(_document(tmp_path, "")) == ["README.md", "CONTRIBUTING.md", "docs/products/x.md"]
