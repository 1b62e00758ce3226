"""What an invariant is, and what it may look at."""

from collections.abc import Callable
from dataclasses import dataclass, field

from dynamic_agi.events import Event
from dynamic_agi.ledger import Ledger
from dynamic_agi.state import State


@dataclass(slots=True)
class View:
    """What is known as an event happens: the observer's books, the journal's fold, the orchestrator's own state.

    Ledger and fold do not hold the event yet. ``product`` is None while the orchestrator is down.
    """

    ledger: Ledger
    fold: State
    product: Callable[[], State | None] = field(default=lambda: None)


Check = Callable[[View, Event], str]
"""Returns why the event breaks the rule, or ""."""


@dataclass(frozen=True, slots=True)
class Invariant:
    """One row of the table.

    Parameters
    ----------
    rule : str, a sentence for people
    about : the events that can break it; empty for those that any event, or mere time, can break
    """

    name: str
    rule: str
    check: Check
    about: tuple[type, ...] = ()
