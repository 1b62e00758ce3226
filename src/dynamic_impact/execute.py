"""Runs calls of Pants here, one after the other (a checkout's Pants takes one at a time)."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from dynamic_impact.running.attempts import Rules, settle
from dynamic_impact.running.calls import Place, call_pants
from dynamic_impact.running.model import Attempt, Call, Ended, Outcome, Result, Watcher, not_run
from dynamic_impact.running.slots import slot

__all__ = ["Attempt", "Call", "Ended", "Outcome", "Place", "Result", "Rules", "Watcher", "execute"]


def execute(calls: Sequence[Call], place: Place, rules: Rules) -> Ended:
    """Run ``calls`` in order and return what came of each subject.

    Nothing is lost on the way: where Pants breaks, is killed, or a person stops the run, what had ended is kept,
    ``error`` or ``interrupted`` says so, and the rest is "not run".
    """
    results: list[Result] = []
    whole = Ended(())
    with slot(place.build_root) as number:
        once = partial(call_pants, place=replace(place, slot=number))
        for call in calls:
            broken = rules.fail_fast and any(result.outcome is Outcome.FAILED for result in results)
            if broken or not whole.is_whole:
                results.extend(not_run(call, "" if broken else "the run was cut short"))
                continue
            whole = settle(call, once, rules)
            results.extend(whole.results)
    return Ended(tuple(results), whole.error, whole.interrupted)
