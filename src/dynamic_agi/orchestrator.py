"""The orchestrator: gives tasks to agents under leases, and sees each of them to its end, exactly once.

Every handler decides on the state, records one fact, and only then speaks, so that a crash at any point leaves a
journal from which ``start`` goes on. What it says may be lost; whoever waits for it asks again.
"""

from collections.abc import Sequence

from dynamic_agi.core import Core
from dynamic_agi.errors import StoreUnavailableError
from dynamic_agi.facts import EffectApplied, LeaseGranted, LeaseLost, ResultTaken, TaskAccepted, TaskEnded
from dynamic_agi.messages import (
    Accepted,
    Answer,
    Ask,
    Assign,
    Busy,
    Exited,
    Failure,
    Heartbeat,
    Message,
    Result,
    Stale,
    Submit,
    Taken,
)
from dynamic_agi.model import (
    APPROVED,
    Agent,
    AgentSpec,
    Loss,
    Outcome,
    Phase,
    Settings,
    Status,
    Task,
    child_id,
    effect_key,
)
from dynamic_agi.ports import Ports
from dynamic_agi.state import State
from dynamic_agi.supervisor import Supervisor


class Orchestrator:
    """One process at a time. A new one over the same journal takes over where the last one stopped."""

    def __init__(self, settings: Settings, roster: Sequence[AgentSpec], ports: Ports) -> None:
        self.core = Core(settings, roster, ports)
        self.core.after_timer = self._dispatch
        self.supervisor = Supervisor(self.core)
        self._expires: dict[int, int] = {}  # by token; not durable, see _resume_task
        self._store_failures: dict[str, int] = {}

    @property
    def state(self) -> State:
        return self.core.state

    def start(self) -> None:
        """Take up what the journal says is under way; on an empty journal, start the agents."""
        self.supervisor.resume()
        for task_id in tuple(self.state.tasks):
            self._resume_task(self.state.tasks[task_id])
        self._dispatch()

    def receive(self, sender: str, message: Message) -> None:
        """Handle one message."""
        match message:
            case Submit():
                self._on_submit(sender, message)
            case Heartbeat():
                self._on_heartbeat(sender, message)
            case Ask():
                self._on_ask(sender, message)
            case Result():
                self._on_result(sender, message)
            case Failure():
                self._on_failure(sender, message)
            case Exited():
                self._on_exited(message)
            case _:
                return  # our own words, come back to us
        self._dispatch()

    # What others say

    def _on_submit(self, sender: str, message: Submit) -> None:
        if not self._is_known(message.task):
            if not self._has_room():
                self._send(sender, Busy(message.task))
                return
            self._accept(message.task, message.work)
        self._send(sender, Accepted(message.task))

    def _on_heartbeat(self, sender: str, message: Heartbeat) -> None:
        if not self._is_live(message.task, message.token):
            self._send(sender, Stale(message.task, message.token))
            return
        self._expires[message.token] = self.core.now() + self.core.settings.lease_ms
        self.core.cancel(("resend", message.token))

    def _on_ask(self, sender: str, message: Ask) -> None:
        if not self._is_live(message.task, message.token):
            self._send(sender, Stale(message.task, message.token))
            return
        child = child_id(message.task, message.index)
        if not self._is_known(child):
            self._accept(child, message.work, parent=message.task)
        self._answer(self.state.tasks[child])

    def _on_result(self, sender: str, message: Result) -> None:
        if self._is_taken(message):
            self._send(sender, Taken(message.task, message.token))
            return
        if not self._is_live(message.task, message.token):
            self._send(sender, Stale(message.task, message.token))
            return
        self._release(message.token)
        self.core.record(
            ResultTaken(self.core.now(), message.task, message.token, message.value, tuple(message.effects))
        )
        self._send(sender, Taken(message.task, message.token))
        self._settle(message.task)

    def _on_failure(self, sender: str, message: Failure) -> None:
        if not self._is_live(message.task, message.token):
            self._send(sender, Stale(message.task, message.token))
            return
        if message.permanent:
            self._end(message.task, Outcome.FAILED, message.reason)
        else:
            self._lose(message.task, Loss.FAILED, message.reason)
        self._send(sender, Taken(message.task, message.token))

    def _on_exited(self, message: Exited) -> None:
        agent = self.state.agents[message.agent]
        if agent.incarnation != message.incarnation:
            return
        if agent.task:
            self._lose(agent.task, Loss.EXITED, f"{agent.name} exited")
        self.supervisor.restart(agent.name)

    # Tasks

    def _is_known(self, task_id: str) -> bool:
        return task_id in self.state.tasks

    def _has_room(self) -> bool:
        """Only submitted tasks count: what they ask for must find room, or they would wait for ever."""
        is_open = (not task.parent and task.phase is not Phase.ENDED for task in self.state.tasks.values())
        return sum(is_open) < self.core.settings.queue_limit

    def _accept(self, task_id: str, work: str, *, parent: str = "", barred: str = "") -> None:
        self.core.record(TaskAccepted(self.core.now(), task_id, work, parent, barred))

    def _end(self, task_id: str, outcome: Outcome, reason: str = "") -> None:
        self._release(self.state.tasks[task_id].token)
        self.core.record(TaskEnded(self.core.now(), task_id, outcome, reason))
        task = self.state.tasks[task_id]
        if not task.parent:
            return
        if self.state.tasks[task.parent].phase is Phase.SETTLING:
            self._settle(task.parent)
        else:
            self._answer(task)

    def _answer(self, child: Task) -> None:
        """Tell the holder of the parent, if the child has ended and there is one; else it asks again."""
        parent = self.state.tasks[child.parent]
        if child.phase is not Phase.ENDED or child.outcome is None or parent.phase is not Phase.LEASED:
            return
        index = int(child.id.rpartition("/")[2])
        self._send(parent.agent, Answer(parent.id, parent.token, index, child.outcome, child.value))

    def _resume_task(self, task: Task) -> None:
        match task.phase:
            case Phase.WAITING:
                self._dispatch_at(task.id, task.not_before)
            case Phase.LEASED:
                # Heartbeats were not journaled, and none could be heard while this process was down.
                self._watch(task.id, task.token)
            case Phase.SETTLING:
                self._settle(task.id)
            case Phase.ENDED:
                pass

    # Leases

    def _dispatch(self) -> None:
        """Give every task that is due to a free agent, the oldest task first."""
        now = self.core.now()
        for task_id in [task.id for task in self.state.tasks.values() if task.phase is Phase.WAITING]:
            task = self.state.tasks[task_id]
            if task.phase is not Phase.WAITING or task.not_before > now:
                continue
            able = [agent for agent in self.state.agents.values() if self._is_able(agent, task)]
            free = [agent for agent in able if agent.status is Status.UP and not agent.task]
            if not able:
                self._end(task_id, Outcome.ESCALATED, f"no agent is left for {task.work}")
            elif free:
                self._grant(task_id, min(free, key=lambda agent: agent.last_token).name)

    def _dispatch_at(self, task_id: str, at_ms: int) -> None:
        self.core.call_at(("retry", task_id), at_ms, lambda: None)  # every timer ends with a dispatch

    def _is_able(self, agent: Agent, task: Task) -> bool:
        return task.work in agent.does and agent.name != task.barred and agent.status is not Status.RETIRED

    def _grant(self, task_id: str, agent: str) -> None:
        token = self.state.last_token + 1
        self.core.record(LeaseGranted(self.core.now(), task_id, agent, token))
        self._watch(task_id, token)

    def _watch(self, task_id: str, token: int) -> None:
        """Say the assignment until it is confirmed, and wait for the lease to expire."""
        self._expires[token] = self.core.now() + self.core.settings.lease_ms
        self._check_later(task_id, token)
        self._assign(task_id, token)

    def _check_later(self, task_id: str, token: int) -> None:
        self.core.call_at(("lease", token), self._expires[token], lambda: self._check(task_id, token))

    def _check(self, task_id: str, token: int) -> None:
        if not self._is_expired(token):
            self._check_later(task_id, token)
            return
        agent = self.state.tasks[task_id].agent
        self._lose(task_id, Loss.EXPIRED, f"{agent} was silent for {self.core.settings.lease_ms} ms")
        self.supervisor.restart(agent)

    def _assign(self, task_id: str, token: int) -> None:
        task = self.state.tasks[task_id]
        self._send(task.agent, Assign(task_id, task.work, token))
        again = self.core.now() + self.core.settings.resend_ms
        self.core.call_at(("resend", token), again, lambda: self._assign(task_id, token))

    def _is_live(self, task_id: str, token: int) -> bool:
        """Say whether ``token`` is that of the task's one holder; the fence that keeps late results out."""
        task = self.state.tasks.get(task_id)
        return task is not None and task.phase is Phase.LEASED and task.token == token

    def _is_taken(self, message: Result) -> bool:
        task = self.state.tasks.get(message.task)
        return task is not None and task.taken_token == message.token

    def _is_expired(self, token: int) -> bool:
        return self.core.now() >= self._expires[token]

    def _lose(self, task_id: str, why: Loss, reason: str) -> None:
        """Let the task wait for another holder, or hand it to a person after the last attempt."""
        task = self.state.tasks[task_id]
        if self._is_last_attempt(task):
            self._end(task_id, Outcome.ESCALATED, f"{task.attempts} attempts, the last: {reason}")
            return
        self._release(task.token)
        delay_ms = self.core.wait_ms(self.core.settings.retry, task.attempts)
        self.core.record(LeaseLost(self.core.now(), task_id, task.token, why, delay_ms))
        self._dispatch_at(task_id, self.core.now() + delay_ms)

    def _is_last_attempt(self, task: Task) -> bool:
        return task.attempts >= self.core.settings.max_attempts

    def _release(self, token: int) -> None:
        self.core.cancel(("lease", token))
        self.core.cancel(("resend", token))
        self._expires.pop(token, None)

    # Effects

    def _settle(self, task_id: str) -> None:
        """Bring the task's effects into the store, each after its approval, and end the task."""
        if self.state.tasks[task_id].phase is not Phase.SETTLING:
            return  # a second effect was allowed while the store was away for the first, and the task ended meanwhile
        for effect in self.state.tasks[task_id].effects:
            task = self.state.tasks[task_id]
            if effect in task.applied:
                continue
            if not self._is_allowed(task, effect) or not self._apply(task, effect):
                return
        self._end(task_id, Outcome.DONE)

    def _is_allowed(self, task: Task, effect: str) -> bool:
        """Say whether the effect may happen now. Where it never may, the task is ended here."""
        if effect not in self.core.settings.guarded:
            return True
        approval = self.state.tasks.get(effect_key(task.id, effect))
        if approval is None:
            key = effect_key(task.id, effect)
            self._accept(key, self.core.settings.approval, parent=task.id, barred=task.agent)
            return False
        if approval.outcome is None:
            return False
        if approval.outcome is Outcome.DONE and approval.value == APPROVED:
            return True
        if approval.outcome is Outcome.DONE:
            self._end(task.id, Outcome.FAILED, f"{effect} was {approval.value}")
        else:
            self._end(task.id, approval.outcome, f"nobody decided on {effect}: {approval.reason}")
        return False

    def _apply(self, task: Task, effect: str) -> bool:
        """Store the effect unless it is there; on silence ask again later, as it may be there."""
        key = effect_key(task.id, effect)
        try:
            if not self._is_stored(key):
                self.core.ports.store.write(key, task.value)
        except StoreUnavailableError:
            failures = self._store_failures[key] = self._store_failures.get(key, 0) + 1
            at_ms = self.core.now() + self.core.wait_ms(self.core.settings.retry, failures)
            self.core.call_at(("store", task.id), at_ms, lambda: self._settle(task.id))
            return False
        self.core.record(EffectApplied(self.core.now(), task.id, effect))
        return True

    def _is_stored(self, key: str) -> bool:
        return self.core.ports.store.has(key)

    def _send(self, to: str, message: Message) -> None:
        self.core.ports.network.send(to, message)
