"""A scenario: agents, the scripts that they follow, the tasks that arrive, and the orchestrator's policy."""

from dataclasses import fields
from graphlib import CycleError, TopologicalSorter
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from dynamic_agi.documents import Chance, Document, Ms, Name, PositiveMs, Span, load
from dynamic_agi.model import AgentSpec, Backoff, Settings


class Work(Document):
    """Take this long."""

    do: Literal["work"]
    ms: Span


class AskFor(Document):
    """Have other work done first, and go on with its end."""

    do: Literal["ask"]
    work: Name


class Propose(Document):
    """Propose an effect; it happens if the result is taken."""

    do: Literal["effect"]
    name: Name


class Fail(Document):
    """Fail, with this chance."""

    do: Literal["fail"]
    reason: Annotated[str, Field(min_length=1, max_length=200)]
    chance: Chance = 1.0
    permanent: bool = False


class Decide(Document):
    """Approve what the task is about, with this chance, else refuse it."""

    do: Literal["decide"]
    approve: Chance


class Reply(Document):
    """End the script with this value."""

    do: Literal["reply"]
    value: Annotated[str, Field(max_length=200)]


Step = Annotated[Work | AskFor | Propose | Fail | Decide | Reply, Field(discriminator="do")]


class AgentTable(Document):
    """An agent, and the scripts that it follows."""

    name: Name
    does: Annotated[tuple[Name, ...], Field(min_length=1)]


class Arrivals(Document):
    """``count`` tasks of one kind, the first at ``first_ms``, then one every ``every_ms``."""

    work: Name
    count: Annotated[int, Field(ge=1, le=1000)]
    first_ms: Ms = 0
    every_ms: Ms = 0


class BackoffTable(Document):
    """Bounds of a back-off."""

    base_ms: PositiveMs
    cap_ms: PositiveMs

    @model_validator(mode="after")
    def _cap_is_above_base(self) -> Self:
        if self.cap_ms < self.base_ms:
            raise ValueError(f"cap_ms {self.cap_ms} is below base_ms {self.base_ms}; raise the cap")
        return self


_DEFAULT = Settings()


class Policy(Document):
    """The orchestrator's settings, as in ``model.Settings``, and how often agents and submitters speak."""

    lease_ms: PositiveMs = _DEFAULT.lease_ms
    resend_ms: PositiveMs = _DEFAULT.resend_ms
    queue_limit: Annotated[int, Field(ge=1)] = _DEFAULT.queue_limit
    max_attempts: Annotated[int, Field(ge=1)] = _DEFAULT.max_attempts
    retry: BackoffTable = BackoffTable(base_ms=_DEFAULT.retry.base_ms, cap_ms=_DEFAULT.retry.cap_ms)
    max_restarts: Annotated[int, Field(ge=0)] = _DEFAULT.max_restarts
    window_ms: PositiveMs = _DEFAULT.window_ms
    restart: BackoffTable = BackoffTable(base_ms=_DEFAULT.restart.base_ms, cap_ms=_DEFAULT.restart.cap_ms)
    guarded: tuple[Name, ...] = ()
    approval: Name | Literal[""] = ""
    heartbeat_ms: PositiveMs = 60
    repeat_ms: PositiveMs = 50

    @model_validator(mode="after")
    def _heartbeats_fit_into_a_lease(self) -> Self:
        if 2 * self.heartbeat_ms > self.lease_ms:
            raise ValueError(
                f"heartbeat_ms {self.heartbeat_ms} leaves no room for one lost beat in lease_ms {self.lease_ms}; "
                "let the lease be at least twice as long"
            )
        return self


class Scenario(Document):
    """The whole file."""

    schema_: Annotated[Literal["dynamic.agents.scenario/1"], Field(alias="schema")]
    name: Name
    description: str
    horizon_ms: PositiveMs = 60_000
    orchestrator: Policy = Policy()
    agents: Annotated[tuple[AgentTable, ...], Field(min_length=1)]
    scripts: dict[Name, Annotated[tuple[Step, ...], Field(min_length=1)]]
    arrivals: Annotated[tuple[Arrivals, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _everything_named_exists(self) -> Self:
        _check_names(self)
        _check_approval(self)
        _check_waiting(self)
        return self

    def settings(self) -> Settings:
        """Return the policy as the orchestrator takes it."""
        policy = self.orchestrator
        plain = {field.name: getattr(policy, field.name) for field in fields(Settings)}
        retry, restart = (Backoff(table.base_ms, table.cap_ms) for table in (policy.retry, policy.restart))
        return Settings(**{**plain, "retry": retry, "restart": restart})

    def roster(self) -> tuple[AgentSpec, ...]:
        """Return the agents as the orchestrator takes them."""
        return tuple(AgentSpec(agent.name, agent.does) for agent in self.agents)


def load_scenario(wanted: str) -> Scenario:
    """Return the scenario of this name, or of the .toml file. Errors are those of ``documents.load``."""
    return load("scenarios", wanted, Scenario)


def _check_names(scenario: Scenario) -> None:
    seen: set[str] = set()
    for agent in scenario.agents:
        if agent.name in seen or agent.name in ("orchestrator", "client"):
            raise ValueError(f"agents: the name {agent.name!r} is taken; choose another")
        seen.add(agent.name)
    arriving: set[str] = set()
    for i, arrival in enumerate(scenario.arrivals):
        if arrival.work in arriving:
            raise ValueError(f"arrivals[{i}]: {arrival.work!r} has arrivals already; raise their count instead")
        arriving.add(arrival.work)
    done = {work for agent in scenario.agents for work in agent.does}
    wanted = {f"arrivals[{i}]": arrival.work for i, arrival in enumerate(scenario.arrivals)}
    for name, steps in scenario.scripts.items():
        wanted |= {f"scripts.{name}[{i}]": step.work for i, step in enumerate(steps) if isinstance(step, AskFor)}
    for path, work in wanted.items():
        if work not in done:
            raise ValueError(f"{path}: no agent does {work!r}; add it to the 'does' of one")
    for work in sorted(done):
        if work not in scenario.scripts:
            raise ValueError(f"agents: {work!r} has no script; add scripts.{work}")


def _check_approval(scenario: Scenario) -> None:
    policy = scenario.orchestrator
    if not policy.guarded:
        return
    script = scenario.scripts.get(policy.approval, ())
    if not any(isinstance(step, Decide) for step in script):
        raise ValueError(
            f"orchestrator.approval: {policy.approval!r} decides nothing, and {policy.guarded[0]!r} is guarded; "
            "name a script with a 'decide' step"
        )
    if any(isinstance(step, Propose) and step.name in policy.guarded for step in script):
        raise ValueError(f"scripts.{policy.approval}: an approval may propose no guarded effect; remove that step")


def _check_waiting(scenario: Scenario) -> None:
    """Refuse agents that can wait for each other in a circle: with all of them asking, none would be left to work."""
    waits: dict[str, list[str]] = {}
    for asker in scenario.agents:
        asked = {step.work for work in asker.does for step in scenario.scripts[work] if isinstance(step, AskFor)}
        waits[asker.name] = [other.name for other in scenario.agents if asked & set(other.does)]
    try:
        TopologicalSorter(waits).prepare()
    except CycleError as error:
        path = " -> ".join(reversed(error.args[1]))
        raise ValueError(
            f"agents: {path} wait for each other; let what is asked for be done by agents that ask nobody back"
        ) from error
