"""What outlives a crash of the orchestrator: the journal and the effect store. Both can fail."""

from collections.abc import Callable, Iterable

from dynamic_agi.errors import StoreUnavailableError
from dynamic_agi.events import EffectWritten, StoreSilent
from dynamic_agi.facts import Fact
from dynamic_agi.simulation.faults import Crash, Emit, Faults, Silence


class OrchestratorCrashedError(Exception):
    """The process of the orchestrator ends here. No handler of the orchestrator may catch it."""


class SimJournal:
    """A list, at whose ends the orchestrator may crash."""

    def __init__(self, faults: Faults, emit: Callable[[Fact], None]) -> None:
        self.facts: list[Fact] = []
        self._faults = faults
        self._emit = emit

    def append(self, fact: Fact) -> None:
        crash = self._faults.journal()
        if crash is Crash.BEFORE:
            raise OrchestratorCrashedError
        self.facts.append(fact)
        self._emit(fact)
        if crash is Crash.AFTER:
            raise OrchestratorCrashedError

    def read(self) -> Iterable[Fact]:
        return tuple(self.facts)


class SimStore:
    """Effects, each as often as it was written."""

    def __init__(self, faults: Faults, emit: Emit) -> None:
        self._keys: set[str] = set()
        self._faults = faults
        self._emit = emit

    def has(self, key: str) -> bool:
        if self._faults.store() is not None:
            raise self._silent(key, "has")
        return key in self._keys

    def write(self, key: str, value: str) -> None:
        silence = self._faults.store()
        if silence is not Silence.NOTHING:
            self._keys.add(key)
            self._emit(EffectWritten(key, value))
        if silence is not None:
            raise self._silent(key, "write")

    def _silent(self, key: str, call: str) -> StoreUnavailableError:
        self._emit(StoreSilent(key, call))
        return StoreUnavailableError(f"the store did not answer {call} of {key}", "ask again later")
