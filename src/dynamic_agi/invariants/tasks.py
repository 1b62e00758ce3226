"""What becomes of tasks."""

from dynamic_agi.events import AT_REST, Event, Finished
from dynamic_agi.facts import LeaseGranted, TaskAccepted, TaskEnded
from dynamic_agi.invariants.model import View


def queue_bound(view: View, event: Event) -> str:
    what, ledger = event.what, view.ledger
    if not isinstance(what, TaskAccepted) or what.parent or ledger.open_submitted < ledger.settings.queue_limit:
        return ""
    return f"{what.task} was accepted with {ledger.open_submitted} open, the limit is {ledger.settings.queue_limit}"


def tasks_kept(view: View, event: Event) -> str:
    what, ledger = event.what, view.ledger
    match what:
        case TaskAccepted() if what.task in ledger.accepted:
            return f"{what.task} was accepted a second time"
        case TaskEnded() if what.task in ledger.ended:
            return f"{what.task} ended a second time, first {ledger.ended[what.task].outcome}, now {what.outcome}"
        case TaskEnded() if what.task not in ledger.accepted:
            return f"{what.task} ended and was never accepted"
    product = view.product()
    if product is None or len(product.tasks) >= len(ledger.accepted):
        return ""
    lost = next(task for task in ledger.accepted if task not in product.tasks)
    return f"{lost} was accepted{' and its submitter told so' if lost in ledger.told else ''}, and is forgotten"


def attempts_bound(view: View, event: Event) -> str:
    what, most = event.what, view.ledger.settings.max_attempts
    if not isinstance(what, LeaseGranted) or view.ledger.attempts.get(what.task, 0) < most:
        return ""
    return f"{what.task} is given out once more after {most} attempts"


def tasks_end(view: View, event: Event) -> str:
    what, ledger = event.what, view.ledger
    if not isinstance(what, Finished):
        return ""
    unended = [task for task in ledger.accepted if task not in ledger.ended]
    if unended:
        return f"{', '.join(unended)} never ended ({what.why})"
    return "" if what.why == AT_REST else f"every task ended, and there is no rest ({what.why})"
