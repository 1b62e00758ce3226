"""The smallest cost that holds a budget: how many runners to take."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from dynamic_impact.planning.model import Budget, Choice, Plan, Try
from dynamic_impact.planning.planner import Planner

_BEYOND = 2  # tries after the fewest runners that hold, to see and to show what more would cost


@dataclass(slots=True)
class Chooser:
    """Looks for the number of runners."""

    planner: Planner
    budget: Budget
    _plans: dict[int, Plan] = field(default_factory=dict)

    def choose(self) -> Choice:
        """Return the cheapest plan that holds the budget, the one with fewer runners among equals.

        Where none does, the plan is the fastest of those tried.

        Notes
        -----
        The times fall as runners are added, up to the noise of the draws and of the parting; so the fewest that hold
        are found by growth and halving. Fewer cannot hold, and more mostly cost more: each starts up, and pays for its
        setups. Two more are tried all the same, since whole billed minutes can turn that around.
        """
        for runners in self._numbers():
            self._plan(runners)
        tries = tuple(
            Try(number, plan.p50_s, plan.p95_s, plan.cost, self._holds(plan))
            for number, plan in sorted(self._plans.items())
        )
        held = [tried for tried in tries if tried.holds]
        if held:
            best = min(held, key=lambda tried: (tried.cost, tried.runners))
        else:
            best = min(tries, key=lambda tried: (tried.p95_s, tried.runners))
        return Choice(self._plans[best.runners], tries, tuple(self._alone()))

    def _numbers(self) -> Iterator[int]:
        """Yield numbers of runners to try, each after the one before was planned."""
        most = max(1, min(self.planner.runners.most, len(self.planner.bundles)))
        low, high = 0, min(self._fewest(), most)  # low cannot hold
        yield high
        while not self._holds(self._plans[high]) and high < most:
            low, high = high, min(most, max(high + 1, math.ceil(high * 1.5)))
            yield high
        if not self._holds(self._plans[high]):
            return
        while high - low > 1:
            middle = (low + high) // 2
            yield middle
            low, high = (low, middle) if self._holds(self._plans[middle]) else (middle, high)
        yield from range(high + 1, min(high + _BEYOND, most) + 1)

    def _fewest(self) -> int:
        """Return a number of runners below which their time does not suffice for the work."""
        runners = self.planner.runners
        time_s = (self.budget.p50_s - runners.startup_s) * runners.workers
        work_s = float(self.planner.pieces.seconds.sum())
        return max(1, math.ceil(work_s / time_s - 1e-9)) if time_s > 0 else 1

    def _plan(self, runners: int) -> None:
        if runners not in self._plans:
            self._plans[runners] = self.planner.plan(runners)

    def _holds(self, plan: Plan) -> bool:
        return plan.p50_s <= self.budget.p50_s and plan.p95_s <= self.budget.p95_s

    def _alone(self) -> Iterator[int]:
        """Yield the tasks that are over the budget on a runner of their own, after their setups; the longest first."""
        over = []
        for task, node in enumerate(self.planner.nodes):
            before = self._before(task) + self.planner.runners.startup_s
            low, high = before + node.estimate.p50_s, before + node.estimate.p95_s
            if not node.is_setup and (low > self.budget.p50_s or high > self.budget.p95_s):
                over.append((-high, task))
        yield from (task for _, task in sorted(over))

    def _before(self, task: int) -> float:
        """Return the seconds of the longest chain that must have ended before ``task``."""
        needed = self.planner.dag.needs[task]
        return max((float(self.planner.p50_s[each]) + self._before(each) for each in needed), default=0.0)
