"""Each guide, followed to the letter in a clone: its files written, its edits made, its commands run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clone.clone import Clone
from tests.docs.fences import GUIDES, Fence, fences

_GUIDES = sorted(path.name for path in Path(GUIDES).glob("*.md"))


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all guides: that the project comes up from nothing is for the README's test."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def clone(tmp_path: Path, cache: Path) -> Iterator[Clone]:
    made = Clone(tmp_path / "guide", cache)
    yield made
    made.end_daemon()


def _follow(clone: Clone, fence: Fence) -> bool:
    """Do what one block says, and say whether it was a command."""
    if fence.path:
        path = (clone.path / fence.path).resolve()
        assert path.is_relative_to(clone.path), f"{fence.document}:{fence.line}: {fence.path} is outside the clone"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(fence.text, encoding="utf-8")
    elif fence.language == "diff":
        edit = clone.folder / "edit.diff"
        edit.write_text(fence.text, encoding="utf-8")
        clone.run(f"git apply --recount '{edit}'").passed()
    elif fence.is_run:
        for _, command in fence.commands():
            clone.run(command).passed()
        return True
    return False


def test_there_are_guides() -> None:
    assert _GUIDES


@pytest.mark.parametrize("guide", _GUIDES)
def test_the_guide_works_to_the_letter(clone: Clone, guide: str) -> None:
    ran = [_follow(clone, fence) for fence in fences(clone.path, f"{GUIDES}/{guide}")]
    assert any(ran), f"{guide} runs no command"
