"""The mode ``predictive``, judged on one half of the faults with the other half as its past, and the reverse."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from benchmarks.dynamic_impact.faults.mutants import Mutant
from benchmarks.dynamic_impact.faults.truth import Baseline

from dynamic_impact.engine import Engine
from dynamic_impact.execute import Outcome, Result
from dynamic_impact.graph import Graph
from dynamic_impact.history import record
from dynamic_impact.model import Selection


def halves(mutants: Sequence[Mutant]) -> tuple[tuple[Mutant, ...], tuple[Mutant, ...]]:
    """Return every other fault, and those between: both halves hold all operators."""
    return tuple(mutants[0::2]), tuple(mutants[1::2])


@dataclass(frozen=True, slots=True)
class Foresight:
    """The order of the impact engine.

    Parameters
    ----------
    order, predictive : the modules `dynamic_impact.order` and `dynamic_impact.predictive`, which not every tree has
    """

    order: Any
    predictive: Any

    def remember(
        self, selection: Selection, graph: Graph, engine: Engine, baseline: Baseline, failing: Sequence[str]
    ) -> None:
        """Put a run of all that ``selection`` holds on record."""
        ordered = self.order.in_order(selection, graph, engine)
        results = [
            Result(
                goal="test",
                subject=test.address,
                outcome=Outcome.FAILED if test.address in failing else Outcome.PASSED,
                seconds=baseline.tests[test.address],
                source="ran",
            )
            for test in ordered.tests
            if test.address in baseline.tests
        ]
        record(engine.build_root, engine.clock, ordered, results, sum(result.seconds for result in results))

    def within(
        self, selection: Selection, graph: Graph, engine: Engine, baseline: Baseline, budget_s: float
    ) -> tuple[str, ...]:
        """Return what the mode takes with a time budget.

        It is asked about the tests whose truth is known: the budget is a part of their time, and holds no others.
        """
        kept = tuple(item for item in selection.affected if item.address in baseline.tests or not item.is_test)
        limits = self.predictive.Limits(time_budget_s=budget_s)
        taken = self.predictive.take(self.order.in_order(replace(selection, affected=kept), graph, engine, limits))
        return tuple(test.address for test in taken.tests)

    def recorded(
        self,
        selection: Selection,
        graph: Graph,
        engine: Engine,
        baseline: Baseline,
        budget_s: float,
        seen: Mapping[str, float | None],
    ) -> tuple[str, ...]:
        """Return the same where recordings are at hand: they spare all but the tests of ``seen``.

        Parameters
        ----------
        seen : of each, how much of the change it is known to execute; None where its recording does not tell
        """
        kept = tuple(item for item in selection.affected if item.address in seen or not item.is_test)
        limits = self.predictive.Limits(time_budget_s=budget_s)
        evidence = {test: much for test, much in seen.items() if much is not None}
        ordered = self.order.in_order(replace(selection, affected=kept), graph, engine, limits, evidence)
        taken = self.predictive.take(ordered)
        return tuple(test.address for test in taken.tests if test.address in baseline.tests)
