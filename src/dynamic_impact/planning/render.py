"""A plan as tables for a person."""

from rich.markup import escape
from rich.table import Table

from dynamic_impact.planning.model import Choice, Plan, Shard

_SHOWN = 3


def shards_table(plan: Plan) -> Table:
    """Return a row a shard."""
    table = _table("shard", "tests", "other", "setup", "expected", "P95", "longest first")
    for index, shard in enumerate(plan.shards, 1):
        tests = sum(plan.nodes[number].goal == "test" for number in shard.tasks)
        setup_s = sum(plan.nodes[number].estimate.p50_s for number in shard.setups)
        table.add_row(
            str(index),
            str(tests),
            str(len(shard.tasks) - tests),
            f"{setup_s:.1f} s",
            f"{shard.expected_s:.1f} s",
            f"{shard.p95_s:.1f} s",
            escape(_longest(plan, shard)),
        )
    return table


def tries_table(choice: Choice) -> Table:
    """Return a row for each number of runners that was tried."""
    table = _table("runners", "P50", "P95", "cost", "holds", "")
    for tried in choice.tries:
        taken = "<- taken" if tried.runners == _runners(choice) else ""
        holds = "yes" if tried.holds else "no"
        table.add_row(
            str(tried.runners), f"{tried.p50_s:.0f} s", f"{tried.p95_s:.0f} s", f"{tried.cost:.4f}", holds, taken
        )
    return table


def makespan_line(plan: Plan) -> str:
    """Return the makespan, beside what it cannot go below."""
    return (
        f"makespan {plan.expected_s:.1f} s, at least {plan.bound_s:.1f} s: ratio {plan.ratio:.3f}; "
        f"with the start of its runner P50 {plan.p50_s:.1f} s, P95 {plan.p95_s:.1f} s"
    )


def critical_line(plan: Plan) -> str:
    """Return the longest chain."""
    chain = " -> ".join(plan.nodes[number].subject for number in plan.critical_path)
    return f"critical path {plan.rank[plan.critical_path[0]]:.1f} s: {escape(chain)}"


def _longest(plan: Plan, shard: Shard) -> str:
    by_time = sorted(shard.tasks, key=lambda number: (-plan.nodes[number].estimate.p50_s, number))
    shown = [f"{plan.nodes[each].subject} {plan.nodes[each].estimate.p50_s:.1f} s" for each in by_time[:_SHOWN]]
    return ", ".join((*shown, *(("…",) if len(by_time) > _SHOWN else ())))


def _runners(choice: Choice) -> int:
    same = (tried for tried in choice.tries if (tried.p50_s, tried.cost) == (choice.plan.p50_s, choice.plan.cost))
    return next(same).runners


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table
