"""The invariants. A new one is a function in the file of its concern, a row here, and a test that makes it fire.

At every event all that are about it are asked, in this order, and the first that is broken ends the episode.
"""

from dynamic_agi.events import Delivered, EffectWritten, Event, Finished, ProcessStarted, Sent
from dynamic_agi.facts import (
    AgentRetired,
    AgentStarted,
    EffectApplied,
    Fact,
    LeaseGranted,
    LeaseLost,
    RestartScheduled,
    ResultTaken,
    TaskAccepted,
    TaskEnded,
)
from dynamic_agi.invariants.effects import approval_first, effects_assigned, effects_once, effects_stored
from dynamic_agi.invariants.leases import lease_time, one_holder, results_fenced
from dynamic_agi.invariants.messages import causality, said_is_stored
from dynamic_agi.invariants.model import Invariant, View
from dynamic_agi.invariants.states import state_is_fold
from dynamic_agi.invariants.supervision import backoff_bounds, restart_limit, restart_once
from dynamic_agi.invariants.tasks import attempts_bound, queue_bound, tasks_end, tasks_kept

INVARIANTS = (
    Invariant(
        "causality", "a message arrives after it was sent, and as often as the network let it", causality, (Delivered,)
    ),
    Invariant("said-is-stored", "what the orchestrator says is in the journal first", said_is_stored, (Sent,)),
    Invariant("queue-bound", "no more submitted tasks are open than the queue's limit", queue_bound, (TaskAccepted,)),
    Invariant("tasks-kept", "a task is accepted once, ends once, and is known in between", tasks_kept),
    Invariant(
        "attempts-bound", "no task is given out more often than its attempts allow", attempts_bound, (LeaseGranted,)
    ),
    Invariant(
        "one-holder",
        "a task has one holder, an agent one task, and tokens only grow",
        one_holder,
        (LeaseGranted, LeaseLost),
    ),
    Invariant("results-fenced", "only the live holder's result is taken", results_fenced, (ResultTaken,)),
    Invariant("lease-time", "a lease ends after its time of silence, not before and not later", lease_time),
    Invariant(
        "backoff-bounds",
        "each wait is within its bounds, and below the cap no shorter than the last",
        backoff_bounds,
        (LeaseLost, RestartScheduled),
    ),
    Invariant(
        "restart-once",
        "an incarnation is restarted once, after its back-off",
        restart_once,
        (RestartScheduled, AgentStarted, ProcessStarted),
    ),
    Invariant(
        "restart-limit",
        "an agent is retired at its limit of restarts, not before and not later",
        restart_limit,
        (RestartScheduled, AgentRetired),
    ),
    Invariant(
        "effects-assigned",
        "an effect happens only if the task's holder proposed it",
        effects_assigned,
        (EffectWritten,),
    ),
    Invariant(
        "approval-first",
        "a guarded effect happens only after somebody else approved it",
        approval_first,
        (EffectWritten,),
    ),
    Invariant("effects-once", "no effect happens twice", effects_once, (EffectWritten,)),
    Invariant(
        "effects-stored",
        "a task is done only when its effects have happened",
        effects_stored,
        (EffectApplied, TaskEnded),
    ),
    Invariant("state-is-fold", "the orchestrator's memory is the fold of its journal", state_is_fold),
    Invariant(
        "tasks-end", "every accepted task ends: done, failed with a reason, or escalated", tasks_end, (Finished,)
    ),
)


_ASKED: dict[type, tuple[Invariant, ...]] = {}


def broken(view: View, event: Event) -> tuple[Invariant, str] | None:
    """Return the first invariant that ``event`` breaks and why, else take the event into the view's books."""
    kind = type(event.what)
    if kind not in _ASKED:
        _ASKED[kind] = tuple(row for row in INVARIANTS if not row.about or kind in row.about)
    for invariant in _ASKED[kind]:
        why = invariant.check(view, event)
        if why:
            return invariant, why
    view.ledger.take(event)
    if isinstance(event.what, Fact):
        view.fold.apply(event.what)
    return None


__all__ = ["INVARIANTS", "Invariant", "View", "broken"]
