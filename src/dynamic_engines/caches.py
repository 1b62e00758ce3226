"""Where compiled kernels are kept between processes."""

import os
import tempfile
from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path


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
    """Point PoCL to our folder, unless somebody chose another. Call before the first look at the platforms."""
    if "POCL_CACHE_DIR" not in environ:
        folder = cache_folder(environ) / "pocl"
        folder.mkdir(exist_ok=True)
        environ["POCL_CACHE_DIR"] = str(folder)


def _candidates(environ: Mapping[str, str]) -> Iterator[Path]:
    if base := environ.get("XDG_CACHE_HOME"):
        yield Path(base) / "dynamic" / "opencl"
    elif home := environ.get("HOME"):
        yield Path(home) / ".cache" / "dynamic" / "opencl"
    yield Path(tempfile.gettempdir()) / f"dynamic-opencl-{os.getuid()}"
