"""Messages on their way."""

from collections.abc import Callable

import simpy

from dynamic_agi.events import Delivered, Dropped, Sent
from dynamic_agi.messages import Message
from dynamic_agi.simulation.faults import Emit, Faults

Receive = Callable[[str, Message], None]


class SimNetwork:
    """Links that keep their order, but for faults.

    Parameters
    ----------
    find : returns who receives for a name now, or None where nobody is
    """

    def __init__(
        self, environment: simpy.Environment, faults: Faults, emit: Emit, find: Callable[[str], Receive | None]
    ) -> None:
        self._environment = environment
        self._faults = faults
        self._emit = emit
        self._find = find
        self._last_id = 0
        self._arrivals: dict[tuple[str, str], int] = {}
        self.in_flight = 0

    def send(self, sender: str, to: str, message: Message) -> None:
        """Let ``message`` go; it arrives when, and as often as, the faults say."""
        self._last_id += 1
        sent = Sent(self._last_id, sender, to, message)
        self._emit(sent)
        fate = self._faults.message(sender, to, message)
        if fate.fault is not None:
            self._emit(fate.fault(sent.id))
        for delay in fate.delays:
            self._carry(sent, self._in_order(sender, to, delay) if fate.ordered else delay)

    def _in_order(self, sender: str, to: str, delay: int) -> int:
        now, link = int(self._environment.now), (sender, to)
        at = max(now + delay, self._arrivals.get(link, 0))
        self._arrivals[link] = at
        return at - now

    def _carry(self, sent: Sent, delay: int) -> None:
        self.in_flight += 1
        self._environment.timeout(delay).callbacks.append(lambda _: self._arrive(sent))

    def _arrive(self, sent: Sent) -> None:
        self.in_flight -= 1
        receive = self._find(sent.to)
        if receive is None:
            self._emit(Dropped(sent.id, sent.to))
            return
        self._emit(Delivered(sent.id, sent.sender, sent.to, sent.message))
        receive(sent.sender, sent.message)
