"""The gates over what a hook was given."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.text import Text

from dynamic_base import Clock, Console, DynamicError, ExitCode, state_folder
from dynamic_delivery.gates import table
from dynamic_delivery.gates.asking import interruptible, progress
from dynamic_delivery.gates.model import Gate, Scope
from dynamic_delivery.gates.render import lines, reports_table, verdict_lines
from dynamic_delivery.gates.run import Run, run, run_document
from dynamic_delivery.gates.runner import Watch
from dynamic_delivery.gates.scope import Scoped
from dynamic_delivery.gates.settings import read_settings
from dynamic_delivery.hooks.brought import Brought
from dynamic_delivery.hooks.errors import SettingError
from dynamic_delivery.hooks.judged import Judged, found_clean, lean
from dynamic_delivery.hooks.mirror import Mirror
from dynamic_delivery.hooks.table import ALONE, HISTORY, SCHEMA, Hook
from dynamic_delivery.risk.spread import affected_by
from dynamic_impact.engine import Engine
from dynamic_impact.git import Git
from dynamic_impact.pants import PantsProcess, find_build_root, find_command
from dynamic_impact.snapshot import setting_of

_MOST_WORKERS = 4


def judge_all(
    git: Git, hook: Hook, brought: Iterable[Brought], clock: Clock, start_s: float, console: Console
) -> ExitCode:
    """Judge each of ``brought``, show what was found, and return the worst answer: 1 before 3 before 0."""
    gates = gates_of(hook, git, table.GATES)
    if not gates:
        console.note(Text(f"{hook.name}: git's {hook.setting} asks for no gate"))
        return ExitCode.YES
    has_history = any(gate.name in HISTORY for gate in gates)
    wanted = [each for each in brought if each.files or has_history]
    with interruptible():
        runs = [_judge_one(git, hook, gates, each, clock, console) for each in wanted]
    seconds = round(clock.monotonic_s() - start_s, 3)
    console.document(
        {"schema": SCHEMA, "hook": hook.name, "runs": [run_document(done) for done in runs], "seconds": seconds}
    )
    codes = {done.code for done in runs}
    return next((code for code in (ExitCode.NO, ExitCode.UNDECIDED) if code in codes), ExitCode.YES)


def _judge_one(git: Git, hook: Hook, gates: Sequence[Gate], brought: Brought, clock: Clock, console: Console) -> Run:
    alone = all(gate.name in ALONE for gate in gates)
    affected = () if alone else affected_files(git, brought, clock)

    def say(text: str) -> None:
        console.note(Text(f"{hook.name}: {text}", style="dim"))

    with Mirror(git, say).holding(brought.tree, brought.head) as root, progress(console) as watch:
        judged = Judged(state_folder(git.top) / "hooks" / "judged")
        done = judge(root, gates, brought, affected or (), clock, watch, judged)
    if done.code is not ExitCode.YES:
        console.text(reports_table(done.reports, done.marks.findings))
    for line in lines(done.reports, done.marks.findings):
        console.text(line)
    if affected is None:
        console.text(Text("no graph of that commit is kept: only its own files were judged", style="dim"))
    *said, verdict = verdict_lines(done.decision, done.code, done.reports)
    for line in said if done.code is not ExitCode.YES else ():
        console.text(line)
    console.text(Text.assemble(f"{hook.name}: {brought.name}: ", verdict))
    return done


def gates_of(hook: Hook, git: Git, known: Sequence[Gate]) -> tuple[Gate, ...]:
    """Return the gates that ``hook`` runs: those of its row, or those that git's configuration names.

    Parameters
    ----------
    known : all gates there are

    Raises
    ------
    SettingError : the configuration names one that is not there
    """
    asked = git.ask("config", "--get", hook.setting)
    if asked.exit_code != 0:
        return tuple(gate for gate in known if gate.name in hook.gates)
    names = [name.strip() for name in os.fsdecode(asked.stdout).split(",") if name.strip()]
    have = [gate.name for gate in known]
    if unknown := next((name for name in names if name not in have), ""):
        raise SettingError(
            f"git's {hook.setting} names no gate with {unknown!r}", f"choose from {', '.join(have)}, or unset it"
        )
    return tuple(gate for gate in known if gate.name in names)


def judge(
    root: Path,
    gates: Sequence[Gate],
    brought: Brought,
    affected: Sequence[str],
    clock: Clock,
    watch: Watch,
    judged: Judged,
) -> Run:
    """Run ``gates`` over the files of ``brought`` and what they affect, as they stand below ``root``.

    The settings, waivers, policies and owners are those of the tree that is judged.

    Parameters
    ----------
    judged : what is known to be clean is not looked at again, and what is found to be is kept

    Raises
    ------
    DynamicError : one of those cannot be read
    """
    settings = read_settings(root, [gate.name for gate in table.GATES])
    files = tuple(path for path in brought.files if _utf8(path) and (root / path).is_file())
    if not brought.files:
        # All that was brought was taken back: only the history holds it.
        gates = [gate for gate in gates if gate.name in HISTORY]
    reached = (path for path in affected if (root / path).is_file())
    looked_at = tuple(sorted({*files, *reached}))
    scope = Scope(root, looked_at, brought.base, settings=settings, changed=files, commits=brought.commits)
    unnamed = tuple(os.fsencode(path).decode(errors="backslashreplace") for path in brought.files if not _utf8(path))
    scoped = Scoped(scope, brought.base, brought.name, brought.renames, unnamed=unnamed, head=brought.head)
    workers = min(_MOST_WORKERS, os.cpu_count() or 1)
    asked = lean(gates, judged.load(brought.tree), scope.files, brought.commits)
    done = run(asked, [gate.name for gate in gates], scoped, clock, workers, watch)
    judged.save(brought.tree, found_clean(gates, done.reports, scope.files))
    return done


def _utf8(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def affected_files(git: Git, brought: Brought, clock: Clock) -> tuple[str, ...] | None:
    """Return the sources of all that ``brought`` can break; None where no graph of that tree is kept.

    Pants is not asked: a cold one would take longer than the push. Any ``./dynamic run`` of that commit keeps a graph.
    """
    try:
        build_root = find_build_root(git.top)
        command = find_command(build_root, "")
        kept = Engine(git.top, PantsProcess(command), clock, setting_of(command)).snapshots.load(brought.tree)
    except DynamicError:
        return None
    if kept is None or build_root.resolve() != git.top.resolve():
        return None
    _, affected = affected_by(kept.graph, brought.files)
    return tuple(sorted({path for address in affected for path in kept.graph.targets[address].sources}))
