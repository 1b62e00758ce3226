"""Runs gates at the same time, as tasks of a graph: each after the programs that it needs were found.

Every gate that was asked ends in a report. Each works in a process of its own (``apart.py``): one that raises, crashes,
hangs, or eats the memory could not decide, and takes no other gate's report with it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from dynamic_base import Clock
from dynamic_delivery.gates.apart import Apart, end_all, ready
from dynamic_delivery.gates.errors import ToolError
from dynamic_delivery.gates.judging import fallen, judged, undecided
from dynamic_delivery.gates.model import Gate, Outcome, Report, Scope
from dynamic_delivery.gates.settings import GATE_S, most_seconds
from dynamic_delivery.gates.tools import Found, find_tool, remember
from dynamic_impact.planning.dag import Dag, upward_rank

_UNTIMED_S = 5.0  # what a gate is taken to last that was never timed
_FIND_S = 0.5
_MOST_FIND_S = 300.0  # it may ask several programs, each for a minute
_LOOK_EACH_S = 0.2

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
    memory_bytes : int, what a gate may hold itself; the programs that it starts have bounds of their own
    """

    clock: Clock
    workers: int = 4
    seconds: Mapping[str, float] = field(default_factory=dict)
    find: Callable[[str, Scope], Found] = find_tool
    memory_bytes: int = 4 << 30


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

    def gate(self, node: int) -> Gate | None:
        """Return the gate that ``node`` is; None for a program to find."""
        return self.gates[node - len(self.tools)] if node >= len(self.tools) else None


def run_gates(gates: Sequence[Gate], scope: Scope, rules: Rules, watch: Watch | None = None) -> tuple[Report, ...]:
    """Return the report of each of ``gates``, in their order.

    A gate that wants nothing of the scope is skipped. One whose programs are not all there is undecided, and not asked.
    An interrupt stops the programs that run, starts no more, and is raised.
    """
    wanted = tuple(gate for gate in gates if gate.wants(scope))
    run = _Run(_tasks(wanted, rules.seconds), scope, rules, watch or Watch())
    try:
        found = run.to_the_end()
    finally:
        end_all([each.apart for each in run.running])
    return tuple(found.get(gate.name) or _skipped(gate) for gate in gates)


def _tasks(gates: tuple[Gate, ...], seconds: Mapping[str, float]) -> _Tasks:
    tools = tuple(sorted({name for gate in gates for name in gate.tools}))
    names = [*tools, *(gate.name for gate in gates)]
    lasting = [_FIND_S] * len(tools) + [seconds.get(gate.name, _UNTIMED_S) for gate in gates]
    needs: list[list[int]] = [[] for _ in tools]
    needs.extend([tools.index(name) for name in gate.tools] for gate in gates)
    return _Tasks(tools, gates, Dag(names, np.array(lasting, np.float64), needs))


@dataclass(frozen=True, slots=True)
class _Running:
    """A task at work; ``start_s`` by the clock of the rules, ``most_s`` from its process' begin."""

    node: int
    apart: Apart
    start_s: float
    most_s: float


@dataclass(slots=True)
class _Run:
    """Do each task when what it needs has ended."""

    tasks: _Tasks
    scope: Scope
    rules: Rules
    watch: Watch
    running: list[_Running] = field(default_factory=list)
    ended: dict[int, _Result] = field(default_factory=dict)
    reports: list[Report] = field(default_factory=list)

    def to_the_end(self) -> dict[str, Report]:
        """Return the gates' reports by name."""
        waiting = self.tasks.order
        while waiting or self.running:
            while (node := self._next(waiting)) is not None:
                waiting.remove(node)
                self._begin(node)
            heard = ready([each.apart for each in self.running], _LOOK_EACH_S) if self.running else ()
            for each in list(self.running):
                if each.apart in heard:
                    self._end(each, self._result(each))
                elif said := self._passed(each):
                    end_all([each.apart])
                    self._end(each, undecided(self._name(each.node), *said))
        return {
            each.gate: each for node, each in self.ended.items() if self.tasks.gate(node) and isinstance(each, Report)
        }

    def _next(self, waiting: Sequence[int]) -> int | None:
        """Return the task to begin now, the longest way first."""
        if len(self.running) >= max(1, self.rules.workers):
            return None
        needs = self.tasks.dag.needs
        return next((node for node in waiting if all(before in self.ended for before in needs[node])), None)

    def _begin(self, node: int) -> None:
        """Start the task, or end it at once where a program that it needs was not found."""
        gate, name, scope, find = self.tasks.gate(node), self._name(node), self.scope, self.rules.find
        needed = [self.ended[before] for before in self.tasks.dag.needs[node]]
        if lacking := next((each for each in needed if isinstance(each, Report)), None):
            self._tell(node, replace(lacking, gate=name))
            return
        notes = [note for each in needed if isinstance(each, Found) for note in each.notes]
        if gate is not None:
            self.watch.began(name)
        apart = Apart(
            lambda: judged(gate, scope, notes) if gate else find(name, scope), lambda error: fallen(name, error)
        )
        most_s = most_seconds(scope.settings, gate.most_s) if gate else _MOST_FIND_S
        self.running.append(_Running(node, apart, self.rules.clock.monotonic_s(), most_s))

    def _result(self, each: _Running) -> _Result:
        """Return what the task's process sent."""
        try:
            result = each.apart.result()
        except ToolError as error:
            return fallen(self._name(each.node), error)
        if isinstance(result, Report):
            return replace(result, seconds=self.rules.clock.monotonic_s() - each.start_s)
        return result if isinstance(result, Found) else undecided(self._name(each.node), "it gave no answer", _FAULT)

    def _passed(self, each: _Running) -> tuple[str, str] | None:
        """Return which bound the task has passed, and what to do; None for none."""
        if each.apart.age_s() > each.most_s:
            return f"it did not end within {each.most_s:g} s, so it was stopped", _SEE
        if each.apart.held_bytes() > self.rules.memory_bytes:
            return f"it held more than {self.rules.memory_bytes} bytes of memory, so it was stopped", _FEWER
        return None

    def _end(self, each: _Running, result: _Result) -> None:
        self.running.remove(each)
        self._tell(each.node, result)

    def _tell(self, node: int, result: _Result) -> None:
        self.ended[node] = result
        if isinstance(result, Found):
            remember(result)
        elif self.tasks.gate(node):
            self.reports.append(result)
            self.watch.ended(result)

    def _name(self, node: int) -> str:
        return (*self.tasks.tools, *(gate.name for gate in self.tasks.gates))[node]


_SEE = (
    f"run this gate alone, over fewer files (--since), to see which it hangs on; --set {GATE_S}=SECONDS gives it longer"
)
_FEWER = "run it alone, over fewer files (--since), to see which of them is so large"
_FAULT = "report this fault"


def _skipped(gate: Gate) -> Report:
    return Report(gate.name, Outcome.SKIPPED, reason="the change has no file for it")
