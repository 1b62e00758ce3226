"""The versions that a run stood on."""

import platform
from importlib.metadata import PackageNotFoundError, version

_PACKAGES = ("duckdb", "numpy", "pyopencl", "pocl-binary-distribution")


def versions() -> dict[str, str]:
    """Return the version of Python and of each package that computes, "" where it is not installed."""
    return {"python": platform.python_version(), **{name: _version(name) for name in _PACKAGES}}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
