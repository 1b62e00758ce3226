"""All of it together: one episode from its first message to its rest."""

from collections.abc import Callable, Generator
from typing import ParamSpec

import simpy

from dynamic_agi.events import AT_REST, Finished, Happening, OrchestratorCrashed, OrchestratorStarted
from dynamic_agi.facts import Fact
from dynamic_agi.messages import Accepted, Message, Submit
from dynamic_agi.model import Phase, Status
from dynamic_agi.orchestrator import Orchestrator
from dynamic_agi.ports import Ports
from dynamic_agi.scenario import Arrivals, Scenario
from dynamic_agi.simulation.agents import SimAgent
from dynamic_agi.simulation.dice import Dice
from dynamic_agi.simulation.faults import Faults
from dynamic_agi.simulation.network import Receive, SimNetwork
from dynamic_agi.simulation.stores import OrchestratorCrashedError, SimJournal, SimStore
from dynamic_agi.state import State

ORCHESTRATOR = "orchestrator"
CLIENT = "client"
# An episode of the default scenario takes about 2,000 steps. One that needs so many has lost its way at one instant.
MAX_STEPS = 200_000

_P = ParamSpec("_P")


class _Timer:
    """A call that can be called off."""

    __slots__ = ("_call",)

    def __init__(self, call: Callable[[], None]) -> None:
        self._call: Callable[[], None] | None = call

    def cancel(self) -> None:
        self._call = None

    def fire(self, _: simpy.Event) -> None:
        if self._call is not None:
            self._call()


class World:
    """One episode's world.

    Parameters
    ----------
    make : the class of the orchestrator
    faults : made when the clock exists
    emit : takes each event's content as it happens; it may end the episode by raising
    """

    def __init__(
        self,
        scenario: Scenario,
        dice: Callable[[str], Dice],
        faults: Callable[[Callable[[], int]], Faults],
        emit: Callable[[Fact | Happening], None],
        make: type[Orchestrator] = Orchestrator,
    ) -> None:
        self._scenario = scenario
        self._settings, self._roster = scenario.settings(), scenario.roster()
        self._environment = simpy.Environment(initial_time=0)
        self._emit = emit
        self._make = make
        self._faults = faults(self.now)
        self._jitter = dice("jitter").unit
        self._network = SimNetwork(self._environment, self._faults, emit, self._find)
        self._journal = SimJournal(self._faults, emit)
        self._store = SimStore(self._faults, emit)
        self._orchestrator: Orchestrator | None = None
        self._timers: list[_Timer] = []
        self._boots = 0
        self._unaccepted: set[str] = set()
        self._agents = {
            spec.name: SimAgent(
                spec.name,
                self._environment,
                scenario.scripts,
                scenario.orchestrator,
                self._faults,
                dice(f"agent {spec.name}"),
                emit,
                self._speaker(spec.name),
            )
            for spec in self._roster
        }

    def now(self) -> int:
        return int(self._environment.now)

    def product(self) -> State | None:
        """Return the orchestrator's own state, None while it is down."""
        return None if self._orchestrator is None else self._orchestrator.state

    def run(self) -> None:
        """Run to rest, to the horizon, or until ``emit`` raises."""
        for arrivals in self._scenario.arrivals:
            for number in range(arrivals.count):
                self._unaccepted.add(_name(arrivals, number))
                self._environment.process(self._submit(arrivals, number))
        self._boot()
        steps = 0
        while not self._is_at_rest():
            if self._environment.peek() > self._scenario.horizon_ms:
                self._emit(Finished(f"still busy at the horizon of {self._scenario.horizon_ms} ms"))
                return
            if steps >= MAX_STEPS:
                self._emit(Finished(f"still busy after {MAX_STEPS} steps"))
                return
            self._environment.step()
            steps += 1
        self._emit(Finished(AT_REST))

    def _is_at_rest(self) -> bool:
        if self._network.in_flight or self._unaccepted or self._orchestrator is None:
            return False
        state = self._orchestrator.state
        return (
            all(task.phase is Phase.ENDED for task in state.tasks.values())
            and all(agent.status is not Status.RESTARTING for agent in state.agents.values())
            and all(agent.is_idle for agent in self._agents.values())
        )

    # The submitter

    def _submit(self, arrivals: Arrivals, number: int) -> Generator[simpy.Event, object, None]:
        task = _name(arrivals, number)
        yield self._environment.timeout(arrivals.first_ms + number * arrivals.every_ms)
        while task in self._unaccepted:
            self._network.send(CLIENT, ORCHESTRATOR, Submit(task, arrivals.work))
            yield self._environment.timeout(self._scenario.orchestrator.repeat_ms)

    def _told(self, _sender: str, message: Message) -> None:
        if isinstance(message, Accepted):
            self._unaccepted.discard(message.task)

    # Who receives

    def _find(self, name: str) -> Receive | None:
        if name == ORCHESTRATOR:
            orchestrator = self._orchestrator
            return None if orchestrator is None else self._surviving(orchestrator.receive)
        if name == CLIENT:
            return self._told
        agent = self._agents[name]
        return agent.receive if agent.is_up else None

    def _speaker(self, name: str) -> Callable[[Message], None]:
        return lambda message: self._network.send(name, ORCHESTRATOR, message)

    # The orchestrator's life, and its ports

    def _boot(self) -> None:
        self._emit(OrchestratorStarted(len(self._journal.facts)))
        ports = Ports(self, _Mouth(self._network), self, self._store, self._journal, self._jitter)
        self._orchestrator = self._make(self._settings, self._roster, ports)
        self._surviving(self._orchestrator.start)()

    def _surviving(self, call: Callable[_P, None]) -> Callable[_P, None]:
        def guarded(*arguments: _P.args, **named: _P.kwargs) -> None:
            try:
                call(*arguments, **named)
            except OrchestratorCrashedError:
                self._crash()

        return guarded

    def _crash(self) -> None:
        self._orchestrator = None
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        down_ms = self._faults.down_ms()
        self._emit(OrchestratorCrashed(down_ms))
        self._environment.timeout(down_ms).callbacks.append(lambda _: self._boot())

    def call_at(self, at_ms: int, call: Callable[[], None]) -> _Timer:
        timer = _Timer(self._surviving(call))
        self._timers.append(timer)
        self._environment.timeout(at_ms - self.now()).callbacks.append(timer.fire)
        return timer

    def start(self, agent: str, incarnation: int) -> None:
        self._agents[agent].start(incarnation)

    def stop(self, agent: str) -> None:
        self._agents[agent].stop()


class _Mouth:
    """The orchestrator's end of the network."""

    def __init__(self, network: SimNetwork) -> None:
        self._network = network

    def send(self, to: str, message: Message) -> None:
        self._network.send(ORCHESTRATOR, to, message)


def _name(arrivals: Arrivals, number: int) -> str:
    return f"{arrivals.work}-{number + 1}"
