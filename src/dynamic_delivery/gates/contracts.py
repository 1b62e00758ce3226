"""Message contracts: the generated code is what the schemas say, and a changed schema breaks nobody unseen.

Severity: a schema that leaves the subset, or that refuses what was valid at the base, is HIGH, and so is generated code
that is not current; what only readers of the base refuse is LOW, since it lands well if they are deployed first.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from dynamic_delivery.gates.compatibility import Break, Breakage, breakages
from dynamic_delivery.gates.errors import GateError
from dynamic_delivery.gates.git_run import git
from dynamic_delivery.gates.looking import looked
from dynamic_delivery.gates.model import Finding, Gate, Place, Report, Scope, Severity, Tool
from dynamic_tl.errors import SchemaError
from dynamic_tl.generate import Difference, differences, generated_files
from dynamic_tl.model import Message
from dynamic_tl.subset import load_messages

_ROOM = "src/dynamic_tl"
_SCHEMAS = f"{_ROOM}/schemas"
_GENERATED = f"{_ROOM}/generated"
_TOOL = Tool("dynamic contracts", "1")


def looks_at(path: str) -> bool:
    """Say whether ``path`` is of the room that holds the schemas and makes code of them."""
    return path.startswith(f"{_ROOM}/")


def judge(scope: Scope) -> Report:
    """Compare the generated code with the schemas, and the schemas with those of the base."""
    read = [path for path in scope.files if looks_at(path)]
    try:
        messages = load_messages(scope.root / _SCHEMAS)
    except SchemaError as error:
        place = Place(f"{_SCHEMAS}/{error.message.split('#')[0]}")
        bad = Finding("contracts", "schema", Severity.HIGH, error.message, error.hint or "mend the schema", place)
        return looked("contracts", [bad], _TOOL, read or scope.deleted)
    read = read or [f"{_SCHEMAS}/{message.source}" for message in messages]  # where the change only takes away
    findings = [_differs(one) for one in differences(generated_files(messages), scope.root / _GENERATED)]
    if not scope.base:
        return looked("contracts", findings, _TOOL, read, ["no base: the schemas were compared with none"])
    findings += [_breaks(one, scope.base) for one in breakages(_before(scope), messages)]
    return looked("contracts", findings, _TOOL, read)


def _before(scope: Scope) -> Sequence[Message]:
    """Return the messages at the base; none where it has no schemas.

    Paths are the root's own, which may lie below the top of the work tree.

    Raises
    ------
    GateError : its schemas are none of today's subset
    """
    listed = git(scope.root, "ls-tree", "-z", "--name-only", scope.base, f"{_SCHEMAS}/")
    paths = [path for path in listed.decode().split("\0") if path.endswith(".json")]
    if not paths:
        return ()
    with tempfile.TemporaryDirectory(prefix="dynamic-gate-") as folder:
        for path in paths:
            content = git(scope.root, "cat-file", "blob", f"{scope.base}:./{path}")
            (Path(folder) / Path(path).name).write_bytes(content)
        try:
            return load_messages(Path(folder))
        except SchemaError as error:
            said = (
                f"{scope.base[:12]} holds schemas that cannot be read, so nobody can tell what breaks ({error.message})"
            )
            raise GateError(said, "compare with a revision whose schemas can: --since REF") from error


def _differs(one: Difference) -> Finding:
    said = f"the generated file is {one.what}"
    place = Place(f"{_GENERATED}/{one.name}")
    return Finding("contracts", one.what, Severity.HIGH, said, "run ./dynamic contracts generate", place)


def _breaks(one: Breakage, base: str) -> Finding:
    at = f"{one.at}: " if one.at else ""
    if one.way is Break.OLD_REFUSED:
        severity, whose = Severity.HIGH, f"what was valid at {base[:12]} is refused now"
        fix = "keep the old form valid, or make a message of another name"
    else:
        severity, whose = Severity.LOW, f"readers of {base[:12]} refuse it"
        fix = "deploy the readers before the writers"
    place = Place(f"{_SCHEMAS}/{one.source}")
    return Finding("contracts", one.way, severity, f"{at}{one.what} ({whose})", fix, place, context=f"{at}{one.what}")


GATE = Gate(
    "contracts",
    "messages: generated code, and breaking changes",
    looks_at,
    judge,
    beyond=lambda scope: any(map(looks_at, scope.deleted)),
)
