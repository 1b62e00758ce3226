"""The digest of code tells an edit from none."""

from pathlib import Path

import pytest

from dynamic_ta.sweeps.code import code_digest


def test_an_edit_below_the_package_changes_the_digest_and_another_file_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    inner = tmp_path / "swept_package" / "inner"
    inner.mkdir(parents=True)
    (tmp_path / "swept_package" / "__init__.py").write_text("")
    (inner / "a.py").write_text("x = 1\n")
    first = code_digest(["swept_package"])
    (inner / "notes.txt").write_text("not code")
    assert code_digest(["swept_package"]) == first
    (inner / "a.py").write_text("x = 2\n")
    edited = code_digest(["swept_package"])
    (inner / "a.py").rename(inner / "b.py")
    assert len({first, edited, code_digest(["swept_package"])}) == 3


def test_texts_count_each_on_its_own() -> None:
    found = {code_digest([], texts) for texts in (["ab"], ["a", "b"], ["b", "a"], [], ["a"])}
    assert len(found) == 5
