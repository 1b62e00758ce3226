"""The orchestrator's memory against its journal."""

import operator
from typing import TypeVar

from dynamic_agi.events import Event
from dynamic_agi.invariants.model import View
from dynamic_agi.state import State

_Value = TypeVar("_Value")


def state_is_fold(view: View, event: Event) -> str:  # noqa: ARG001  # true at every event
    product = view.product()
    if product is None:
        return ""
    return _difference(product, view.fold)


def _difference(product: State, fold: State) -> str:
    """Compare value by value, and let equal values become one object, so that the next comparison is of identities.

    Values are frozen, so sharing them hides nothing; without it this check was a fifth of an episode's time.
    """
    why = _unlike("task", product.tasks, fold.tasks) or _unlike("agent", product.agents, fold.agents)
    if not why and product.last_token != fold.last_token:
        return f"the last token is {product.last_token} in memory, {fold.last_token} in the journal"
    return why


def _unlike(kind: str, ours: dict[str, _Value], theirs: dict[str, _Value]) -> str:
    if len(ours) == len(theirs) and all(map(operator.is_, ours.values(), theirs.values())):
        return ""
    for name, value in ours.items():
        other = theirs.get(name)
        if value is other:
            continue
        if value != other:
            return f"{kind} {name} is {value} in memory, {other} in the journal"
        theirs[name] = value
    missing = next((name for name in theirs if name not in ours), "") if len(theirs) > len(ours) else ""
    return f"{kind} {missing} is in the journal and not in memory" if missing else ""
