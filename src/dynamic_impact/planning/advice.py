"""What a person can do about a plan: which test to split, and what stands in the way of a budget."""

from collections.abc import Iterator

from dynamic_impact.planning.model import Budget, Choice, Plan

_SETS_THE_BOUND = 0.9
_SHOWN = 5


def advice_on(plan: Plan, asked_shards: int) -> Iterator[str]:
    """Yield remarks on a plan for a given number of shards."""
    if len(plan.shards) < asked_shards and plan.shards:
        yield f"{len(plan.shards)} of {asked_shards} shards are used: there is no work that another could take up"
    if len(plan.shards) > 1 and plan.critical_path:
        longest = plan.nodes[plan.critical_path[-1]]
        chain_s = plan.rank[plan.critical_path[0]]
        if chain_s >= _SETS_THE_BOUND * plan.bound_s:
            split = longest.estimate.p50_s >= chain_s / 2
            yield (
                f"{longest.subject} and its setup take {chain_s:.1f} s of the {plan.bound_s:.1f} s that no number of "
                f"shards goes below: {'split it' if split else 'keep the setup in a cache of the runners'} to go faster"
            )
    guessed = sum(node.estimate.source == "prior" and not node.is_setup for node in plan.nodes)
    if guessed:
        yield f"{guessed} durations are a constant guess: nothing like them is on record yet"


def advice_on_budget(choice: Choice, budget: Budget) -> Iterator[str]:
    """Yield what stands in the way of a budget."""
    plan = choice.plan
    for number in choice.alone[:_SHOWN]:
        node = plan.nodes[number]
        yield (
            f"{node.subject} alone takes {node.estimate.p50_s:.0f} s (P95 {node.estimate.p95_s:.0f} s) beside its "
            "setup and the start of its runner, which is over the budget: split it"
        )
    if len(choice.alone) > _SHOWN:
        yield f"and {len(choice.alone) - _SHOWN} more tests alone are over the budget"
    if choice.holds or choice.alone:
        return
    most = choice.tries[-1]
    yield (
        f"{most.runners} runners reach P50 {most.p50_s:.0f} s and P95 {most.p95_s:.0f} s, not {budget.p50_s:.0f} s and "
        f"{budget.p95_s:.0f} s: {_cause(plan, budget)}"
    )


def _cause(plan: Plan, budget: Budget) -> str:
    if plan.runners.startup_s >= budget.p50_s:
        return "the start of a runner alone takes that long"
    if len(plan.shards) >= plan.runners.most:
        return "take more with --max-runners, or let each run more tests at once with --workers"
    return "many tests are close to it, and one of them is late; a longer --p95 would hold"
