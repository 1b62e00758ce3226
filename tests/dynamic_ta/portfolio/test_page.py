"""docs/products/portfolio.md against the code."""

import re
from pathlib import Path

from dynamic_ta.portfolio.weights import WEIGHTINGS


def page() -> str:
    return Path("docs/products/portfolio.md").read_text(encoding="utf-8")


def test_the_page_has_a_line_for_every_way_to_weigh_in_order() -> None:
    table = page().split("| weights |")[1].split("\n\n")[0]
    assert re.findall(r"^\| ([a-z-]+) \|", table, re.MULTILINE) == [row.name for row in WEIGHTINGS]


def test_the_pages_program_runs() -> None:
    (program,) = re.findall(r"```python\n(.*?)```", page(), re.DOTALL)
    scope: dict[str, object] = {}
    exec(program, scope)
    assert len(scope["found"].orders) > 1  # type: ignore[attr-defined]
