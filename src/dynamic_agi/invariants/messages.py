"""What may be delivered, and what the orchestrator may say."""

from dynamic_agi.events import Delivered, Event, Sent
from dynamic_agi.invariants.model import View
from dynamic_agi.ledger import Ledger
from dynamic_agi.messages import Accepted, Answer, Assign, Message, Taken
from dynamic_agi.model import child_id


def causality(view: View, event: Event) -> str:
    what = event.what
    if not isinstance(what, Delivered):
        return ""
    letter = view.ledger.letters.get(what.id)
    if letter is None:
        return f"message {what.id} was delivered and never sent"
    if letter.copies < 1:
        return f"message {what.id} was delivered once too often"
    if event.at < letter.at + view.ledger.least_latency_ms:
        return f"message {what.id}, sent at {letter.at} ms, took less than {view.ledger.least_latency_ms} ms"
    if (letter.sent.to, letter.sent.message) != (what.to, what.message):
        return f"message {what.id} was sent as {letter.sent.message} to {letter.sent.to}"
    return ""


def said_is_stored(view: View, event: Event) -> str:
    what = event.what
    if not isinstance(what, Sent) or what.sender != "orchestrator":
        return ""
    missing = _not_stored(view.ledger, what.to, what.message)
    return f"{what.message} was said, and the journal holds no {missing}" if missing else ""


def _not_stored(ledger: Ledger, to: str, message: Message) -> str:
    match message:
        case Accepted():
            return "" if message.task in ledger.accepted else "such task"
        case Assign():
            held = ledger.leases.get(message.task)
            return "" if held and (held.agent, held.token) == (to, message.token) else "such lease"
        case Taken():
            return "" if (message.task, message.token) in ledger.closed_tokens else "such result or failure"
        case Answer():
            ended = ledger.ended.get(child_id(message.task, message.index))
            return "" if ended and ended.outcome is message.outcome else "such end"
        case _:
            return ""
