"""The guide's file and its Python, run as they stand, and its table of the language against the code."""

import re
from pathlib import Path
from typing import Any

import pytest

from dynamic_ta.data.model import NUMBERS
from dynamic_ta.strategies.model import AMOUNTS, RULES
from dynamic_ta.strategies.parse import FUNCTIONS

_GUIDE = Path("docs/guides/write-a-strategy.md")


def blocks(info: str) -> list[str]:
    return re.findall(
        rf"^```{re.escape(info)}\n(.*?)^```$", _GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )


def test_the_python_of_the_guide_runs_on_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (file,), (code,) = blocks("toml path=pullback.toml"), blocks("python")
    (tmp_path / "pullback.toml").write_text(file, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(compile(code, str(_GUIDE), "exec"), names)  # the point is to run it as it stands
    assert names["decided"].enter_long.sum() > 10
    assert names["table"].rows.shape[0] == 4


@pytest.mark.parametrize("word", [*FUNCTIONS, *NUMBERS, *RULES, *AMOUNTS, "least", "most", "step"])
def test_the_guide_names_every_word_of_the_language(word: str) -> None:
    assert re.search(rf"`[^`]*\b{word}\b[^`]*`", _GUIDE.read_text(encoding="utf-8"))
