"""Where compiled kernels are kept between processes."""

import contextlib
import hashlib
import os
import shutil
import struct
import tempfile
import time
from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path

from dynamic_base import write_atomic
from dynamic_base.files import WriteError

# ELF-64's header: the magic, where the table of sections begins, the bytes of a row, and its rows.
_ELF64 = struct.Struct("<4s36xQ10xHH2x")
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_HOUR_S = 3600
_BITCODE, _BLOCK = b"BC\xc0\xde", struct.Struct("<4xI")
_DIGEST_BYTES = hashlib.sha256().digest_size


def cache_folder(environ: Mapping[str, str]) -> Path:
    """Return a writable folder of this user: ``$XDG_CACHE_HOME/dynamic/opencl``, ``~/.cache/…``, or a temporary one.

    A sandbox has no HOME; there the name of the temporary folder is fixed, so that the next sandbox finds it warm.
    """
    for folder in _candidates(environ):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError:
            continue
        # A folder in /tmp that another user made could hold that user's programs.
        if folder.lstat().st_uid == os.getuid() and os.access(folder, os.W_OK | os.X_OK):
            return folder
    return Path(tempfile.mkdtemp(prefix="dynamic-opencl-"))


def place_caches(environ: MutableMapping[str, str]) -> None:
    """Point PoCL to our folder, unless somebody chose another. Call before pyopencl is imported.

    Its own caches are left out: with a folder that cannot be written they fail, and programs are kept by ``keep``.
    """
    environ.setdefault("PYOPENCL_NO_CACHE", "true")
    if "POCL_CACHE_DIR" not in environ:
        folder = cache_folder(environ) / "pocl"
        try:
            folder.mkdir(exist_ok=True)
        except OSError:
            folder = Path(tempfile.mkdtemp(prefix="dynamic-opencl-"))
        if _is_due(folder / "looked-through"):
            drop_damaged(folder)
        environ["POCL_CACHE_DIR"] = str(folder)


def _is_due(mark: Path) -> bool:
    """Whether the machine was started since ``mark``, or it is an hour old; if so, it is made anew."""
    try:
        boot = _BOOT.read_bytes()
    except OSError:
        boot = b""
    with contextlib.suppress(OSError):
        if mark.read_bytes() == boot and time.time() - mark.stat().st_mtime < _HOUR_S:
            return False
    _keep_file(mark, boot)
    return True


def drop_damaged(folder: Path) -> None:
    """Remove each program of PoCL's cache that has a file which was cut short, as a full disk or a crash leaves it.

    PoCL 3.0 aborts the process when it loads one, and would do so each time.
    """
    for binary in folder.glob("*/*/*/*/*.so"):
        if not _is_whole_elf(binary):
            shutil.rmtree(binary.parents[2], ignore_errors=True)
    for bitcode in folder.glob("*/*/program.bc"):
        if not _is_whole_bitcode(bitcode):
            shutil.rmtree(bitcode.parent, ignore_errors=True)


def keep(folder: Path, key: str, binary: bytes) -> None:
    """Keep a compiled program under ``key``, for any process. A folder that cannot be written only costs time."""
    _keep_file(folder / key, hashlib.sha256(binary).digest() + binary)


def _keep_file(path: Path, content: bytes) -> None:
    with contextlib.suppress(WriteError):
        write_atomic(path, content)


def recall(folder: Path, key: str) -> bytes | None:
    """Return what was kept under ``key``; None if there is nothing, or it is not what was written."""
    try:
        content = (folder / key).read_bytes()
    except OSError:
        return None
    digest, binary = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
    return binary if hashlib.sha256(binary).digest() == digest else None


def _is_whole_elf(path: Path) -> bool:
    """Whether the table of sections, which a linker writes last, ends within the file."""
    try:
        with path.open("rb") as file:
            header = _ELF64.unpack(file.read(_ELF64.size))
            size = os.fstat(file.fileno()).st_size
    except (OSError, struct.error):
        return False
    magic, table, entry_bytes, entries = header
    return bool(magic == b"\x7fELF" and 0 < table + entry_bytes * entries <= size)


def _is_whole_bitcode(path: Path) -> bool:
    """Whether LLVM's magic is followed by blocks that end where the file does: two words, the second its length."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            at = len(_BITCODE) if file.read(len(_BITCODE)) == _BITCODE else size + 1
            while at < size:
                file.seek(at)
                (words,) = _BLOCK.unpack(file.read(_BLOCK.size))
                at += _BLOCK.size + 4 * words
    except (OSError, struct.error):
        return False
    return at == size > len(_BITCODE)


def _candidates(environ: Mapping[str, str]) -> Iterator[Path]:
    if base := environ.get("XDG_CACHE_HOME"):
        yield Path(base) / "dynamic" / "opencl"
    elif home := environ.get("HOME"):
        yield Path(home) / ".cache" / "dynamic" / "opencl"
    yield Path(tempfile.gettempdir()) / f"dynamic-opencl-{os.getuid()}"
