"""How much of a change a recorded test is known to execute: what runs it comes before what only imports it."""

import pytest

from dynamic_impact.model import Uses
from dynamic_impact.recordings.judge import Judgement, executed_change
from dynamic_impact.recordings.model import Ran, Recording
from tests.dynamic_impact.recordings.conftest import MakeProgram

IMPORTS = Judgement(spared=False, why="imports lib.py, whose own statements or signatures changed")
SILENT = Judgement(spared=False, why="it starts a program")


def recorded(*blocks: str) -> list[Recording]:
    return [Recording("t", "i", "3.11", "m", True, (), {"lib.py": Ran("b", frozenset(("<module>", *blocks)))})]


def test_the_nearest_block_that_was_executed_counts_and_an_import_is_half() -> None:
    uses = Uses({}, {"lib.py": {"<module>": 0, "changed": 0, "user": 1, "far": 3}, "other.py": {"used": 0}})

    def much(*blocks: str, judged: Judgement = IMPORTS) -> float | None:
        return executed_change(recorded(*blocks), judged, uses)

    assert much("changed", "far") == 1.0
    assert much("user", "far") == 0.75
    assert much("far") == 0.625
    assert much("used") == 0.5  # of another file
    assert much("user", judged=SILENT) == 0.75
    assert much("used", judged=SILENT) is None
    assert much("changed", judged=Judgement(spared=True, why="as they were")) == 0.0
    assert executed_change((), Judgement(spared=False, why="it has no recording"), uses) is None
    executes = Judgement(spared=False, why="executes used in lib.py, which changed")
    assert executed_change(recorded("used"), executes, Uses()) == 1.0


@pytest.mark.parametrize(("asks", "expected"), [("basket", 1.0), ("", 0.5)])
def test_a_fixture_without_its_decorator_concerns_the_tests_that_ask_for_it(
    program: MakeProgram, asks: str, expected: float
) -> None:
    fixture = "import pytest\n\n@pytest.fixture\ndef basket():\n    return []\n"
    made = program({"conftest.py": fixture, "test_it.py": f"def test_it({asks}):\n    assert True\n"})
    made.record()
    made.write({"conftest.py": fixture.replace("@pytest.fixture\n", "")})
    judged = made.recordings.judge(["test_it.py"], made.root)
    assert judged["test_it.py"].why == IMPORTS.why.replace("lib.py", "conftest.py")
    uses = Uses({}, {"conftest.py": {"basket": 0}})
    assert made.recordings.executed(judged, uses) == {"test_it.py": expected}
