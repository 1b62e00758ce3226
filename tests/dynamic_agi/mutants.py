"""Orchestrators with one bug each, and the invariant that was predicted to find it. No bug stands in src/."""

from dataclasses import dataclass, replace

from dynamic_agi import Backoff, Orchestrator
from dynamic_agi.facts import ResultTaken
from dynamic_agi.messages import Accepted, Answer, Exited, Result, Submit, Taken
from dynamic_agi.model import Agent, Loss, Outcome, Phase, Status, Task, child_id, effect_key
from dynamic_agi.supervisor import Supervisor


class TakesAResultTwice(Orchestrator):
    """No deduplication of results: a copy of a result is taken like the first."""

    def _on_result(self, sender: str, message: Result) -> None:
        if self._is_taken(message):
            self.core.record(
                ResultTaken(self.core.now(), message.task, message.token, message.value, tuple(message.effects))
            )
            self._settle(message.task)
        super()._on_result(sender, message)


class ChecksNoToken(Orchestrator):
    """No fencing: whoever holds the task, any result for it will do."""

    def _is_live(self, task_id: str, token: int) -> bool:
        task = self.state.tasks.get(task_id)
        return task is not None and task.phase is Phase.LEASED


class WaitsWithoutACap(Orchestrator):
    """The retry's back-off has no cap."""

    def _lose(self, task_id: str, why: Loss, reason: str) -> None:
        correct = self.core.settings
        self.core.settings = replace(correct, retry=Backoff(correct.retry.base_ms, 10**6))
        super()._lose(task_id, why, reason)
        self.core.settings = correct


class RetriesAtOnce(Orchestrator):
    """The retry has no back-off."""

    def _lose(self, task_id: str, why: Loss, reason: str) -> None:
        correct = self.core.settings
        self.core.settings = replace(correct, retry=Backoff(0, 0))
        super()._lose(task_id, why, reason)
        self.core.settings = correct


class RetriesForEver(Orchestrator):
    """No attempt is the last."""

    def _is_last_attempt(self, task: Task) -> bool:
        return False


class ForgetsTheTaskOfACrashedAgent(Orchestrator):
    """On an exit the lease's timers go, and the lease stays."""

    def _on_exited(self, message: Exited) -> None:
        agent = self.state.agents[message.agent]
        if agent.incarnation == message.incarnation and agent.task:
            self._release(self.state.tasks[agent.task].token)
            self.supervisor.restart(agent.name)
            return
        super()._on_exited(message)


class SaysTakenBeforeTheJournalHasIt(Orchestrator):
    """The agent hears that its result was taken, and stops repeating it, before it is durable."""

    def _on_result(self, sender: str, message: Result) -> None:
        if self._is_live(message.task, message.token):
            self._send(sender, Taken(message.task, message.token))
        super()._on_result(sender, message)


class AcceptsBeforeTheJournalHasIt(Orchestrator):
    """The same for a submitter."""

    def _on_submit(self, sender: str, message: Submit) -> None:
        if not self._is_known(message.task) and self._has_room():
            self._send(sender, Accepted(message.task))
        super()._on_submit(sender, message)


class EndsBeforeTheEffectHappened(Orchestrator):
    """Done is written before the effects are stored."""

    def _settle(self, task_id: str) -> None:
        task = self.state.tasks[task_id]
        if task.phase is Phase.SETTLING and any(self._is_allowed(task, effect) for effect in task.effects):
            self._end(task_id, Outcome.DONE)
            for effect in task.effects:
                self._apply(task, effect)
            return
        super()._settle(task_id)


class WritesWithoutLooking(Orchestrator):
    """After a crash or a silence the effect is written again."""

    def _is_stored(self, key: str) -> bool:
        return False


class _EagerSupervisor(Supervisor):
    def may_restart(self, agent: Agent) -> bool:
        return agent.status is not Status.RETIRED


class RestartsTwice(Orchestrator):
    """An exit reported twice, or seen by report and by silence, is two restarts."""

    def start(self) -> None:
        self.supervisor = _EagerSupervisor(self.core)
        super().start()


class _HastySupervisor(Supervisor):
    def _start_later(self, name: str, at_ms: int) -> None:
        super()._start_later(name, self._core.now())


class RestartsAtOnce(Orchestrator):
    """The back-off is written down and not waited for."""

    def start(self) -> None:
        self.supervisor = _HastySupervisor(self.core)
        super().start()


class RestartsForEver(Orchestrator):
    """No agent is ever retired."""

    def start(self) -> None:
        self.core.settings = replace(self.core.settings, max_restarts=10**6)
        super().start()


class LeavesTheLeaseTimerRunning(Orchestrator):
    """The timer of a lease outlives it."""

    def _release(self, token: int) -> None:
        self.core.cancel(("resend", token))


class QueuesWithoutBound(Orchestrator):
    """There is always room."""

    def _has_room(self) -> bool:
        return True


class QueuesOneTooMany(Orchestrator):
    """The bound is compared with <= instead of <."""

    def _has_room(self) -> bool:
        is_open = (not task.parent and task.phase is not Phase.ENDED for task in self.state.tasks.values())
        return sum(is_open) <= self.core.settings.queue_limit


class DoesNotWaitForApproval(Orchestrator):
    """The approval is asked for, and the effect happens meanwhile."""

    def _is_allowed(self, task: Task, effect: str) -> bool:
        super()._is_allowed(task, effect)
        return self.state.tasks[task.id].phase is Phase.SETTLING


class TakesRefusedForApproved(Orchestrator):
    """A decision is enough, whatever it says."""

    def _is_allowed(self, task: Task, effect: str) -> bool:
        approval = self.state.tasks.get(effect_key(task.id, effect))
        if approval is not None and approval.outcome is Outcome.DONE:
            return True
        return super()._is_allowed(task, effect)


