"""Named edge cases on Pants itself: all at once, each judged by its own three sets; some, and the options, alone."""

from collections.abc import Iterator

import pytest

from dynamic_impact.model import Selection
from tests.real_pants.edges import Case
from tests.real_pants.worlds import CASES, Worlds, new_worlds, toml

# Its edit makes Pants read without its daemon, which costs more than all the others: it is judged alone.
TOGETHER = [case for case in CASES if case.name != "a source that git is told to ignore"]


@pytest.fixture(scope="session")
def _made(tmp_path_factory: pytest.TempPathFactory, command: str) -> Iterator[Worlds]:
    made = new_worlds(tmp_path_factory.mktemp("worlds"), command)
    yield made
    made.stop()


@pytest.fixture
def worlds(_made: Worlds) -> Iterator[Worlds]:
    yield _made
    _made.undo()


def addresses_of(selection: Selection) -> set[str]:
    return {test.address for test in selection.tests}


def test_the_cases_are_many_and_each_has_a_folder_of_its_own() -> None:
    assert len(CASES) >= 60
    assert len({case.folder for case in CASES}) == len(CASES)


def test_each_case_selects_what_it_requires_and_nothing_that_it_forbids(worlds: Worlds) -> None:
    """All cases at once, since their folders do not depend on each other: one read of Pants for each check of this."""
    for case in TOGETHER:
        worlds.edit(case)
    selection, tests = worlds.ask()
    assert [test for case in TOGETHER for test in case.unjudged(tests)] == []
    addresses = addresses_of(selection)
    wrong = [complaint for case in TOGETHER for complaint in case.judge(addresses)]
    assert wrong == []
    assert [fallback for fallback in selection.fallbacks if fallback.everything] == []
    for item in selection.tests:
        folder = item.address.partition("/")[0].partition(":")[0]
        assert folder in item.path[0].source, "the cause of each stands in its own case"
    stock = worlds.stock()
    for case in (case for case in TOGETHER if case.content):
        assert {address for address in addresses if case.holds(address)} <= stock, case.name


ALONE = ("a deleted source", "an init file that loses its content", "a bumped pin below", "a comment in a macro")


@pytest.mark.parametrize("case", [case for case in CASES if case.name in ALONE], ids=lambda case: case.name)
def test_a_case_alone_selects_no_other(worlds: Worlds, case: Case) -> None:
    worlds.edit(case)
    addresses = addresses_of(worlds.select())
    assert case.judge(addresses) == []
    assert {address for address in addresses if not case.holds(address)} == set()


def test_an_option_of_pytest_selects_the_python_tests_alone(worlds: Worlds) -> None:
    text = toml()
    assert 'args = ["-q"]' in text
    (worlds.root / "pants.toml").write_text(text.replace('args = ["-q"]', 'args = ["-v"]'), encoding="utf-8")
    selection, tests = worlds.ask()
    assert {test.type for test in selection.tests} == {"python_test"}
    assert 0 < len(selection.tests) < len(tests)
