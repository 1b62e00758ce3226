"""One episode: a world run under the invariants' eyes."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from dynamic_agi.events import Event, Happening
from dynamic_agi.facts import Fact
from dynamic_agi.invariants import View, broken
from dynamic_agi.ledger import Ledger
from dynamic_agi.orchestrator import Orchestrator
from dynamic_agi.profile import Profile
from dynamic_agi.scenario import Scenario
from dynamic_agi.simulation.dice import Dice
from dynamic_agi.simulation.faults import Faults, ProfileFaults
from dynamic_agi.simulation.world import World
from dynamic_agi.state import State
from dynamic_agi.tally import Tally
from dynamic_agi.trace import SCHEMA, Chain, Trace, line_of


@dataclass(frozen=True, slots=True)
class Setup:
    """What, with an episode's number, determines the episode."""

    scenario: Scenario
    profile: Profile
    seed: int

    def header(self, episode: int) -> dict[str, object]:
        """Return the first line of the episode's trace; it holds all that is needed to run it again."""
        return {
            "schema": SCHEMA,
            "seed": self.seed,
            "episode": episode,
            "scenario": self.scenario.model_dump(mode="json", by_alias=True),
            "profile": self.profile.model_dump(mode="json", by_alias=True),
        }


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant was broken: at which event, and why."""

    event: int
    at_ms: int
    invariant: str
    rule: str
    why: str
    line: str


@dataclass(frozen=True, slots=True)
class Episode:
    """What an episode came to. ``lines`` is empty unless they were to be kept."""

    number: int
    digest: str
    ended_at_ms: int
    tally: Tally
    violation: Violation | None
    lines: tuple[bytes, ...] = ()

    def trace(self, setup: Setup) -> Trace:
        """Return the kept lines under their header."""
        return Trace(setup.header(self.number), self.lines)


class _OverError(Exception):
    """Ends an episode at its first violation. It has no arguments: SimPy makes a new one when a process raises it."""


class _Recorder:
    """Numbers events, chains their lines, and has each of them judged."""

    def __init__(self, chain: Chain, view: View, *, keep: bool) -> None:
        self.violation: Violation | None = None
        self.tally = Tally(episodes=1)
        self.lines: list[bytes] = []
        self.now: Callable[[], int] = lambda: 0
        self.at = 0
        self._chain = chain
        self._view = view
        self._keep = keep

    def emit(self, what: Fact | Happening) -> None:
        if self.violation is not None:
            raise _OverError  # an agent's process has raised it, and SimPy hands it on a step later
        self.at = self.now()
        event = Event(self.tally.events + 1, self.at, what)
        line = line_of(event)
        self._chain.add(line)
        if self._keep:
            self.lines.append(line)
        self.tally.take(event)
        found = broken(self._view, event)
        if found is not None:
            invariant, why = found
            self.violation = Violation(event.n, self.at, invariant.name, invariant.rule, why, line.decode())
            raise _OverError


def run_episode(
    setup: Setup,
    number: int,
    *,
    make: type[Orchestrator] = Orchestrator,
    faults: Callable[[Callable[[], int]], Faults] | None = None,
    keep: bool = False,
) -> Episode:
    """Run episode ``number`` to its rest or its first violation.

    Parameters
    ----------
    make : the orchestrator to judge
    faults : made from the clock; by default those of the profile
    keep : keep the lines of the trace

    Notes
    -----
    The same setup and number give the same bytes, whatever ran before: each stream of random numbers is seeded by
    the setup's seed, the number and the stream's name, and nothing else is read.
    """
    scenario, profile, seed = setup.scenario, setup.profile, setup.seed
    roster = scenario.roster()
    view = View(Ledger(scenario.settings(), roster, profile.network.latency_ms[0]), State(roster))
    chain = Chain(setup.header(number))
    recorder = _Recorder(chain, view, keep=keep)
    world = World(
        scenario,
        lambda name: Dice(seed, number, name),
        faults or (lambda now: ProfileFaults(profile, seed, number, now)),
        recorder.emit,
        make,
    )
    view.product = world.product
    recorder.now = world.now
    with contextlib.suppress(_OverError):
        world.run()
    return Episode(
        number,
        chain.digest.hex(),
        recorder.at,
        recorder.tally,
        recorder.violation,
        tuple(recorder.lines),
    )
