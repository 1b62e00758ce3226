"""Which files are locks, and reading any of them."""

import re
from pathlib import Path, PurePosixPath

from dynamic_delivery.gates.locks.model import Locked, LockError
from dynamic_delivery.gates.locks.npm import parse_npm
from dynamic_delivery.gates.locks.python import parse_python
from dynamic_impact.git import Git

MOST_BYTES = 64 << 20

_NPM = frozenset({"package-lock.json", "npm-shrinkwrap.json"})
# Locks of forms that are not read here: a finding each, never a silence.
_UNREAD = frozenset(
    {
        "Cargo.lock",
        "Gemfile.lock",
        "Package.resolved",
        "Pipfile.lock",
        "bun.lock",
        "bun.lockb",
        "composer.lock",
        "conda-lock.yml",
        "go.sum",
        "gradle.lockfile",
        "mix.lock",
        "packages.lock.json",
        "pnpm-lock.yaml",
        "pubspec.lock",
        "yarn.lock",
    }
)
_PYLOCK = re.compile(r"pylock(\.[^.]+)?\.toml")  # PEP 751, section "File Name"
# They pin charts and builds, of which no advisory speaks.
_NO_PACKAGES = frozenset({"Chart.lock", "flake.lock", "MODULE.bazel.lock"})
_PYTHON = re.compile(r".+\.lock|requirements.*\.txt")


def is_lock(path: str) -> bool:
    """Say whether ``path`` is named as a lock, of a form that is read here or not."""
    name = PurePosixPath(path).name
    if name in _NO_PACKAGES:
        return False
    return name in _NPM or _is_unread(name) or _PYTHON.fullmatch(name) is not None


def _is_unread(name: str) -> bool:
    return name in _UNREAD or _PYLOCK.fullmatch(name) is not None


def locks_of(root: Path) -> tuple[str, ...]:
    """Return every lock of the repository at ``root`` that is there and not ignored, in order of path."""
    return tuple(path for path in sorted(Git(root).tracked(root)) if is_lock(path) and (root / path).is_file())


def read_lock(root: Path, path: str) -> tuple[Locked, ...]:
    """Read the lock at ``root/path``, in order of lines.

    Raises
    ------
    LockError : it cannot be read, or is of a form that is not understood
    """
    try:
        with (root / path).open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise LockError(f"it cannot be opened ({error.strerror})", "restore it") from error
    return parse(path, content)


def parse(path: str, content: bytes) -> tuple[Locked, ...]:
    """Read a lock's ``content``; its name decides between npm's and Python's forms.

    Raises
    ------
    LockError : it is of no form that is understood
    """
    name = PurePosixPath(path).name
    if _is_unread(name):
        raise LockError("locks of this form are not read here", "have trivy read it, or lock in a form that is read")
    if not content.strip():
        raise LockError("it is empty", "lock again, or delete it")
    if len(content) > MOST_BYTES:
        raise LockError(f"it has more than {MOST_BYTES >> 20} MiB", "split it")
    try:
        text = content.decode()
        found = tuple(parse_npm(text) if name in _NPM else parse_python(text))
        for each in found:  # JSON can spell half a character, which no output can hold
            f"{each.name} {each.version} {each.licence}".encode()
    except UnicodeEncodeError as error:
        raise LockError("a name or version in it is no text", "lock again") from error
    except UnicodeDecodeError as error:
        raise LockError(f"it is not UTF-8 ({error.reason} at byte {error.start})", "lock again") from error
    except RecursionError as error:
        raise LockError("it nests too deeply", "lock again") from error
    return tuple(sorted(found, key=lambda each: (each.line, each.name, each.version)))
