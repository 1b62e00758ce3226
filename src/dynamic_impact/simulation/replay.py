"""One commit after another, oldest first, so that each parent's graph has been read before it is needed."""

import contextlib
import os
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from dynamic_base import DynamicError, run
from dynamic_impact.changes import Question
from dynamic_impact.cochange import read_cochange
from dynamic_impact.engine import Engine
from dynamic_impact.graph import Graph, targets_of
from dynamic_impact.history import History
from dynamic_impact.model import Limits, Mode, Selection, Target
from dynamic_impact.modes import MODES
from dynamic_impact.order import ordered_by, uses_of
from dynamic_impact.simulation.clone import Scratch
from dynamic_impact.simulation.model import ASKED, STOCK, Commit, Replayed
from dynamic_impact.simulation.stock import stock

Ask = Callable[[Path, str], Collection[str]]


@dataclass(frozen=True, slots=True)
class Replay:
    """How commits are replayed.

    Parameters
    ----------
    engine_in : makes the engine of a folder
    history : all of it; a commit is judged by what was known before it
    ask : asks stock Pants itself, given the build root and the parent; None leaves it out
    """

    engine_in: Callable[[Path], Engine]
    history: History
    modes: Sequence[Mode]
    limits: Limits
    ask: Ask | None = None

    def prepare(self, scratch: Scratch, parent: str) -> None:
        """Read the graph of ``parent`` while Pants is warm; as the base of a commit it would be read by a cold one."""
        with contextlib.suppress(DynamicError):  # the commit itself will say what is wrong
            scratch.check_out(parent)
            self.engine_in(scratch.build_root).select(Question(everything=True))

    def commit(self, scratch: Scratch, commit: Commit) -> Replayed:
        """Return what would have been picked for ``commit``; if it cannot be told, why."""
        try:
            scratch.check_out(commit.id)
            engine = self.engine_in(scratch.build_root)
            selection, graph = engine.select(Question(since=commit.parent))
            row = self.judge(commit, selection, graph, engine)
            asked = self.ask(scratch.build_root, commit.parent) if self.ask else None
        except DynamicError as error:
            return Replayed(commit, unread=str(error))
        if asked is None:
            return row
        tests = _tests(targets_of(graph))
        return replace(row, picks={**row.picks, ASKED: tuple(sorted(tests & set(asked)))})

    def judge(self, commit: Commit, selection: Selection, graph: Graph, engine: Engine) -> Replayed:
        """Return each picker's tests for ``selection``, the change of ``commit``."""
        below = engine.build_root.resolve().relative_to(engine.git.top.resolve()).as_posix()
        known = self.history.before(datetime.fromtimestamp(commit.time, UTC))
        cochange = read_cochange(engine.git, below, commit.parent)
        ordered = ordered_by(selection, graph, known, cochange, self.limits, uses=uses_of(selection, graph, engine))
        picks = {STOCK: tuple(sorted(stock(selection.change, targets_of(graph))))}
        for mode in self.modes:
            picks[mode.value] = tuple(test.address for test in MODES[mode](ordered, graph, engine).tests)
        wide = next((fallback for fallback in selection.fallbacks if fallback.everything), None)
        return Replayed(
            commit,
            files=len(selection.change.files),
            tests=selection.tests_total,
            picks=picks,
            widened=f"{wide.path} {wide.why} every target" if wide else "",
        )


def _tests(targets: Mapping[str, Target]) -> set[str]:
    return {address for address, target in targets.items() if target.is_test}


def ask_stock(command: str) -> Ask:
    """Return what asks Pants, started as ``command``, for what changed since a parent."""

    def ask(build_root: Path, parent: str) -> list[str]:
        program = command if os.sep not in command else str(build_root / command)
        words = [
            program,
            "--no-dynamic-ui",
            "--no-colors",
            f"--changed-since={parent}",
            "--changed-dependents=transitive",
        ]
        done = run([*words, "list"], cwd=build_root).checked("leave out --ask-pants")
        return re.findall(r"^\S.*$", done.stdout.decode(), re.MULTILINE)

    return ask
