"""Run an episode again from its trace, and find where the two part."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from pydantic import ValidationError

from dynamic_agi.documents import unfit
from dynamic_agi.episode import Episode, Setup, run_episode
from dynamic_agi.errors import TraceError
from dynamic_agi.profile import Profile
from dynamic_agi.scenario import Scenario
from dynamic_agi.trace import Trace


@dataclass(frozen=True, slots=True)
class Difference:
    """The first event that is not the same, counted from 1; None where one side has ended."""

    event: int
    recorded: Mapping[str, Any] | None
    now: Mapping[str, Any] | None


def again(trace: Trace, source: str) -> tuple[Setup, Episode]:
    """Run the episode that ``trace`` holds, with its lines.

    Raises
    ------
    TraceError : the header does not say what to run
    """
    header = trace.header
    try:
        setup = Setup(
            Scenario.model_validate(header["scenario"]), Profile.model_validate(header["profile"]), int(header["seed"])
        )
        number = int(header["episode"])
    except ValidationError as error:
        raise TraceError(str(unfit(f"{source}, line 1", error)), "make the trace again") from error
    except (KeyError, TypeError, ValueError) as error:
        raise TraceError(f"{source}: line 1 does not say what to run ({error})", "make the trace again") from error
    return setup, run_episode(setup, number, keep=True)


def first_difference(recorded: Trace, now: Trace) -> Difference | None:
    """Return where ``now`` parts from ``recorded``, or None if every byte is the same."""
    for number, (old, new) in enumerate(zip_longest(recorded.lines, now.lines), 1):
        if old != new:
            return Difference(number, json.loads(old) if old else None, json.loads(new) if new else None)
    return None
