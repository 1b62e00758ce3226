"""Restarts, and how long to wait for anything."""

from dynamic_agi.events import Event, ProcessStarted
from dynamic_agi.facts import AgentRetired, AgentStarted, LeaseLost, RestartScheduled
from dynamic_agi.invariants.model import View
from dynamic_agi.model import Backoff


def backoff_bounds(view: View, event: Event) -> str:
    what, ledger = event.what, view.ledger
    match what:
        case LeaseLost():
            attempt = ledger.attempts.get(what.task, 0)
            last = ledger.delays.get(what.task, 0)
            return _outside(ledger.settings.retry, attempt, what.delay_ms, last, f"the retry of {what.task}")
        case RestartScheduled():
            attempt = ledger.recent_restarts(what.agent, event.at) + 1
            last = ledger.restarts[what.agent][-1].delay_ms if attempt > 1 else 0
            return _outside(ledger.settings.restart, attempt, what.delay_ms, last, f"the restart of {what.agent}")
        case _:
            return ""


def _outside(policy: Backoff, attempt: int, delay_ms: int, last_ms: int, what: str) -> str:
    """Written by doubling, not by the formula that it checks."""
    full, doubled = policy.base_ms, 0
    while doubled < attempt - 1 and full < policy.cap_ms:
        full, doubled = full * 2, doubled + 1
    is_capped = full > policy.cap_ms
    full = min(full, policy.cap_ms)
    if not full // 2 <= delay_ms <= full:
        return f"{what} number {attempt} waits {delay_ms} ms, outside {full // 2} to {full}"
    if not is_capped and doubled == attempt - 1 and delay_ms < last_ms <= full // 2:
        return f"{what} number {attempt} waits {delay_ms} ms, less than the {last_ms} before"
    return ""


def restart_once(view: View, event: Event) -> str:
    what, ledger = event.what, view.ledger
    match what:
        case RestartScheduled() if what.agent in ledger.pending:
            return f"{what.agent} is to be restarted, and a restart is on its way"
        case RestartScheduled() if what.incarnation != ledger.incarnations[what.agent] + 1:
            return f"{what.agent} goes from incarnation {ledger.incarnations[what.agent]} to {what.incarnation}"
        case AgentStarted():
            pending = ledger.pending.get(what.agent)
            if pending is None or pending.incarnation != what.incarnation:
                return f"incarnation {what.incarnation} of {what.agent} starts, and no restart was decided"
            if event.at < pending.at + pending.delay_ms:
                return f"{what.agent} starts {pending.at + pending.delay_ms - event.at} ms before its back-off is over"
        case ProcessStarted() if what.incarnation != ledger.incarnations[what.agent]:
            return f"a host runs incarnation {what.incarnation} of {what.agent}, which the journal does not know"
        case ProcessStarted() if ledger.running.get(what.agent, 0) >= what.incarnation:
            return f"a host runs incarnation {what.incarnation} of {what.agent} a second time"
    return ""


def restart_limit(view: View, event: Event) -> str:
    what, ledger = event.what, view.ledger
    if not isinstance(what, RestartScheduled | AgentRetired):
        return ""
    recent, most = ledger.recent_restarts(what.agent, event.at), ledger.settings.max_restarts
    if isinstance(what, AgentRetired):
        return f"{what.agent} is retired after {recent} restarts, {most} are allowed" if recent < most else ""
    if what.agent in ledger.retired:
        return f"{what.agent} is retired and gets a restart"
    if recent >= most:
        return f"{what.agent} gets restart {recent + 1} within {ledger.settings.window_ms} ms, {most} are allowed"
    return ""
