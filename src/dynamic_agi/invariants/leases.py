"""Who holds what, and for how long."""

from dynamic_agi.events import Event
from dynamic_agi.facts import LeaseGranted, LeaseLost, ResultTaken
from dynamic_agi.invariants.model import View
from dynamic_agi.model import Loss


def one_holder(view: View, event: Event) -> str:
    what, ledger = event.what, view.ledger
    match what:
        case LeaseGranted() if what.task not in ledger.accepted:
            return f"{what.task} is given out and was never accepted"
        case LeaseGranted() if what.task in ledger.leases:
            return f"{what.task} is given to {what.agent} while {ledger.leases[what.task].agent} holds it"
        case LeaseGranted() if what.task in ledger.results or what.task in ledger.ended:
            return f"{what.task} is given out again after its result was taken or it ended"
        case LeaseGranted() if what.agent in ledger.holding:
            return f"{what.agent} gets {what.task} while it holds {ledger.holding[what.agent]}"
        case LeaseGranted() if what.token <= ledger.last_token:
            return f"token {what.token} is not above {ledger.last_token}, so it fences nobody out"
        case LeaseLost():
            held = ledger.leases.get(what.task)
            if held is None or held.token != what.token:
                return f"the lease of {what.task} under token {what.token} ends, and it is not the live one"
    return ""


def results_fenced(view: View, event: Event) -> str:
    what = event.what
    if not isinstance(what, ResultTaken):
        return ""
    held = view.ledger.leases.get(what.task)
    if held is not None and held.token == what.token:
        return ""
    return f"a result for {what.task} is taken under token {what.token}; live is {held.token if held else 'none'}"


def lease_time(view: View, event: Event) -> str:
    what, ledger, lease_ms = event.what, view.ledger, view.ledger.settings.lease_ms
    if isinstance(what, LeaseLost) and what.why is Loss.EXPIRED:
        held = ledger.leases.get(what.task)
        if held is not None and event.at < held.heard_at + lease_ms:
            silent = event.at - held.heard_at
            return f"the lease of {what.task} expires after {silent} ms of silence, not {lease_ms}"
        return ""
    if not ledger.is_up:
        return ""
    for task, held in ledger.leases.items():
        if event.at > held.heard_at + lease_ms:
            return f"{held.agent} holds {task}, silent for {event.at - held.heard_at} ms; a lease is {lease_ms}"
    return ""
