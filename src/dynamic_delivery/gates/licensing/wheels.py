"""Wheels: reading what they declare, in a folder that is here or as pip fetches those that a lock allows.

Only wheels are fetched: getting the metadata of a source archive would run its code.
"""

import hashlib
import importlib.util
import re
import struct
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from dynamic_delivery.gates.bounded import last_words, run_tool
from dynamic_delivery.gates.errors import GateError, ToolError
from dynamic_delivery.gates.licensing.metadata import read_metadata
from dynamic_delivery.gates.licensing.record import Row
from dynamic_delivery.gates.locks.model import Locked
from dynamic_impact.locks import normalised

_METADATA = re.compile(r"[^/]+\.dist-info/METADATA")  # deeper lies what a package carries inside
_MOST_BYTES = 16 << 20
_TIMEOUT_S = 900.0
# A lock for many platforms may pin a release that has no wheel for this one. The first try is this interpreter.
_TRIES = (
    (),
    ("--python-version", "3.13"),
    ("--python-version", "3.9"),
    ("--platform", "win_amd64"),
    ("--platform", "macosx_14_0_arm64"),
)


class WheelError(GateError):
    """A wheel that could not be had, or read, or is of another release than it should be."""


def read_wheel(path: Path, package: Locked) -> Row:
    """Return what the wheel at ``path`` says, which must be one that the pin allows.

    Raises
    ------
    WheelError : it is none, or its metadata names another release
    """
    sha256 = digest_of(path)
    if f"sha256:{sha256}" not in package.hashes:
        raise WheelError(f"{path.name} is not what the lock allows for {package.pin}", "fetch it anew")
    name, version, words = read_metadata(_metadata(path))
    if (normalised(name), version) != (package.name, package.version):
        raise WheelError(f"{path.name} says that it is {name} {version}, and not {package.pin}", "ask who published it")
    return Row(package.name, package.version, path.name, sha256, words)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal.

    Raises
    ------
    WheelError : it cannot be read
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise WheelError(f"{path} cannot be read ({error.strerror})", "see its permissions") from error


def wheels_in(folder: Path) -> Mapping[str, Path]:
    """Return the wheels of a folder by ``sha256:…``."""
    return {f"sha256:{digest_of(path)}": path for path in sorted(folder.glob("*.whl")) if path.is_file()}


def own_pip() -> Sequence[str]:
    """Return how to start the pip of this interpreter.

    Raises
    ------
    ToolError : it has none
    """
    if importlib.util.find_spec("pip") is None:
        raise ToolError("this Python has no pip", "start it as ./dynamic, or name wheels with --wheels FOLDER")
    return (sys.executable, "-I", "-m", "pip")


def fetch_wheel(package: Locked, pip: Sequence[str]) -> Row:
    """Have pip fetch a wheel that the pin allows, from wherever this machine's pip is set to ask, and read it.

    Raises
    ------
    WheelError : there is none, or it is not what it should be
    ToolError : pip passed a bound
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pin = " ".join((f"{package.name}=={package.version}", *(f"--hash={each}" for each in package.hashes)))
        (folder / "pin.txt").write_text(pin, encoding="utf-8")
        said = ""
        for words in _TRIES:
            said = _download(pip, folder, words)
            if wheels := sorted(folder.glob("*.whl")):
                return read_wheel(wheels[0], package)
    raise WheelError(f"pip found no wheel of {package.pin} that the lock allows ({said})", "")


def _download(pip: Sequence[str], folder: Path, words: Sequence[str]) -> str:
    """Have pip put the wheel into ``folder``, and return its last words where it did not."""
    quiet = ("--quiet", "--disable-pip-version-check", "--no-input", "--retries=1")
    asked = ("--no-deps", "--only-binary=:all:", "--require-hashes", "--requirement", "pin.txt", "--dest", ".")
    done = run_tool([*pip, "download", *quiet, *asked, *words], cwd=folder, timeout_s=_TIMEOUT_S)
    return last_words(done) if done.exit_code else ""


def _metadata(path: Path) -> bytes:
    try:
        with zipfile.ZipFile(path) as archive:
            found = [each for each in archive.infolist() if _METADATA.fullmatch(each.filename)]
            if len(found) != 1 or found[0].file_size > _MOST_BYTES:
                raise WheelError(f"{path.name} has no metadata that can be read", "see whether it is a wheel")
            return archive.read(found[0])
    except (OSError, zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, RuntimeError) as error:
        raise WheelError(f"{path.name} cannot be read ({error})", "fetch it anew") from error
