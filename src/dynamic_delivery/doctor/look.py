"""Every check, each with its row, and what all of them come to."""

from collections.abc import Sequence
from dataclasses import dataclass

from dynamic_base import DynamicError, ExitCode
from dynamic_delivery.doctor.model import Check, Ground, Seen, State


@dataclass(frozen=True, slots=True)
class Row:
    """What was seen, and whose check saw it."""

    check: Check
    seen: Seen


def look(ground: Ground, checks: Sequence[Check]) -> tuple[Row, ...]:
    """Return what each check sees, in their order. One that fails could not tell, and stops no other."""
    rows: list[Row] = []
    for check in checks:
        try:
            rows.extend(Row(check, seen) for seen in check.look(ground))
        except DynamicError as error:
            rows.append(Row(check, Seen(check.name, State.UNKNOWN, error.message, error.hint)))
        except OSError as error:
            rows.append(Row(check, Seen(check.name, State.UNKNOWN, f"{type(error).__name__}: {error}")))
    return tuple(rows)


def verdict(rows: Sequence[Row]) -> ExitCode:
    """Return 1 where something needed is missing or old, else 3 where that could not be told, else 0."""
    states = {row.seen.state for row in rows if row.check.needed}
    if states & {State.MISSING, State.OLD}:
        return ExitCode.NO
    return ExitCode.UNDECIDED if State.UNKNOWN in states else ExitCode.YES
