"""The orchestrator's memory: the fold of its journal, and nothing else."""

from collections.abc import Iterable
from dataclasses import replace

from dynamic_agi.errors import JournalError
from dynamic_agi.facts import (
    AgentRetired,
    AgentStarted,
    EffectApplied,
    Fact,
    LeaseGranted,
    LeaseLost,
    RestartScheduled,
    ResultTaken,
    TaskAccepted,
    TaskEnded,
)
from dynamic_agi.model import Agent, AgentSpec, Phase, Status, Task


class State:
    """Tasks in the order of their acceptance, agents in that of the roster, and the highest token.

    Values are frozen; only ``apply`` replaces them.
    """

    __slots__ = ("agents", "last_token", "tasks")

    def __init__(self, roster: Iterable[AgentSpec]) -> None:
        self.agents = {spec.name: Agent(spec.name, spec.does) for spec in roster}
        self.tasks: dict[str, Task] = {}
        self.last_token = 0

    def apply(self, fact: Fact) -> None:
        """Take in one fact.

        Raises
        ------
        JournalError : the fact is about a task or an agent that does not exist
        """
        try:
            self._apply(fact)
        except KeyError as error:
            raise JournalError(
                f"{type(fact).__name__} at {fact.at} ms is about {error}, which was never accepted",
                "restore the journal from a copy",
            ) from error

    def _apply(self, fact: Fact) -> None:
        match fact:
            case TaskAccepted():
                self.tasks[fact.task] = Task(fact.task, fact.work, fact.parent, fact.barred)
            case LeaseGranted():
                self._grant(fact)
            case LeaseLost():
                self._free(fact.task)
                self._change(fact.task, phase=Phase.WAITING, not_before=fact.at + fact.delay_ms)
            case ResultTaken():
                self._free(fact.task)
                self._change(
                    fact.task, phase=Phase.SETTLING, taken_token=fact.token, value=fact.value, effects=fact.effects
                )
            case EffectApplied():
                self._change(fact.task, applied=(*self.tasks[fact.task].applied, fact.effect))
            case TaskEnded():
                self._free(fact.task)
                self._change(fact.task, phase=Phase.ENDED, outcome=fact.outcome, reason=fact.reason)
            case RestartScheduled():
                agent = self.agents[fact.agent]
                self.agents[fact.agent] = replace(
                    agent,
                    status=Status.RESTARTING,
                    restart_at=fact.at + fact.delay_ms,
                    restarts=(*agent.restarts, fact.at),
                )
            case AgentStarted():
                agent = self.agents[fact.agent]
                self.agents[fact.agent] = replace(agent, status=Status.UP, incarnation=fact.incarnation)
            case AgentRetired():
                self.agents[fact.agent] = replace(self.agents[fact.agent], status=Status.RETIRED)

    def _grant(self, fact: LeaseGranted) -> None:
        task = self.tasks[fact.task]
        self.tasks[fact.task] = replace(
            task, phase=Phase.LEASED, agent=fact.agent, token=fact.token, attempts=task.attempts + 1
        )
        agent = self.agents[fact.agent]
        self.agents[fact.agent] = replace(agent, task=fact.task, last_token=fact.token)
        self.last_token = max(self.last_token, fact.token)

    def _free(self, task_id: str) -> None:
        task = self.tasks[task_id]
        if task.phase is Phase.LEASED:
            self.agents[task.agent] = replace(self.agents[task.agent], task="")

    def _change(self, task_id: str, **changes: object) -> None:
        self.tasks[task_id] = replace(self.tasks[task_id], **changes)  # type: ignore[arg-type]  # names are checked above


def fold(roster: Iterable[AgentSpec], facts: Iterable[Fact]) -> State:
    """Return the state that ``facts`` lead to.

    Raises
    ------
    JournalError : a fact does not follow from those before it
    """
    state = State(roster)
    for fact in facts:
        state.apply(fact)
    return state
