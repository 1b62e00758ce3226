"""A plan as JSON (``dynamic.plan/1``): what ``impact run --plan`` reads, on any machine."""

import shlex
from collections.abc import Sequence
from typing import Any

from dynamic_impact.model import Selection
from dynamic_impact.planning.model import Budget, Choice, Node, Plan, Shard

SCHEMA = "dynamic.plan/1"
# Systems cut a command line off between 32 KiB (Windows) and 2 MiB; a person's patience ends before.
_LONGEST_COMMAND = 4_000


def plan_document(
    selection: Selection,
    plan: Plan,
    machine: str,
    path: str,
    advice: Sequence[str],
    choice: Choice | None = None,
    budget: Budget | None = None,
) -> dict[str, Any]:
    """Return ``plan`` as plain JSON values.

    Parameters
    ----------
    path : where the document will be read from, as each shard's command names it
    """
    return {
        "schema": SCHEMA,
        "selection": _selection(selection),
        "machine": machine,
        "workers": plan.runners.workers,
        "startup_s": plan.runners.startup_s,
        "tasks": [_task(plan, number) for number in range(len(plan.nodes))],
        "critical_path": [plan.nodes[number].id for number in plan.critical_path],
        "shards": [shard_document(plan, index, path) for index in range(1, len(plan.shards) + 1)],
        "makespan": {
            "expected_s": _s(plan.expected_s),
            "bound_s": _s(plan.bound_s),
            "ratio": round(plan.ratio, 4),
            "p50_s": _s(plan.p50_s),
            "p95_s": _s(plan.p95_s),
        },
        "cost": round(plan.cost, 6),
        "budget": _budget(choice, budget) if choice and budget else None,
        "advice": list(advice),
    }


def shard_document(plan: Plan, index: int, path: str) -> dict[str, Any]:
    """Return shard ``index`` (from 1) with the one command that runs it."""
    shard = plan.shards[index - 1]
    return {
        "index": index,
        "tasks": [plan.nodes[number].id for number in shard.tasks],
        "setup": [plan.nodes[number].id for number in shard.setups],
        "expected_s": _s(shard.expected_s),
        "p95_s": _s(shard.p95_s),
        "resources": resources(plan, shard),
        "command": command(index, path),
        "pants": pants_commands(plan, shard),
    }


def command(index: int, path: str) -> str:
    """Return the command that runs shard ``index`` of the plan in ``path``."""
    return shlex.join(("./dynamic", "impact", "run", "--plan", path, "--shard", str(index)))


def pants_commands(plan: Plan, shard: Shard) -> list[str]:
    """Return the same work as plain calls of Pants, one a goal; none where one of them is too long for a line."""
    by_goal: dict[str, list[str]] = {}
    for number in shard.tasks:
        node = plan.nodes[number]
        by_goal.setdefault(node.goal, []).extend(node.addresses)
    lines = [shlex.join(("./pants", goal, *dict.fromkeys(addresses))) for goal, addresses in by_goal.items()]
    return lines if all(len(line) <= _LONGEST_COMMAND for line in lines) else []


def resources(plan: Plan, shard: Shard) -> dict[str, int]:
    """Return what a runner must have for every task of ``shard``: the most that one of them needs."""
    most: dict[str, int] = {}
    for number in shard.tasks:
        for name, amount in plan.nodes[number].resources.items():
            most[name] = max(amount, most.get(name, 0))
    return dict(sorted(most.items()))


def _selection(selection: Selection) -> dict[str, Any]:
    change = selection.change
    return {
        "base": change.base,
        "base_tree": change.base_tree,
        "head": change.head,
        "head_tree": change.head_tree,
        "reason": change.reason,
        "mode": selection.mode.value,
        "totals": {
            "targets": selection.targets_total,
            "tests": selection.tests_total,
            "tests_selected": len(selection.tests),
        },
    }


def _task(plan: Plan, number: int) -> dict[str, Any]:
    node: Node = plan.nodes[number]
    return {
        "id": node.id,
        "goal": node.goal,
        "subject": node.subject,
        "addresses": list(node.addresses),
        "p50_s": _s(node.estimate.p50_s),
        "p95_s": _s(node.estimate.p95_s),
        "source": node.estimate.source,
        "needs": list(node.needs),
        "setup": node.is_setup,
        "rank": _s(plan.rank[number]),
        "priority": plan.priority[number],
        "failure": round(node.failure, 6),
        "resources": dict(node.resources),
    }


def _budget(choice: Choice, budget: Budget) -> dict[str, Any]:
    return {
        "p50_s": _s(budget.p50_s),
        "p95_s": _s(budget.p95_s),
        "holds": choice.holds,
        "tries": [
            {
                "runners": tried.runners,
                "p50_s": _s(tried.p50_s),
                "p95_s": _s(tried.p95_s),
                "cost": round(tried.cost, 6),
                "holds": tried.holds,
            }
            for tried in choice.tries
        ],
        "alone": [choice.plan.nodes[number].id for number in choice.alone],
    }


def _s(seconds: float) -> float:
    return round(seconds, 3)
