"""The programs that the gates start."""

from collections.abc import Iterator

from dynamic_base import DynamicError
from dynamic_delivery.doctor.model import Ground, Seen, State
from dynamic_delivery.gates.errors import ToolError
from dynamic_delivery.gates.model import Scope
from dynamic_delivery.gates.settings import read_settings
from dynamic_delivery.gates.table import GATES
from dynamic_delivery.gates.tools import INSTALLER, Pin, find_tool, read_pins


def programs(ground: Ground) -> Iterator[Seen]:
    """Look for each program that is pinned, and hold what is there to the pin."""
    settings = read_settings(ground.root, [gate.name for gate in GATES])
    scope = Scope(ground.root, (), settings=settings)
    pins = read_pins(ground.root)
    if not pins:
        yield Seen("programs of the gates", State.UNKNOWN, "this tree pins none", "git checkout -- ci/programs.toml")
    for name, pin in pins.items():
        try:
            found = find_tool(name, scope)
        except ToolError as error:
            variable = _variable(name)
            # What a person names is taken or nothing is, so that no install mends it.
            named = bool(ground.environment.get(variable)) and not settings.get(f"tools.{name}")
            fix = f"unset {variable}" if named else f"{INSTALLER} {pin.resolve}"
            yield Seen(name, State.MISSING, f"{error.message}; {pin.version} is pinned", fix)
        except DynamicError as error:
            yield Seen(name, State.UNKNOWN, error.message, error.hint)
        else:
            state = State.OLD if found.notes else State.OK
            said = "; ".join(found.notes) or f"{found.tool.version} as pinned ({found.path})"
            yield Seen(name, state, said, _instead(pin) if found.notes else "")


def _variable(name: str) -> str:
    return f"DYNAMIC_TOOL_{name.upper().replace('-', '_')}"


def _instead(pin: Pin) -> str:
    """Return how the pinned program comes before the one on PATH."""
    place = f"../{pin.inside}" if pin.inside else pin.name
    return f'export {_variable(pin.name)}="$({INSTALLER} {pin.resolve})/{place}"'
