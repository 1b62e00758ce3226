from collections.abc import Iterator
from pathlib import Path

import pytest

from dynamic_engines.library.tuning.lookup import VARIABLE, forget


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the file of a user that knows nothing yet."""
    file = tmp_path / "mine" / "tuning.jsonl"
    monkeypatch.setenv(VARIABLE, str(file))
    forget()
    yield file
    forget()
