"""Runs Trivy: off the network, deaf to whatever this machine's user has configured, and within bounds."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dynamic_delivery.gates.bounded import run_tool
from dynamic_delivery.gates.errors import OutputError, ToolError
from dynamic_delivery.gates.mute import mute
from dynamic_delivery.gates.tools import Found
from dynamic_delivery.gates.trivy.log import LogLine, fatal, log_lines
from dynamic_delivery.gates.trivy.report import Result, parse
from dynamic_delivery.gates.trivy.settings import Settings

# An ignore file or a configuration in the working folder would decide in silence what is not looked at.
_QUIET = ("--format", "json", "--no-progress", "--skip-version-check", "--disable-telemetry", "--ignorefile", "")
_OFFLINE = ("--offline-scan",)
# No flag keeps it from asking the registries of Terraform modules: there is nobody at this proxy, and git may use no
# protocol at all.
_NOBODY = "http://127.0.0.1:1"
_NO_WAY_OUT: Final[dict[str, str | None]] = {
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"), _NOBODY),
    **dict.fromkeys(("NO_PROXY", "no_proxy")),
    "GIT_ALLOW_PROTOCOL": "none",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What one run said."""

    results: tuple[Result, ...]
    log: tuple[LogLine, ...]


def ask(
    program: Found,
    command: str,
    options: Sequence[str],
    target: str | None,
    *,
    folder: Path,
    cache: Path,
    settings: Settings,
) -> Answer:
    """Run ``trivy command options target`` in ``folder``, and return its parsed answer.

    Raises
    ------
    ToolError : it is missing, took too long or too much, or gave up; the message has its reason
    OutputError : it printed something else than its report, or is another version than the one that was checked
    """
    network = () if settings.network else _OFFLINE
    argv = [
        str(program.path),
        command,
        *_QUIET,
        *network,
        *options,
        "--cache-dir",
        str(cache),
        *(("--", target) if target else ()),
    ]
    with mute():
        done = run_tool(
            argv,
            cwd=folder,
            timeout_s=settings.timeout_s,
            memory_bytes=settings.memory_bytes,
            env={**_own(folder), **({} if settings.network else _NO_WAY_OUT)},
        )
    log = log_lines(done.stderr)
    if done.exit_code:
        raise ToolError(f"trivy {command} exited {done.exit_code} ({fatal(log)})", "mend that, then run the gate again")
    document = parse(done.stdout)
    if document.program.version != program.tool.version:
        raise OutputError(
            f"trivy says it is {document.program.version!r}, and {program.tool.version} was checked",
            "use the pinned trivy, see ./dynamic doctor",
        )
    return Answer(document.results, log)


def _own(folder: Path) -> dict[str, str | None]:
    """No ``TRIVY_`` variable reaches it (one can skip every file), nor what the user keeps at home."""
    named: dict[str, str | None] = {name: None for name in os.environ if name.startswith("TRIVY_")}
    return {**named, "HOME": str(folder), "XDG_CACHE_HOME": None, "XDG_DATA_HOME": None, "XDG_CONFIG_HOME": None}
