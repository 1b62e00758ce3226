"""Past changes judged by today's graph: no past graph is read, so it is quick, and only nearly right.

A file that is gone today, or whose dependencies were others then, is judged as today's graph knows it; BUILD edits and
deletions reach nothing through the base.
"""

from dataclasses import replace
from pathlib import PurePosixPath

from dynamic_impact.engine import Engine
from dynamic_impact.graph import Graph, targets_of
from dynamic_impact.locks import LockEdit, LockFormatError, compare_locks, parse_lock
from dynamic_impact.model import Change, FileChange, Selection
from dynamic_impact.options import read_options
from dynamic_impact.seeds import locks_in
from dynamic_impact.select import close
from dynamic_impact.simulation.model import Commit


def select_by_today(engine: Engine, graph: Graph, commit: Commit) -> Selection:
    """Return what the change of ``commit`` would break, were ``graph`` that of its time."""
    base_tree, head_tree = engine.git.tree(commit.parent), engine.git.tree(commit.id)
    below = PurePosixPath(engine.build_root.resolve().relative_to(engine.git.top.resolve()).as_posix())
    files = tuple(_below(file, below) for file in engine.git.between(base_tree, head_tree) if _is_in(file, below))
    change = Change(commit.parent, base_tree, commit.id, head_tree, files, "a past commit")
    locks = {path: _lock_edit(engine, change, str(below / path)) for path in locks_in(change, graph)}
    closure = close(change, graph, None, read_options(engine.build_root), "", locks)
    targets = targets_of(graph).values()
    return Selection(
        change=change,
        changed_targets=closure.changed_targets,
        changed_requirements=closure.changed_requirements,
        affected=closure.affected,
        fallbacks=closure.fallbacks,
        unowned=closure.unowned,
        tests_total=sum(target.is_test for target in targets),
        targets_total=len(targets),
        seconds={},
    )


def _is_in(file: FileChange, below: PurePosixPath) -> bool:
    return PurePosixPath(file.path).is_relative_to(below)


def _below(file: FileChange, below: PurePosixPath) -> FileChange:
    return replace(file, path=str(PurePosixPath(file.path).relative_to(below)))


def _lock_edit(engine: Engine, change: Change, path: str) -> LockEdit | str:
    old, new = (engine.git.read(tree, path) for tree in (change.base_tree, change.head_tree))
    if old is None or new is None:
        return "is no file on one side, which can change"
    try:
        return compare_locks(parse_lock(old.decode()), parse_lock(new.decode()))
    except (LockFormatError, UnicodeDecodeError) as error:
        return f"cannot be compared pin by pin ({error}), which can change"
