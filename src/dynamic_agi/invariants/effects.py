"""Effects: each once, each owed, each allowed."""

from dynamic_agi.events import EffectWritten, Event
from dynamic_agi.facts import EffectApplied, TaskEnded
from dynamic_agi.invariants.model import View
from dynamic_agi.model import APPROVED, Outcome, effect_key


def effects_once(view: View, event: Event) -> str:
    what = event.what
    if isinstance(what, EffectWritten) and what.key in view.ledger.written:
        return f"{what.key} happens a second time"
    return ""


def effects_assigned(view: View, event: Event) -> str:
    what = event.what
    if not isinstance(what, EffectWritten):
        return ""
    task, _, effect = what.key.rpartition("#")
    taken = view.ledger.results.get(task)
    if taken is None:
        return f"{what.key} happens, and no result of a holder of {task} was taken"
    return "" if effect in taken.fact.effects else f"{what.key} happens, and {taken.agent} did not propose it"


def approval_first(view: View, event: Event) -> str:
    what, ledger = event.what, view.ledger
    if not isinstance(what, EffectWritten):
        return ""
    task, _, effect = what.key.rpartition("#")
    if effect not in ledger.settings.guarded:
        return ""
    decision, ended = ledger.results.get(what.key), ledger.ended.get(what.key)
    if decision is None or ended is None or ended.outcome is not Outcome.DONE:
        return f"{what.key} is guarded and happens before anybody decided"
    if decision.fact.value != APPROVED:
        return f"{what.key} is guarded and happens, though {decision.agent} said {decision.fact.value!r}"
    if task in ledger.results and decision.agent == ledger.results[task].agent:
        return f"{what.key} was approved by {decision.agent}, who proposed it"
    return ""


def effects_stored(view: View, event: Event) -> str:
    what, ledger = event.what, view.ledger
    match what:
        case EffectApplied() if effect_key(what.task, what.effect) not in ledger.written:
            return f"the journal says that {effect_key(what.task, what.effect)} happened, the store has it not"
        case TaskEnded() if what.outcome is Outcome.DONE:
            taken = ledger.results.get(what.task)
            if taken is None:
                return f"{what.task} is done, and no result was taken"
            owed = [e for e in taken.fact.effects if effect_key(what.task, e) not in ledger.written]
            return f"{what.task} is done, and {owed[0]} has not happened" if owed else ""
    return ""
