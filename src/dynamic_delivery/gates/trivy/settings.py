"""The settings of a gate that asks Trivy, read once."""

from dataclasses import dataclass

from dynamic_delivery.gates.errors import SettingError
from dynamic_delivery.gates.model import Scope
from dynamic_delivery.gates.settings import may_ask_network

_NAMES = ("timeout_s", "memory_mib", "database", "stale_days", "without_database", "most_file_mib")


@dataclass(frozen=True, slots=True)
class Settings:
    """How Trivy is run for one gate.

    Parameters
    ----------
    timeout_s : int, ``GATE.timeout_s``, of each run
    memory_bytes : int, from ``GATE.memory_mib``
    network : bool, ``run.network``: may Trivy fetch a database, and modules?
    database : str, ``GATE.database``: the folder that holds ``db/trivy.db``; "" is Trivy's own cache
    stale_days : int, ``GATE.stale_days``: an older database decides nothing
    skip_without_database : bool, ``GATE.without_database`` is ``skip`` and not ``undecided``
    most_file_bytes : int, from ``GATE.most_file_mib``: a longer file is not searched for secrets, and is a finding
    """

    timeout_s: int = 300
    memory_bytes: int = 4 << 30
    network: bool = False
    database: str = ""
    stale_days: int = 7
    most_file_bytes: int = 32 << 20
    skip_without_database: bool = False

    @classmethod
    def read(cls, scope: Scope, gate: str) -> "Settings":
        """Return the settings of ``gate``.

        Raises
        ------
        SettingError : a setting that there is not, a value that is no whole number from 1 on, or none of its words
        """
        names = [key.partition(".")[2] for key in scope.settings if key.startswith(f"{gate}.")]
        if unknown := sorted(set(names) - set(_NAMES)):
            raise SettingError(f"{gate} has no setting {unknown[0]}", f"it has {', '.join(_NAMES)}")
        return cls(
            timeout_s=_number(scope, f"{gate}.timeout_s", 300),
            memory_bytes=_number(scope, f"{gate}.memory_mib", 4096) << 20,
            network=may_ask_network(scope.settings),
            database=scope.settings.get(f"{gate}.database", ""),
            stale_days=_number(scope, f"{gate}.stale_days", 7),
            most_file_bytes=_number(scope, f"{gate}.most_file_mib", 32) << 20,
            skip_without_database=_word(scope, f"{gate}.without_database", ("undecided", "skip")) == "skip",
        )


def _word(scope: Scope, key: str, words: tuple[str, ...]) -> str:
    """Return the word that is set, by default the first."""
    value = scope.settings.get(key, words[0])
    if value not in words:
        raise SettingError(f"{key} is {value!r}", f"set it to {' or '.join(words)}")
    return value


def _number(scope: Scope, key: str, default: int) -> int:
    value = scope.settings.get(key, str(default))
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) < 1 << 31:
        raise SettingError(f"{key} is {value!r}", "give a whole number from 1 on")
    return int(value)
