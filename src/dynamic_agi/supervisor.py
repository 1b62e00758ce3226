"""Restarts agents: one restart an incarnation, later each time, and not for ever."""

from dynamic_agi.core import Core
from dynamic_agi.facts import AgentRetired, AgentStarted, RestartScheduled
from dynamic_agi.model import Agent, Status


class Supervisor:
    """One-for-one supervision, in the words of Erlang/OTP: an agent's restart leaves the others alone.

    More than ``max_restarts`` within ``window_ms`` retire the agent, where OTP's supervisor would give up altogether.
    """

    def __init__(self, core: Core) -> None:
        self._core = core

    def resume(self) -> None:
        """Bring hosts and timers to what the state says, after a start of this process."""
        for agent in tuple(self._core.state.agents.values()):
            match agent.status:
                case Status.UP:
                    self._core.ports.hosts.start(agent.name, agent.incarnation)
                case Status.RESTARTING:
                    self._start_later(agent.name, agent.restart_at)
                case Status.RETIRED:
                    self._core.ports.hosts.stop(agent.name)

    def restart(self, name: str) -> None:
        """Let the agent's next incarnation start after a back-off, or retire it."""
        agent = self._core.state.agents[name]
        if not self.may_restart(agent):
            return
        now, settings = self._core.now(), self._core.settings
        recent = sum(at > now - settings.window_ms for at in agent.restarts)
        if recent >= settings.max_restarts:
            reason = f"{recent} restarts in the last {settings.window_ms} ms"
            self._core.record(AgentRetired(now, name, reason))
            self._core.ports.hosts.stop(name)
            return
        delay_ms = self._core.wait_ms(settings.restart, recent + 1)
        self._core.record(RestartScheduled(now, name, agent.incarnation + 1, delay_ms))
        self._start_later(name, now + delay_ms)

    def may_restart(self, agent: Agent) -> bool:
        """Say whether no restart is on its way: an exit may be reported twice, and be seen by a silent lease too."""
        return agent.status is Status.UP

    def _start_later(self, name: str, at_ms: int) -> None:
        self._core.call_at(("restart", name), at_ms, lambda: self._start(name))

    def _start(self, name: str) -> None:
        incarnation = self._core.state.agents[name].incarnation + 1
        self._core.record(AgentStarted(self._core.now(), name, incarnation))
        self._core.ports.hosts.start(name, incarnation)
