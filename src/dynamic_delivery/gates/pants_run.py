"""Pants, for the gates that judge more than one file at a time."""

import re
import tomllib
from collections.abc import Sequence

from dynamic_base import Completed
from dynamic_delivery.gates.bounded import run_tool
from dynamic_delivery.gates.errors import ToolError
from dynamic_delivery.gates.model import Scope, Tool
from dynamic_impact.pants import find_command

# Another gate's call may run: Pants then waits, instead of giving up after a minute.
_QUIET = ("--no-dynamic-ui", "--no-colors", "--level=info", "--pantsd-timeout-when-multiple-invocations=-1")
_TIMEOUT_S = 3600.0
_LOG_LINE = re.compile(r"^\d\d:\d\d:\d\d\.\d\d \[(?P<level>[A-Z]+)\] (?P<text>.*)$")


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


def plain(line: str) -> str:
    """Return a line of Pants without its time and level."""
    match = _LOG_LINE.match(line)
    return match["text"] if match else line
