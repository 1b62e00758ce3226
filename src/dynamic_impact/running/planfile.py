"""Reads what running needs of a plan document (``dynamic.plan/1``), and cuts it into calls of Pants."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, ValidationError

from dynamic_base import DynamicError, UsageError
from dynamic_impact.git import EMPTY_TREE, Git
from dynamic_impact.model import Affected, Change, Selection, Step
from dynamic_impact.running.model import Call

_LIKELY = 0.5


class PlanFileError(DynamicError):
    """The plan document is missing, torn, or of another kind."""


class PlanElsewhereError(DynamicError):
    """The plan was made for other files than those that are here."""


class NoSuchShardError(UsageError):
    """The plan has no shard of that number."""


class _Part(BaseModel):
    # What a later planner adds is not this reader's business.
    model_config = ConfigDict(extra="ignore", frozen=True)


class PlannedTask(_Part):
    """One task of the plan; ``setup`` is what Pants does by itself when the first test needs it."""

    id: str
    goal: str
    subject: str = ""
    addresses: tuple[str, ...] = ()
    p50_s: NonNegativeFloat = 0.0
    setup: bool = False
    failure: float = 0.0
    priority: float = 0.0
    resources: dict[str, float] = Field(default_factory=dict)


class PlannedShard(_Part):
    """What one machine is to run, in order, by the tasks' ids."""

    index: int
    tasks: tuple[str, ...] = ()


class _Totals(_Part):
    targets: int = 0
    tests: int = 0


class _Selected(_Part):
    base: str = ""
    base_tree: str = ""
    head: str = ""
    head_tree: str = ""
    reason: str = ""
    totals: _Totals = _Totals()


class PlanFile(_Part):
    """The part of a plan document that running reads."""

    document: Literal["dynamic.plan/1"] = Field(alias="schema")
    selection: _Selected = _Selected()
    tasks: tuple[PlannedTask, ...]
    shards: tuple[PlannedShard, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """What a plan file gives this machine to run.

    Parameters
    ----------
    shard : int, counted from 1; 0 is the whole plan
    of : int, how many shards there are
    """

    path: str
    shard: int
    of: int
    tasks: tuple[PlannedTask, ...]
    selection: Selection

    @property
    def expected_s(self) -> float:
        """Return the sum of what its tasks are expected to take, s."""
        return sum(task.p50_s for task in self.tasks)


def read_share(path: Path, shard: int) -> Share:
    """Return what shard number ``shard`` of the plan in ``path`` is to run; number 0 is the whole plan.

    Raises
    ------
    PlanFileError : the file is missing, or no plan document
    NoSuchShardError : the number is out of range; of a plan without work any number is an empty share
    """
    plan = _read(path)
    known = {task.id: task for task in plan.tasks}
    if missing := [name for part in plan.shards for name in part.tasks if name not in known]:
        raise PlanFileError(f"{path} names a task that it does not hold ({missing[0]})", _REMAKE)
    found = next((part for part in plan.shards if part.index == shard), None)
    if shard and found is None and plan.shards:
        raise NoSuchShardError(
            f"{path} has no shard {shard}", f"it has {len(plan.shards)}: give --shard 1 to {len(plan.shards)}"
        )
    whole = (task.id for task in sorted(plan.tasks, key=lambda task: task.priority))
    names = found.tasks if found else () if shard else tuple(whole)
    tasks = tuple(known[name] for name in names if not known[name].setup)
    return Share(str(path), shard, len(plan.shards), tasks, _selection(plan, tasks))


def tree_here(git: Git, wanted: str, aside: str = "") -> str:
    """Return the id of the files as they are; ``wanted`` where they are that but for the untracked file ``aside``.

    Parameters
    ----------
    aside : str, relative to the work tree: the plan itself, written into the tree that it was made for
    """
    found = git.compare(EMPTY_TREE).head_tree
    return wanted if aside and git.without(found, aside) == wanted else found


def check_tree(share: Share, git: Git) -> str:
    """Return a remark where the plan does not say what files it is for, else "".

    Raises
    ------
    PlanElsewhereError : it is for other files
    """
    planned = share.selection.change.head_tree
    if not planned:
        return f"{share.path} does not say which files it is for"
    found = tree_here(git, planned, aside_of(share, git))
    if found != planned:
        raise PlanElsewhereError(
            f"{share.path} was made for the files of tree {planned[:12]}, and here is {found[:12]}",
            f"check out {share.selection.change.head[:12] or 'its files'}, plan again, or add --any-tree",
        )
    return ""


def aside_of(share: Share, git: Git) -> str:
    """Return where the plan lies in the work tree, or "" where it lies outside."""
    path = Path(share.path).resolve()
    return path.relative_to(git.top).as_posix() if path.is_relative_to(git.top) else ""


def calls_of(tasks: Iterable[PlannedTask]) -> tuple[Call, ...]:
    """Return one call a goal and kind of resource, in the tasks' order; likely failures come before, in their own."""
    groups: dict[tuple[str, bool, tuple[tuple[str, float], ...]], list[PlannedTask]] = {}
    for task in tasks:
        key = (task.goal, task.failure < _LIKELY, tuple(sorted(task.resources.items())))
        groups.setdefault(key, []).append(task)
    return tuple(
        Call(goal, _addresses(group), round(sum(task.p50_s for task in group), 3), dict(resources))
        for (goal, _, resources), group in sorted(groups.items(), key=lambda item: item[0][1])
    )


def _addresses(tasks: Sequence[PlannedTask]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(address for task in tasks for address in task.addresses or (task.subject,)))


_REMAKE = "make it anew with './dynamic impact plan --output FILE'"


def _read(path: Path) -> PlanFile:
    try:
        return PlanFile.model_validate(json.loads(path.read_bytes()))
    except OSError as error:
        raise PlanFileError(f"cannot read the plan {path} ({error.strerror})", _REMAKE) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the document"
        raise PlanFileError(f"{path} is no dynamic.plan/1 document ({where}: {first['msg']})", _REMAKE) from error
    except ValueError as error:
        raise PlanFileError(f"{path} is no JSON ({error})", _REMAKE) from error


def _selection(plan: PlanFile, tasks: Sequence[PlannedTask]) -> Selection:
    """Return what the log of runs needs to know of the change; the graph is not read again."""
    of = plan.selection
    why = (Step("the plan", "", "planned"),)
    tests = (address for task in tasks if task.goal == "test" for address in _addresses([task]))
    return Selection(
        change=Change(of.base, of.base_tree, of.head, of.head_tree, (), of.reason or "the plan"),
        changed_targets=(),
        changed_requirements=(),
        affected=tuple(Affected(address, "", is_test=True, distance=0, path=why) for address in tests),
        fallbacks=(),
        unowned=(),
        tests_total=of.totals.tests,
        targets_total=of.totals.targets,
        seconds={},
    )
