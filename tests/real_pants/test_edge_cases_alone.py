"""Each named edge case alone: no case may be saved by another's edit, nor select what is another's."""

from collections.abc import Iterator

import pytest

from tests.real_pants.edges import Case
from tests.real_pants.worlds import CASES, Worlds, new_worlds, toml


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory, command: str) -> Iterator[Worlds]:
    made = new_worlds(tmp_path_factory.mktemp("worlds"), command)
    yield made
    made.stop()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_alone_selects_what_it_requires_and_no_more(worlds: Worlds, case: Case) -> None:
    try:
        worlds.edit(case)
        selection = worlds.select()
        addresses = {test.address for test in selection.tests}
        assert case.judge(addresses) == []
        assert {address for address in addresses if not case.holds(address)} == set()
        assert [fallback for fallback in selection.fallbacks if fallback.everything] == []
        if case.content:
            assert addresses <= worlds.stock()
    finally:
        worlds.undo()


@pytest.mark.parametrize(
    ("old", "new", "share"),
    [
        ("[GLOBAL]\n", "# why\n[GLOBAL]\n", 0),
        ("[pytest]\n", "[black]\nargs = ['-S']\n\n[pytest]\n", 0),
        ('root_patterns = ["/", "/src"]', 'root_patterns = ["/", "/src", "/nowhere"]', 1),
    ],
    ids=["a comment", "a linter's", "one without a row"],
)
def test_an_edited_option_selects_no_test_or_all_of_them(worlds: Worlds, old: str, new: str, share: int) -> None:
    text = toml()
    assert old in text
    try:
        (worlds.root / "pants.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
        selection = worlds.select()
        assert len(selection.tests) == share * selection.tests_total
    finally:
        worlds.undo()
