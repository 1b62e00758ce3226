"""A repository for each test."""

from pathlib import Path

import pytest

from tests.dynamic_impact.repositories import IDENTITY, Repository, new_repository


@pytest.fixture(autouse=True)
def _own_git_identity(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """An unborn repository with a space and a non-ASCII letter in its path."""
    return new_repository(tmp_path / "my répo")
