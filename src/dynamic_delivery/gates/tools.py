"""Other people's programs: where they are, and whether they are those that are pinned.

A program is looked for in this order: the setting ``tools.NAME``, the environment variable ``DYNAMIC_TOOL_NAME`` (``-``
written ``_``), ``PATH``, and what ``tools/scanners`` installed from the hashed lock. ``ci/programs.toml`` says which
version is pinned, and the SHA-256 of its file. Another version or file is told in a note; with the setting
``tools.foreign = "refuse"`` it is passed over, and undecided where no other stands.
"""

import hashlib
import os
import platform
import re
import shutil
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dynamic_delivery.gates.bounded import run_tool
from dynamic_delivery.gates.errors import ToolError
from dynamic_delivery.gates.model import Scope, Tool
from dynamic_delivery.gates.settings import FOREIGN, refuses_foreign

PINS = "ci/programs.toml"
INSTALLER = "tools/scanners"
_VERSION = re.compile(rb"\d+\.\d+\.\d+")
_ASK_S = 60.0
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Pin:
    """One row of ``ci/programs.toml``.

    Parameters
    ----------
    resolve : the lock that its wheel stands in
    sha256 : of the program's file, by platform (``linux-x86_64``); none for a Python script
    inside : where the wheel keeps the program, from the environment's folder; "" is ``bin/NAME``
    """

    name: str
    resolve: str
    package: str
    version: str
    sha256: Mapping[str, str] = field(default_factory=dict)
    inside: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A program to start by ``path``, and what a person should know of it.

    Parameters
    ----------
    stamp : of its file when it was asked; () where it was not
    """

    path: Path
    tool: Tool
    notes: tuple[str, ...] = ()
    stamp: tuple[int, ...] = ()


def find_tool(name: str, scope: Scope) -> Found:
    """Return the program ``name``.

    Raises
    ------
    ToolError : it is nowhere, does not tell its version, or only foreign ones are there and they are refused
    SettingError : ``tools.foreign`` is neither ``note`` nor ``refuse``
    """
    pin = read_pins(scope.root).get(name)
    refuse = refuses_foreign(scope.settings)
    named = _named(name, scope)
    passed: list[str] = []
    for path in [named] if named else _places(name, scope.root, pin):
        try:
            stamp = _stamp(path)
            tool = _known.get((name, path, stamp)) or _identity(name, path)
        except (ToolError, OSError) as error:  # a shim of pyenv, say: another place may hold one that works
            passed.append(error.message if isinstance(error, ToolError) else f"cannot read {path} ({error.strerror})")
            continue
        notes = tuple(_differences(path, tool, pin))
        if not (notes and refuse):
            return Found(path, tool, notes, stamp)
        passed.extend(f"{note} ({FOREIGN} refuses it)" for note in notes)
    fix = "name another, or unset it" if named else f"run {INSTALLER}"
    raise ToolError(passed[0] if passed else f"{name} is not on this machine", fix)


def read_pins(root: Path) -> Mapping[str, Pin]:
    """Return what is pinned, by name; nothing in a repository that pins no programs.

    Raises
    ------
    ToolError : the file is not what it should be
    """
    path = root / PINS
    if not path.exists():
        return {}
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        return {name: Pin(name, **row) for name, row in document.items()}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, TypeError) as error:
        raise ToolError(f"{PINS} cannot be read ({error})", f"restore it with 'git checkout -- {PINS}'") from error


def this_platform() -> str:
    """Return what pins call this platform, like ``linux-x86_64``."""
    return f"{sys.platform}-{platform.machine()}"


def _named(name: str, scope: Scope) -> Path | None:
    """Return the file that a person named for the program; no other is taken then.

    Raises
    ------
    ToolError : it is no program
    """
    variable = f"DYNAMIC_TOOL_{name.upper().replace('-', '_')}"
    for said, source in ((scope.settings.get(f"tools.{name}"), f"tools.{name}"), (os.environ.get(variable), variable)):
        if said:
            path = scope.root / said
            if not (path.is_file() and os.access(path, os.X_OK)):
                raise ToolError(f"{source} names {said}, which is no program", "name another, or unset it")
            return path
    return None


def _places(name: str, root: Path, pin: Pin | None) -> Iterator[Path]:
    """Give each file that could be the program, the first choice first."""
    if on_path := shutil.which(name):
        yield Path(on_path).absolute()
    if pin is not None and (installed := _installed(root, pin)):
        yield installed


def _installed(root: Path, pin: Pin) -> Path | None:
    """Return the pinned program, if ``tools/scanners`` has installed it."""
    script = root / INSTALLER
    if not script.is_file():
        return None
    done = run_tool([str(script), "--where", pin.resolve], cwd=root, timeout_s=_ASK_S)
    if done.exit_code != 0:
        return None
    folder = Path(os.fsdecode(done.stdout).strip())
    path = folder.parent / pin.inside if pin.inside else folder / pin.name
    return path if path.is_file() else None


def _stamp(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


# What was found in this process, or handed to it: gates that share a program ask it once in a run.
_known: dict[tuple[str, Path, tuple[int, ...]], Tool] = {}


def remember(found: Found) -> None:
    """Take ``found`` as the answer of its file, as long as that stays the same."""
    _known[found.tool.name, found.path, found.stamp] = found.tool


def _identity(name: str, path: Path) -> Tool:
    """Return what stands at ``path``."""
    done = run_tool([str(path), "--version"], cwd=path.parent, timeout_s=_ASK_S)
    version = _VERSION.search(done.stdout) or _VERSION.search(done.stderr)
    if done.exit_code != 0 or version is None:
        raise ToolError(f"{path} did not tell its version (exit {done.exit_code})", f"run '{path} --version'")
    return Tool(name, version[0].decode(), _sha256(path))


def _sha256(path: Path) -> str:
    """Return the digest of a program; "" of a script, whose code stands elsewhere."""
    summed = hashlib.sha256()
    with path.open("rb") as file:
        block = file.read(_BLOCK)
        if block.startswith(b"#!"):
            return ""
        while block:
            summed.update(block)
            block = file.read(_BLOCK)
    return summed.hexdigest()


def _differences(path: Path, tool: Tool, pin: Pin | None) -> Iterator[str]:
    if pin is None:
        return
    if tool.version != pin.version:
        yield f"{path} is {tool.name} {tool.version}, not the pinned {pin.version}"
        return
    expected = pin.sha256.get(this_platform(), "")
    if expected and tool.sha256 != expected:
        said = f"has the digest {tool.sha256[:12]}" if tool.sha256 else "is a script"
        yield f"{path} is {tool.name} {tool.version} but not the pinned file: it {said}, not {expected[:12]}"
