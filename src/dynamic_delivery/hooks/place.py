"""Where git looks for hooks, and putting ours there beside whatever stands."""

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from dynamic_base import write_atomic
from dynamic_delivery.hooks.errors import HookFolderError, SharedFolderError
from dynamic_delivery.hooks.script import earlier_name, is_ours, script_of
from dynamic_delivery.hooks.table import HOOKS, Hook
from dynamic_impact.git import Git

_WRITE = "make the folder writable, or name another with 'git config core.hooksPath FOLDER'"


@dataclass(frozen=True, slots=True)
class Placed:
    """What stands where git looks for one hook.

    Parameters
    ----------
    path : the file that git runs
    state : "ours", "old" (ours, of another version), "other" (somebody else's), "none"
    earlier : where somebody else's hook is kept that ours calls first, or None
    """

    hook: Hook
    path: Path
    state: str
    earlier: Path | None


def hooks_folder(git: Git) -> Path:
    """Return the folder that git runs hooks from: ``core.hooksPath``, or that which all worktrees share."""
    return Path(git.text("rev-parse", "--path-format=absolute", "--git-path", "hooks"))


def own_folder(git: Git, *, shared: bool = False) -> Path:
    """Return `hooks_folder`.

    Raises
    ------
    SharedFolderError : it is outside of this repository, and ``shared`` is not set
    """
    folder = hooks_folder(git)
    if not shared and is_shared(git, folder):
        raise SharedFolderError(
            f"core.hooksPath leads to {folder}, outside of this repository",
            f"run '{own_again(git)}' for this one alone, or add --shared: there, the hooks start whatever ./dynamic a "
            "repository has, and pass over one without",
        )
    return folder


def is_shared(git: Git, folder: Path) -> bool:
    """Say whether ``folder`` is outside of this repository, so that others may take their hooks from it."""
    homes = (git.top, _common(git))
    return not any(folder.resolve().is_relative_to(home.resolve()) for home in homes)


def own_again(git: Git) -> str:
    """Return the command by which git looks for hooks in this repository's own folder, in each of its work trees."""
    return f"git config core.hooksPath {shlex.quote(str(_common(git) / 'hooks'))}"


def _common(git: Git) -> Path:
    return Path(git.text("rev-parse", "--path-format=absolute", "--git-common-dir"))


def placed(folder: Path, hooks: Iterable[Hook] = HOOKS) -> tuple[Placed, ...]:
    """Return what stands in ``folder`` for each of ``hooks``.

    Raises
    ------
    HookFolderError : it cannot be read
    """
    return tuple(_placed(folder, hook) for hook in hooks)


def _placed(folder: Path, hook: Hook) -> Placed:
    path, earlier = folder / hook.name, folder / earlier_name(hook)
    try:
        state = "none"
        if path.is_symlink() or path.exists():
            text = "" if path.is_symlink() else path.read_bytes().decode(errors="replace")
            state = "other" if not is_ours(text) else "ours" if text == script_of(hook) else "old"
        return Placed(hook, path, state, earlier if earlier.is_symlink() or earlier.exists() else None)
    except OSError as error:
        raise HookFolderError(f"cannot read {path} ({error.strerror})", _WRITE) from error


def install(folder: Path) -> tuple[Placed, ...]:
    """Put every hook into ``folder``, and return what stands there then.

    Somebody else's hook is renamed first and called by ours from then on; if the way there is cut off, the next
    `install` goes on from it.

    Raises
    ------
    HookFolderError : the folder refuses, or two hooks of others claim one name; nobody's hook is lost
    WriteError : the disk refuses; the same
    """
    for each in placed(folder):
        if each.state == "other":
            if each.earlier is not None:
                raise HookFolderError(
                    f"{each.path} is somebody else's, and {each.earlier.name} beside it too",
                    "join the two by hand into one of them, remove the other, and install again",
                )
            _rename(each.path, folder / earlier_name(each.hook))
        if each.state != "ours" or not _is_executable(each.path):
            write_atomic(each.path, script_of(each.hook).encode())
            each.path.chmod(0o755)
    return placed(folder)


def uninstall(folder: Path) -> tuple[Placed, ...]:
    """Take every hook of ours away, put back what was there before, and return what stands then.

    Raises
    ------
    HookFolderError : the folder refuses; nobody's hook is lost
    """
    for each in placed(folder):
        if each.state == "other":
            continue
        if each.earlier is not None:
            _rename(each.earlier, each.path)  # over ours, in one step
            continue
        if each.state == "none":
            continue
        try:
            each.path.unlink()
        except OSError as error:
            raise HookFolderError(f"cannot remove {each.path} ({error.strerror})", _WRITE) from error
    return placed(folder)


def _rename(path: Path, to: Path) -> None:
    try:
        path.rename(to)
    except OSError as error:
        raise HookFolderError(f"cannot rename {path} to {to.name} ({error.strerror})", _WRITE) from error


def _is_executable(path: Path) -> bool:
    return bool(path.stat().st_mode & 0o100)
