"""Pants, for the gates that judge more than one file at a time."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from dynamic_base import Completed
from dynamic_delivery.gates.bounded import run_tool
from dynamic_delivery.gates.errors import ToolError
from dynamic_delivery.gates.looking import warned
from dynamic_delivery.gates.model import Finding, Scope, Tool
from dynamic_impact.pants import find_command

# Another gate's call may run: Pants then waits, instead of giving up after a minute.
_QUIET = ("--no-dynamic-ui", "--no-colors", "--level=info", "--pantsd-timeout-when-multiple-invocations=-1")
_TIMEOUT_S = 3600.0
MOST_S = 3 * _TIMEOUT_S  # of a gate: it asks Pants up to three times
_LOG_LINE = re.compile(r"^\d\d:\d\d:\d\d\.\d\d \[(?P<level>[A-Z]+)\] (?P<text>.*)$")
# A person's words to the tools would run fewer tests, or a mypy that is not strict.
_ENV: Mapping[str, str | None] = dict.fromkeys(("PANTS_MYPY_ARGS", "PANTS_PYTEST_ARGS"))
# Of the daemon and of a cache that did not answer: the work is then done here.
_HARMLESS = (
    re.compile(r"^Failed to (?:read from|write to) remote cache\b"),
    re.compile(r"^File watcher exiting with: "),
    re.compile(r"^Executor was not shut down explicitly\."),
    re.compile(r"^Pantsd was unresponsive on port \d+, retrying\.$"),
)


def run_pants(scope: Scope, words: Sequence[str], files: Sequence[str]) -> Completed:
    """Run a goal over ``files`` with the Pants of the repository, and return what it left behind.

    Raises
    ------
    ToolError : there is no Pants, it did not end in an hour, or ended by neither a yes nor a no
    """
    command = find_command(scope.root, scope.settings.get("tools.pants", ""))
    program = str(scope.root / command) if command.startswith("./") else command
    return run_tool(
        [program, *_QUIET, *words, *files],
        cwd=scope.root,
        timeout_s=_TIMEOUT_S,
        env=_ENV,
        # The daemon is a session of its own, and what runs below it has bounds of its own.
        memory_bytes=1 << 40,
    )


def pants_tool(scope: Scope) -> Tool:
    """Return which Pants the repository asks for.

    Raises
    ------
    ToolError : its ``pants.toml`` cannot be read
    """
    try:
        settings = tomllib.loads((scope.root / "pants.toml").read_text(encoding="utf-8"))
        return Tool("pants", str(settings["GLOBAL"]["pants_version"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ToolError(f"pants.toml names no pants_version ({error})", "restore it from git") from error


@dataclass(frozen=True, slots=True)
class Entry:
    """One message of Pants, which may have several lines.

    Parameters
    ----------
    level : str, ``INFO``, ``WARN``, ``ERROR``; "" of what stands before the first message
    """

    level: str
    lines: tuple[str, ...]


def entries(lines: Iterable[str]) -> tuple[Entry, ...]:
    """Return what Pants said, message by message: a line without time and level goes on with the one before it."""
    found: list[tuple[str, list[str]]] = [("", [])]
    for line in lines:
        if match := _LOG_LINE.match(line):
            found.append((match["level"], [match["text"]]))
        else:
            found[-1][1].append(line)
    return tuple(Entry(level, tuple(held)) for level, held in found if held)


def complaints(gate: str, done: Completed) -> tuple[list[Finding], list[str]]:
    """Return what Pants warned of: findings, and as notes what is known to be harmless.

    That a process failed is an error of its log too, but is told by the process's own words.
    """
    said = entries(done.stderr.decode(errors="replace").splitlines())
    firsts = [entry.lines[0] for entry in said if entry.level == "WARN"]
    return warned(gate, replace(done, stderr="\n".join(firsts).encode()), _HARMLESS)
