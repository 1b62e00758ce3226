"""What the orchestrator and its supervisor share: the state, the one way to change it, and timers by name."""

from collections.abc import Callable, Sequence

from dynamic_agi.backoff import backoff_ms
from dynamic_agi.facts import Fact
from dynamic_agi.model import AgentSpec, Backoff, Settings
from dynamic_agi.ports import Ports, Timer
from dynamic_agi.state import fold


class Core:
    """State, journal and timers. Timers are not durable: who recovers sets them again."""

    def __init__(self, settings: Settings, roster: Sequence[AgentSpec], ports: Ports) -> None:
        self.settings = settings
        self.ports = ports
        self.state = fold(roster, ports.journal.read())
        self.after_timer: Callable[[], None] = lambda: None
        self._timers: dict[tuple[str, str | int], Timer] = {}

    def now(self) -> int:
        return self.ports.clock.now()

    def record(self, fact: Fact) -> None:
        """Journal first, then memory: what is only in memory is lost with the process."""
        self.ports.journal.append(fact)
        self.state.apply(fact)

    def wait_ms(self, policy: Backoff, attempt: int) -> int:
        """Return how long to wait before the attempt after ``attempt``."""
        return backoff_ms(policy, attempt, self.ports.jitter())

    def call_at(self, name: tuple[str, str | int], at_ms: int, call: Callable[[], None]) -> None:
        """Set the timer of this name, in place of the one that it may have."""
        self.cancel(name)

        def due() -> None:
            self._timers.pop(name, None)
            call()
            self.after_timer()

        self._timers[name] = self.ports.clock.call_at(max(at_ms, self.now()), due)

    def cancel(self, name: tuple[str, str | int]) -> None:
        """Forget the timer of this name, if there is one."""
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.cancel()