class LetsTheProposerApprove(Orchestrator):
    """Nobody is barred."""

    def _is_able(self, agent: Agent, task: Task) -> bool:
        return task.work in agent.does and agent.status is not Status.RETIRED


class ForgetsHeartbeats(Orchestrator):
    """A lease runs from its grant, whatever is heard."""

    def _is_expired(self, token: int) -> bool:
        return True


class ComparesTheExpiryTheWrongWayRound(Orchestrator):
    """A lease that is over is taken for live."""

    def _is_expired(self, token: int) -> bool:
        return self.core.now() < self._expires[token]

    def _check_later(self, task_id: str, token: int) -> None:
        at_ms = max(self._expires[token], self.core.now() + 1)
        self.core.call_at(("lease", token), at_ms, lambda: self._check(task_id, token))


class ForgetsWhatWasUnderWay(Orchestrator):
    """After a crash, tasks that were out with an agent are not in memory."""

    def start(self) -> None:
        for task in tuple(self.state.tasks.values()):
            if task.phase is Phase.LEASED:
                del self.state.tasks[task.id]
        super().start()


class ForgetsTheWaitingOnRecovery(Orchestrator):
    """After a crash, leases are not watched again."""

    def _resume_task(self, task: Task) -> None:
        if task.phase is not Phase.LEASED:
            super()._resume_task(task)


class ForgetsOwedEffectsOnRecovery(Orchestrator):
    """After a crash, results that were taken are not settled."""

    def _resume_task(self, task: Task) -> None:
        if task.phase is not Phase.SETTLING:
            super()._resume_task(task)


class ReusesTokens(Orchestrator):
    """Tokens start again with each process."""

    def start(self) -> None:
        self.state.last_token = 0
        super().start()


class AnswersTooEarly(Orchestrator):
    """An ask is answered when it is accepted."""

    def _answer(self, child: Task) -> None:
        parent = self.state.tasks[child.parent]
        if child.phase is not Phase.ENDED and parent.phase is Phase.LEASED:
            index = int(child.id.rpartition("/")[2])
            self._send(parent.agent, Answer(parent.id, parent.token, index, Outcome.DONE, ""))
        super()._answer(child)


class AnswersOnceOnly(Orchestrator):
    """Who asks again because the answer was lost hears nothing."""

    def _on_ask(self, sender: str, message: object) -> None:
        if child_id(message.task, message.index) not in self.state.tasks:  # type: ignore[attr-defined]
            super()._on_ask(sender, message)  # type: ignore[arg-type]


class GivesATaskToTwo(Orchestrator):
    """A busy agent is as good as a free one."""

    def _dispatch(self) -> None:
        super()._dispatch()
        now = self.core.now()
        for task in tuple(self.state.tasks.values()):
            able = [agent for agent in self.state.agents.values() if self._is_able(agent, task)]
            if task.phase is Phase.WAITING and task.not_before <= now and able:
                self._grant(task.id, able[0].name)


class KeepsNoMemoryOfTheKey(Orchestrator):
    """A submission said again is a new task."""

    def _is_known(self, task_id: str) -> bool:
        return "/" in task_id and super()._is_known(task_id)


class InventsAnEffect(Orchestrator):
    """An effect happens that nobody proposed."""

    def _on_result(self, sender: str, message: Result) -> None:
        if not self._is_taken(message) and self._is_live(message.task, message.token):
            self.core.ports.store.write(effect_key(message.task, "bonus"), "")
        super()._on_result(sender, message)


@dataclass(frozen=True, slots=True)
class Planted:
    """A bug, and the invariant that it was predicted to break first."""

    make: type[Orchestrator]
    invariant: str


PLANTED = (
    Planted(TakesAResultTwice, "results-fenced"),
    Planted(ChecksNoToken, "results-fenced"),
    Planted(WaitsWithoutACap, "backoff-bounds"),
    Planted(RetriesAtOnce, "backoff-bounds"),
    Planted(RetriesForEver, "attempts-bound"),
    Planted(ForgetsTheTaskOfACrashedAgent, "lease-time"),
    Planted(SaysTakenBeforeTheJournalHasIt, "said-is-stored"),
    Planted(AcceptsBeforeTheJournalHasIt, "said-is-stored"),
    Planted(EndsBeforeTheEffectHappened, "effects-stored"),
    Planted(WritesWithoutLooking, "effects-once"),
    Planted(RestartsTwice, "restart-once"),
    Planted(RestartsAtOnce, "restart-once"),
    Planted(RestartsForEver, "restart-limit"),
    Planted(LeavesTheLeaseTimerRunning, "one-holder"),
    Planted(QueuesWithoutBound, "queue-bound"),
    Planted(QueuesOneTooMany, "queue-bound"),
    Planted(DoesNotWaitForApproval, "approval-first"),
    Planted(TakesRefusedForApproved, "approval-first"),
    Planted(LetsTheProposerApprove, "approval-first"),
    Planted(ForgetsHeartbeats, "lease-time"),
    Planted(ComparesTheExpiryTheWrongWayRound, "lease-time"),
    Planted(ForgetsWhatWasUnderWay, "tasks-kept"),
    Planted(ForgetsTheWaitingOnRecovery, "lease-time"),
    Planted(ForgetsOwedEffectsOnRecovery, "tasks-end"),
    Planted(ReusesTokens, "state-is-fold"),
    Planted(AnswersTooEarly, "said-is-stored"),
    Planted(AnswersOnceOnly, "tasks-end"),
    Planted(GivesATaskToTwo, "one-holder"),
    Planted(KeepsNoMemoryOfTheKey, "tasks-kept"),
    Planted(InventsAnEffect, "effects-assigned"),
)
