"""Pants as a port: read its targets, and run a goal over some of them while its words are understood line by line."""

import ast
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from dynamic_base import run
from dynamic_impact.errors import NotARepositoryError, PantsFailedError
from dynamic_impact.running.process import watch

_LOG_LINE = re.compile(r"^\d\d:\d\d:\d\d\.\d\d \[(?P<level>[A-Z]+)\] (?P<text>.*)$")
_QUIET = ("--no-dynamic-ui", "--no-colors", "--level=info")


class Pants(Protocol):
    """What the engine asks of Pants."""

    def peek(self, build_root: Path, *, daemon: bool) -> list[dict[str, Any]]:
        """Return all targets below ``build_root``, their dependencies resolved."""
        ...

    def run_goal(
        self,
        build_root: Path,
        goal: str,
        addresses: Sequence[str],
        options: Sequence[str],
        on_line: Callable[[str], None],
    ) -> int:
        """Run ``goal`` over ``addresses`` and return Pants' exit status."""
        ...


def find_build_root(folder: Path) -> Path:
    """Return ``folder`` or the nearest one above it that holds a ``pants.toml``."""
    for candidate in (folder.resolve(), *folder.resolve().parents):
        if (candidate / "pants.toml").is_file():
            return candidate
    raise NotARepositoryError(f"no pants.toml in {folder} or above it", "name a Pants repository with --repo")


def find_command(build_root: Path, given: str) -> str:
    """Return the Pants to start: the one ``given``, the repository's own ``./pants``, PATH's, or this project's."""
    if given:
        return given
    own = build_root / "pants"
    if own.is_file() and os.access(own, os.X_OK):
        return "./pants"
    found = shutil.which("pants") or os.environ.get("DYNAMIC_PANTS", "")
    if not found:
        raise PantsFailedError(
            f"no Pants for {build_root}", "install the pants launcher, or name one with --pants COMMAND"
        )
    return found


@dataclass(frozen=True, slots=True)
class PantsProcess:
    """The real Pants, started anew for each question (its daemon keeps it warm).

    Parameters
    ----------
    command : str, a program's path or name; relative to the build root
    """

    command: str

    def _argv(self, build_root: Path, *words: str) -> list[str]:
        # A relative program is looked up from this process's folder, not from `cwd`.
        program = self.command if os.sep not in self.command else str(build_root / self.command)
        return [program, *words]

    def peek(self, build_root: Path, *, daemon: bool) -> list[dict[str, Any]]:
        argv = self._argv(build_root, *_QUIET, *(() if daemon else ("--no-pantsd",)), "peek", "::")
        done = run(argv, cwd=build_root)
        if done.exit_code != 0:
            cause = _cause(done.stderr.decode(errors="replace"))
            where = f" in {_unparsable(build_root)}" if "SyntaxError" in cause else ""
            raise PantsFailedError(
                f"Pants could not read {build_root} ({cause}{where})", f"run '{self.command} peek ::' there"
            )
        try:
            return list(json.loads(done.stdout or b"[]"))
        except ValueError as error:
            raise PantsFailedError(
                f"Pants in {build_root} printed no JSON ({error})", f"run '{self.command} peek ::' there"
            ) from error

    def run_goal(
        self,
        build_root: Path,
        goal: str,
        addresses: Sequence[str],
        options: Sequence[str],
        on_line: Callable[[str], None],
        *,
        env: Mapping[str, str] = MappingProxyType({}),
        pulse: Callable[[], bool] = lambda: False,
    ) -> int:
        """Run ``goal`` over ``addresses``, unless ``pulse`` or a person stops it, and return Pants' exit status."""
        argv = self._argv(build_root, *_QUIET, *options, goal, *addresses)
        return watch(argv, cwd=build_root, env=env, on_line=on_line, pulse=pulse)


def _cause(stderr: str) -> str:
    """Return the line of Pants' words that names the fault: the last one that is neither a log line nor empty."""
    lines: Iterable[str] = (line.strip() for line in stderr.splitlines())
    said = [
        line
        for line in lines
        if (line and not (match := _LOG_LINE.match(line))) or (match and match["level"] == "ERROR")
    ]
    errors = [line for line in said if re.match(r"^(\w+(Error|Exception)\b|Exception|ERROR)", line)]
    return (errors or said or ["no message"])[-1][:400]


def _unparsable(build_root: Path) -> str:
    """Return the BUILD files that are no Python: Pants 2.17 gives the line of a syntax error, but not the file."""
    found = []
    for path in sorted(build_root.rglob("BUILD*")):
        try:
            ast.parse(path.read_bytes())
        except (SyntaxError, ValueError):
            found.append(path.relative_to(build_root).as_posix())
        except OSError:
            continue
    return ", ".join(found) or "an unknown file"
