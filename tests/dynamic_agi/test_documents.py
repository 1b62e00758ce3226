"""The product's page against the code."""

import re
from pathlib import Path

from dynamic_agi import INVARIANTS
from dynamic_agi.documents import names

PAGE = Path("docs/products/dynamic_agi.md").read_text(encoding="utf-8")


def test_the_page_holds_every_invariant_with_its_rule_and_no_other() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| (.+) \|$", PAGE.partition("## Invariants")[2], re.MULTILINE)
    assert rows == [(invariant.name, invariant.rule) for invariant in INVARIANTS]


def test_the_page_names_every_scenario_and_profile() -> None:
    for name in (*names("scenarios"), *names("profiles")):
        assert f"`{name}`" in PAGE
