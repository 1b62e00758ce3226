"""Git without a person's own settings, and a repository for each test."""

from pathlib import Path

import pytest

from tests.dynamic_delivery.hooks.worlds import World, new_world
from tests.dynamic_impact.repositories import IDENTITY


@pytest.fixture(autouse=True)
def _own_git(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "DYNAMIC_EARLIER"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A repository with a space and a non-ASCII letter in its path."""
    return new_world(tmp_path / "my répo")
