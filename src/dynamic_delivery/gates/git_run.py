"""git, for the gates that look at the past: bounded, and deaf to a hook's variables and a person's configuration."""

from collections.abc import Mapping
from pathlib import Path

from dynamic_base import run
from dynamic_delivery.gates.bounded import ended_as, run_tool

# A hook's own variables would point git at another repository or index.
_HOOK = ("GIT_DIR", "GIT_COMMON_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_NAMESPACE")
_OBJECTS = ("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_SHALLOW_FILE")
_ENV: Mapping[str, str | None] = {**dict.fromkeys((*_HOOK, *_OBJECTS)), "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
_PLAIN = ("git", "-c", "log.showSignature=false", "-c", "core.quotePath=false")


def git(root: Path, *words: str) -> bytes:
    """Return what git answers.

    Raises
    ------
    ToolError : it did not answer, or said no
    """
    return ended_as(run_tool([*_PLAIN, *words], cwd=root, env=_ENV), (0,)).stdout


def git_asked(root: Path, asked: bytes, *words: str) -> bytes:
    """Return what git answers to ``asked`` on its input; the one who asks bounds how much that can be.

    Raises
    ------
    ProcessFailedError : git said no
    """
    return run([*_PLAIN, *words], cwd=root, env=_ENV, stdin=asked).checked("run git fsck").stdout
