"""Runs gates at the same time, as tasks of a graph: each after the programs that it needs were found.

Every gate that was asked ends in a report. One that raises ToolError could not decide. Neither could one that failed in
a way that nobody foresaw: its exception stays in its future, where ``_report`` finds it, and takes no other gate's
report with it. ``_report`` is the one place where an unforeseen exception becomes UNDECIDED.
"""

import contextvars
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from dynamic_base import Clock, DynamicError
from dynamic_delivery.gates.bounded import STOP
from dynamic_delivery.gates.model import Finding, Gate, Outcome, Report, Scope, numbered
from dynamic_delivery.gates.reading import one_line
from dynamic_delivery.gates.tools import Found, find_tool
from dynamic_impact.planning.dag import Dag, upward_rank

_UNTIMED_S = 5.0  # what a gate is taken to last that was never timed
_FIND_S = 0.5

_Result = Report | Found


@dataclass(frozen=True, slots=True)
class Watch:
    """What is told while the gates run: each gate's name when it begins, and its report."""

    began: Callable[[str], None] = lambda _: None
    ended: Callable[[Report], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Rules:
    """How to run.

    Parameters
    ----------
    workers : int, >= 1, how many tasks run at a time
    seconds : by gate, s, how long it took the last time; the longest way is begun first
    find : finds a program, or raises ToolError
    """

    clock: Clock
    workers: int = 4
    seconds: Mapping[str, float] = field(default_factory=dict)
    find: Callable[[str, Scope], Found] = find_tool


@dataclass(frozen=True, slots=True)
class _Tasks:
    """The graph: finding each program, then the gates.

    Parameters
    ----------
    tools : the first nodes
    gates : the nodes after them
    """

    tools: tuple[str, ...]
    gates: tuple[Gate, ...]
    dag: Dag

    @property
    def order(self) -> list[int]:
        """All nodes, the longest way first."""
        rank = upward_rank(self.dag)
        return sorted(range(len(rank)), key=lambda node: (-rank[node], node))


def run_gates(gates: Sequence[Gate], scope: Scope, rules: Rules, watch: Watch | None = None) -> tuple[Report, ...]:
    """Return the report of each of ``gates``, in their order.

    A gate that wants no file of the scope is skipped. One whose programs are not all there is undecided, and not asked.
    An interrupt stops the programs that run, starts no more, and is raised.
    """
    wanted = tuple(gate for gate in gates if any(gate.looks_at(path) for path in scope.files))
    found = _run(_tasks(wanted, rules.seconds), scope, rules, watch or Watch())
    return tuple(found.get(gate.name) or _skipped(gate) for gate in gates)


def _tasks(gates: tuple[Gate, ...], seconds: Mapping[str, float]) -> _Tasks:
    tools = tuple(sorted({name for gate in gates for name in gate.tools}))
    names = [*tools, *(gate.name for gate in gates)]
    lasting = [_FIND_S] * len(tools) + [seconds.get(gate.name, _UNTIMED_S) for gate in gates]
    needs: list[list[int]] = [[] for _ in tools]
    needs.extend([tools.index(name) for name in gate.tools] for gate in gates)
    return _Tasks(tools, gates, Dag(names, np.array(lasting, np.float64), needs))


def _run(tasks: _Tasks, scope: Scope, rules: Rules, watch: Watch) -> dict[str, Report]:
    """Do each task when what it needs has ended, and return the gates' reports by name."""
    stop = threading.Event()
    context = contextvars.copy_context()
    context.run(STOP.set, stop)
    waiting = tasks.order
    ended: dict[int, Future[_Result]] = {}
    running: dict[Future[_Result], int] = {}
    reports: dict[str, Report] = {}
    pool = ThreadPoolExecutor(max(1, rules.workers), "gate")
    try:
        while waiting or running:
            for node in [node for node in waiting if all(before in ended for before in tasks.dag.needs[node])]:
                waiting.remove(node)
                needed = [ended[before] for before in tasks.dag.needs[node]]
                task = _task(tasks, node, needed, scope, rules, watch)
                running[pool.submit(context.copy().run, task)] = node
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                node = running.pop(future)
                ended[node] = future
                if node >= len(tasks.tools):
                    report = _report(tasks.gates[node - len(tasks.tools)], future, scope)
                    reports[report.gate] = report
                    watch.ended(report)
    except BaseException:
        stop.set()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
    return reports


def _task(
    tasks: _Tasks, node: int, needed: Sequence[Future[_Result]], scope: Scope, rules: Rules, watch: Watch
) -> Callable[[], _Result]:
    """Return what to do for ``node``."""
    if node < len(tasks.tools):
        return lambda: rules.find(tasks.tools[node], scope)
    gate = tasks.gates[node - len(tasks.tools)]

    def judge() -> Report:
        notes = [note for future in needed if isinstance(found := future.result(), Found) for note in found.notes]
        watch.began(gate.name)
        start_s = rules.clock.monotonic_s()
        report = gate.judge(scope)
        return replace(
            report,
            gate=gate.name,
            findings=numbered([_printable(finding, gate.name) for finding in report.findings]),
            reason=one_line(report.reason),
            fix=one_line(report.fix),
            notes=tuple(dict.fromkeys(map(one_line, (*report.notes, *notes)))),
            seconds=rules.clock.monotonic_s() - start_s,
        )

    return judge


def _printable(finding: Finding, gate: str) -> Finding:
    """Return ``finding`` of ``gate`` with texts of one line that every output can hold: a tool repeats what it read."""
    place, package = finding.place, finding.package
    return replace(
        finding,
        gate=gate,
        rule=one_line(finding.rule),
        message=one_line(finding.message),
        fix=one_line(finding.fix),
        context=spelled(finding.context),
        fixed_in=None if finding.fixed_in is None else one_line(finding.fixed_in),
        place=replace(place, path=spelled(place.path)) if place else None,
        package=replace(package, name=spelled(package.name), version=spelled(package.version)) if package else None,
    )


def spelled(text: str) -> str:
    """Return ``text`` with what a terminal would obey, or UTF-8 cannot hold, spelled out."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def _report(gate: Gate, future: Future[_Result], scope: Scope) -> Report:
    """Return what the gate answered, or why it did not; see the head of this file."""
    error = future.exception()
    if isinstance(error, DynamicError):
        said, fix = one_line(error.message), one_line(error.hint) or _LOOK
        return Report(gate.name, Outcome.UNDECIDED, reason=said, fix=fix)
    if error is not None:
        at = traceback.extract_tb(error.__traceback__)[-1]
        said = f"{type(error).__name__}: {one_line(str(error))}, at {Path(at.filename).name}:{at.lineno}"
        return Report(gate.name, Outcome.UNDECIDED, reason=f"the gate itself failed ({said})", fix="report this fault")
    report = future.result()
    if not isinstance(report, Report):
        return Report(gate.name, Outcome.UNDECIDED, reason="the gate gave no report", fix="report this fault")
    if report.outcome is Outcome.PASSED and not report.read:
        return replace(report, outcome=Outcome.UNDECIDED, reason=_unread(gate, scope), fix=_LOOK)
    if report.outcome is Outcome.UNDECIDED and not report.reason:
        return replace(report, reason="the gate gave no reason", fix="report this fault")
    return report


_LOOK = "run its program by hand on these files"


def _unread(gate: Gate, scope: Scope) -> str:
    count = sum(map(gate.looks_at, scope.files))
    return f"it found nothing, and read none of the {count} files that it was given"


def _skipped(gate: Gate) -> Report:
    return Report(gate.name, Outcome.SKIPPED, reason="the change has no file for it")
