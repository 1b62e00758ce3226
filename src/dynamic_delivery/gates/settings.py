"""Options of the gates, by ``gate.key``: from ``ci/gates.toml``, and over it from the command.

Two sections are of no gate: ``run`` (``run.network``: may a tool ask the network? ``run.gate_s``: seconds after which a
gate is stopped, in place of what its row says) and ``tools`` (see ``tools.py``).
"""

import math
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from dynamic_delivery.gates.errors import SettingError

FILE = "ci/gates.toml"
NETWORK = "run.network"
GATE_S = "run.gate_s"
FOREIGN = "tools.foreign"
COMMON = ("run", "tools")
YES, NO = "true", "false"


def read_settings(root: Path, gates: Collection[str], given: Iterable[str] = ()) -> dict[str, str]:
    """Return the settings of ``root``'s file, if it has one, with those ``given`` as ``gate.key=value`` laid over.

    Raises
    ------
    SettingError : the file is no TOML, a section is of no gate, or a value is none that the key can have
    """
    path = root / FILE
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingError(f"{FILE} cannot be read ({error})", "mend the line that it names") from error
    found = dict(_flat(document))
    found.update(_pair(text) for text in given)
    known = (*COMMON, *gates)
    if unknown := next((key for key in found if key.partition(".")[0] not in known), ""):
        raise SettingError(
            f"the setting {unknown} ({FILE}, or --set) is of no gate", f"begin it with one of {', '.join(known)}"
        )
    _check_run(found)
    refuses_foreign(found)
    return found


def _check_run(settings: Mapping[str, str]) -> None:
    """Refuse a misspelt setting of the run: what it was to say would be passed over in silence."""
    if unknown := next((key for key in settings if key.startswith("run.") and key not in (NETWORK, GATE_S)), ""):
        raise SettingError(f"there is no setting {unknown}", f"set {NETWORK} or {GATE_S}")
    if (said := settings.get(NETWORK, NO)) not in (YES, NO):
        raise SettingError(f"{NETWORK} is {said!r}", f"set it to {YES} or {NO}")
    most_seconds(settings, 1.0)


def refuses_foreign(settings: Mapping[str, str]) -> bool:
    """Say whether a program that is not the pinned one is refused, rather than told in a note.

    Raises
    ------
    SettingError : the setting is neither ``note`` nor ``refuse``
    """
    wanted = settings.get(FOREIGN, "note")
    if wanted not in {"note", "refuse"}:
        raise SettingError(f"{FOREIGN} is {wanted!r}", "set it to note or refuse")
    return wanted == "refuse"


def most_seconds(settings: Mapping[str, str], of_row: float) -> float:
    """Return after how many seconds a gate is stopped whose row says ``of_row``.

    Raises
    ------
    SettingError : the setting is no time
    """
    said = settings.get(GATE_S)
    try:
        seconds = of_row if said is None else float(said)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < math.inf:
        raise SettingError(f"{GATE_S} is {said!r}", "set it to a number of seconds")
    return seconds


def may_ask_network(settings: Mapping[str, str]) -> bool:
    """Say whether a tool may ask the network."""
    return settings.get(NETWORK, NO) == YES


def _flat(document: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for section, values in document.items():
        if not isinstance(values, dict):
            raise SettingError(f"{FILE}: {section} stands in no section", "write it below a line like [trivy]")
        for key, value in values.items():
            if isinstance(value, bool):
                yield f"{section}.{key}", YES if value else NO
            elif isinstance(value, str | int | float):
                yield f"{section}.{key}", str(value)
            else:
                raise SettingError(f"{FILE}: {section}.{key} is no text, number or truth", "write one value")


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    section, dot, name = key.partition(".")
    if not (equals and dot and section and name):
        raise SettingError(f"--set {text} is no setting", "write it as --set gate.key=value")
    return key, value
