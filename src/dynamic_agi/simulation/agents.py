"""Agents that follow scripts, and what can happen to them on the way."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field

import simpy

from dynamic_agi.events import (
    AgentCrashed,
    AgentHung,
    AgentResumed,
    AgentSlowed,
    ProcessStarted,
    ProcessStopped,
)
from dynamic_agi.messages import Answer, Ask, Assign, Exited, Failure, Heartbeat, Message, Result, Stale, Taken
from dynamic_agi.model import APPROVED, REFUSED, Outcome
from dynamic_agi.scenario import AskFor, Decide, Fail, Policy, Propose, Reply, Step, Work
from dynamic_agi.simulation.dice import Dice
from dynamic_agi.simulation.faults import Emit, Faults


@dataclass(slots=True)
class _Draft:
    """What a script has come to so far."""

    value: str = ""
    effects: list[str] = field(default_factory=list)
    failure: Failure | None = None


class SimAgent:
    """One agent's host and, while it runs, its process.

    A process is two loops, the script and the heartbeats. Both stop by themselves when ``_life`` has moved on: it
    counts assignments, ends, crashes and restarts, so that nothing of an earlier life acts in a later one.
    """

    def __init__(
        self,
        name: str,
        environment: simpy.Environment,
        scripts: Mapping[str, tuple[Step, ...]],
        policy: Policy,
        faults: Faults,
        dice: Dice,
        emit: Emit,
        send: Callable[[Message], None],
    ) -> None:
        self.name = name
        self.is_up = False
        self._environment = environment
        self._scripts = scripts
        self._policy = policy
        self._faults = faults
        self._dice = dice
        self._emit = emit
        self._send = send
        self._incarnation = 0
        self._life = 0
        self._job: Assign | None = None
        self._last_token = 0
        self._is_hung = False
        self._unread: list[Message] = []
        self._answers: dict[int, simpy.Event] = {}

    @property
    def is_idle(self) -> bool:
        return self._job is None and not self._is_hung

    # The host

    def start(self, incarnation: int) -> None:
        """Run this incarnation, unless it was run before."""
        if incarnation <= self._incarnation:
            return
        self._forget()
        self._incarnation = incarnation
        self._last_token = 0
        self.is_up = True
        self._emit(ProcessStarted(self.name, incarnation))

    def stop(self) -> None:
        """Run none."""
        if self.is_up:
            self._forget()
            self.is_up = False
            self._emit(ProcessStopped(self.name))

    def _forget(self) -> None:
        self._end_job()
        self._is_hung = False
        self._unread.clear()

    def _crash(self, *, noticed: bool) -> None:
        task = self._job.task if self._job else ""
        self._forget()
        self.is_up = False
        self._emit(AgentCrashed(self.name, self._incarnation, task))
        if noticed:
            self._send(Exited(self.name, self._incarnation))

    # The process

    def receive(self, _sender: str, message: Message) -> None:
        """Read one message; who hangs reads later."""
        if self._is_hung:
            self._unread.append(message)
            return
        match message:
            case Assign():
                self._on_assign(message)
            case Answer():
                self._on_answer(message)
            case Taken() | Stale() if self._job is not None and message.token == self._job.token:
                self._end_job()
            case _:
                pass

    def _on_assign(self, message: Assign) -> None:
        if message.token <= self._last_token:
            return  # a copy, or one that was overtaken
        self._end_job()
        self._last_token = message.token
        self._job = message
        self._environment.process(self._beat(self._life, message))
        self._environment.process(self._work(self._life, message))

    def _on_answer(self, message: Answer) -> None:
        answer = self._answers.get(message.index)
        if self._job is not None and message.token == self._job.token and answer is not None and not answer.triggered:
            answer.succeed(message)

    def _end_job(self) -> None:
        self._life += 1
        self._job = None
        self._answers.clear()

    def _beat(self, life: int, job: Assign) -> Generator[simpy.Event, object, None]:
        while life == self._life:
            if not self._is_hung:
                self._send(Heartbeat(job.task, job.token))
            yield self._environment.timeout(self._policy.heartbeat_ms)

    def _work(self, life: int, job: Assign) -> Generator[simpy.Event, object, None]:
        """Follow the script, then say how it went until somebody has taken it."""
        draft = _Draft()
        for index, step in enumerate(self._scripts[job.work]):
            times = yield from self._stumble(life)
            if not times:
                return
            yield from self._follow(step, index, times, draft, job, life)
            if life != self._life:
                return
            if draft.failure is not None or isinstance(step, Reply):
                break
        result = Result(job.task, job.token, draft.value, tuple(draft.effects))
        yield from self._report(life, draft.failure or result)

    def _follow(
        self, step: Step, index: int, times: int, draft: _Draft, job: Assign, life: int
    ) -> Generator[simpy.Event, object, None]:
        match step:
            case Work():
                yield self._environment.timeout(times * self._dice.between(step.ms))
            case AskFor():
                draft.failure = yield from self._ask(life, job, index, step.work)
            case Propose():
                draft.effects.append(step.name)
            case Fail():
                draft.failure = self._fail(job, step)
            case Decide():
                draft.value = APPROVED if self._dice.chance(step.approve) else REFUSED
            case Reply():
                draft.value = step.value

    def _fail(self, job: Assign, step: Fail) -> Failure | None:
        if not self._dice.chance(step.chance):
            return None
        return Failure(job.task, job.token, step.reason, step.permanent)

    def _ask(self, life: int, job: Assign, index: int, work: str) -> Generator[simpy.Event, object, Failure | None]:
        """Ask until answered. The end of other work that is no result is a failure of this."""
        answer = self._answers[index] = self._environment.event()
        while life == self._life and not answer.triggered:
            if not self._is_hung:
                self._send(Ask(job.task, job.token, index, work))
            yield answer | self._environment.timeout(self._policy.repeat_ms)
        said = answer.value if answer.triggered else None
        if isinstance(said, Answer) and said.outcome is not Outcome.DONE:
            return Failure(job.task, job.token, f"{work} {said.outcome}", permanent=True)
        return None

    def _report(self, life: int, report: Result | Failure) -> Generator[simpy.Event, object, None]:
        while life == self._life:
            self._send(report)
            if not (yield from self._stumble(life)):
                return
            yield self._environment.timeout(self._policy.repeat_ms)

    def _stumble(self, life: int) -> Generator[simpy.Event, object, int]:
        """Let happen what the faults say; return how many times as long the step takes, 0 if this life is over."""
        stumble = self._faults.step(self.name)
        if stumble.crash:
            self._crash(noticed=stumble.noticed)
            return 0
        if stumble.hang_ms:
            yield from self._hang(life, stumble.hang_ms)
        if stumble.times > 1:
            self._emit(AgentSlowed(self.name, stumble.times))
        return stumble.times if life == self._life else 0

    def _hang(self, life: int, ms: int) -> Generator[simpy.Event, object, None]:
        self._emit(AgentHung(self.name, self._job.task if self._job else "", ms))
        self._is_hung = True
        yield self._environment.timeout(ms)
        if life != self._life:
            return
        self._is_hung = False
        self._emit(AgentResumed(self.name))
        unread, self._unread = self._unread, []
        for message in unread:
            self.receive("", message)
