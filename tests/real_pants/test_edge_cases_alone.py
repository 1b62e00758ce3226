"""Each named edge case alone: no case may be saved by another's edit, nor select what is another's."""

from collections.abc import Iterator

import pytest

from tests.real_pants.edges import Case
from tests.real_pants.worlds import CASES, Worlds, new_worlds


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
