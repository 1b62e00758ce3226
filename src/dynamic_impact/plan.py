"""From a selection, whose tests stand in order, to the calls of Pants: what failed last time is the first of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from dynamic_impact.model import Affected, Selection


@dataclass(frozen=True, slots=True)
class Past:
    """What the last runs say of one test.

    Parameters
    ----------
    seconds : float, s, of its last real (uncached) run
    failed : bool, its last result
    """

    seconds: float
    failed: bool


@dataclass(frozen=True, slots=True)
class Task:
    """One goal over some targets, in one call of Pants."""

    goal: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Tasks in order, and what history expects of them.

    Parameters
    ----------
    expected_s : float, s, sum over the selected tests whose duration is known
    everything_s : float, s, the same over all tests on record
    known : int, how many of the selected tests have a duration on record
    """

    tasks: tuple[Task, ...]
    expected_s: float
    everything_s: float
    known: int


def plan(selection: Selection, goals: tuple[str, ...], past: Mapping[str, Past]) -> Plan:
    """Return the tasks for ``selection``, goal by goal.

    Tests that failed last time are a task of their own before the others, so that a person hears of them first; each
    task costs one start of Pants, about a second. ``lint`` judges what changed, the other goals what is affected, and
    each what its own tools' setting reaches.
    """
    tests = selection.tests
    failed = tuple(test.address for test in tests if _known(test, past) and past[test.address].failed)
    rest = tuple(test.address for test in tests if test.address not in failed)
    affected = tuple(item.address for item in selection.affected)
    by_goal = {"test": (failed, rest), "lint": (selection.changed_targets,)}
    wanted = (
        (goal, _joined(part, selection.anew.get(goal, ()))) for goal in goals for part in by_goal.get(goal, (affected,))
    )
    tasks = (Task(goal, addresses) for goal, addresses in wanted if addresses)
    known = [past[test.address].seconds for test in tests if _known(test, past)]
    return Plan(tuple(tasks), sum(known), sum(item.seconds for item in past.values()), len(known))


def _joined(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *other)))


def _known(test: Affected, past: Mapping[str, Past]) -> bool:
    return test.address in past
