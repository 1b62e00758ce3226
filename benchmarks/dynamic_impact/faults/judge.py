"""What each mode would have selected for a fault, beside stock Pants and beside all tests."""

import importlib
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks.dynamic_impact.faults.foresight import Foresight
from benchmarks.dynamic_impact.faults.mutants import Mutant
from benchmarks.dynamic_impact.faults.subjects import Subject
from benchmarks.dynamic_impact.faults.targets import Document, KnownPants, stock
from benchmarks.dynamic_impact.faults.truth import Baseline, Truth, Workers, broken

from dynamic_base import SystemClock
from dynamic_impact.changes import Question
from dynamic_impact.engine import Engine
from dynamic_impact.model import NO_USES, Selection, Uses

ALL, STOCK, LISTED = "all tests", "stock Pants", "stock Pants, as listed"
_RECORDING_S = 300.0
SAFE, PRECISE = "safe", "precise"
FORESEEN, RECORDED = "predictive, a third of {}", "predictive with recordings, a third of {}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one mode selected for one fault.

    Parameters
    ----------
    selected : test files of the baseline, in the mode's order
    seconds : wall time of the selection, s
    """

    mutant: str
    mode: str
    selected: tuple[str, ...]
    seconds: float


def optional(name: str) -> Any:
    """Return the module ``name``; None where this tree has it not (yet)."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        return None


@dataclass(slots=True)
class Bench:
    """One subject, ready to be judged.

    Parameters
    ----------
    subject : a copy of its own, since the truth may be sought in another at the same time
    recordings : what each test executed, unbroken; None where the tree has no recorder
    """

    subject: Subject
    documents: Sequence[Document]
    baseline: Baseline
    recordings: Any = None
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        pants = KnownPants(self.subject.root.resolve(), self.documents)
        self.engine = Engine(self.subject.root, pants, SystemClock(), "study")
        # The base's targets are read and kept once, as in the life of a repository.
        self.engine.select(Question(since="HEAD"))

    def judge(self, mutant: Mutant) -> Iterator[Verdict]:
        """Return what each mode selects once the fault is in the files."""
        tests = self.baseline.tests
        yield Verdict(mutant.id, ALL, tuple(tests), 0.0)
        listed, run = stock(self.documents, mutant)
        yield Verdict(mutant.id, STOCK, tuple(test for test in tests if test in run), 0.0)
        yield Verdict(mutant.id, LISTED, tuple(test for test in tests if test in listed), 0.0)
        with broken(self.subject, mutant):
            start = time.monotonic()
            selection, _ = self.engine.select(Question(since="HEAD"))
            safe = self._tests(selection)
            took = time.monotonic() - start
            yield Verdict(mutant.id, SAFE, safe, took)
            if self.recordings is not None:
                start = time.monotonic()
                yield Verdict(mutant.id, PRECISE, self._precise(mutant, safe), took + time.monotonic() - start)

    def learn(self, truth: Truth, foresight: Foresight) -> None:
        """Put what became of a fault on record, as if its change had been run."""
        with broken(self.subject, truth.mutant):
            selection, graph = self.engine.select(Question(since="HEAD"))
            foresight.remember(selection, graph, self.engine, self.baseline, truth.failing)

    def foresee(self, mutant: Mutant, foresight: Foresight) -> Iterator[Verdict]:
        """Return what is most likely to fail, by what was learned, in a third of the time of others' selections."""
        with broken(self.subject, mutant):
            start = time.monotonic()
            selection, graph = self.engine.select(Question(since="HEAD"))
            safe = self._tests(selection)
            run = stock(self.documents, mutant)[1]
            rivals = {
                ALL: self.baseline.tests,
                STOCK: [test for test in self.baseline.tests if test in run],
                SAFE: safe,
            }
            selection = foresight.order.in_order(selection, graph, self.engine)  # what means the change is found once
            ground = (selection, graph, self.engine, self.baseline)
            for rival, tests in rivals.items():
                budget_s = sum(self.baseline.tests[test] for test in tests) / 3
                found = foresight.within(*ground, budget_s)
                yield Verdict(mutant.id, FORESEEN.format(rival), found, time.monotonic() - start)
                start = time.monotonic()
                if self.recordings is not None:
                    seen = self._executed(mutant, self._precise(mutant, safe), selection.ranking.uses)
                    found = foresight.recorded(*ground, budget_s, seen)
                    yield Verdict(mutant.id, RECORDED.format(rival), found, time.monotonic() - start)

    def _tests(self, selection: Selection) -> tuple[str, ...]:
        return tuple(test.address for test in selection.tests if test.address in self.baseline.tests)

    def _precise(self, mutant: Mutant, safe: Sequence[str]) -> tuple[str, ...]:
        """Return the tests of ``safe`` that the recordings do not spare: none is, where a file went that is data."""
        data = not mutant.path.endswith(".py")
        if data and mutant.operator == "drop_file":
            return tuple(safe)
        judged = self.recordings.judge(safe, self.subject.root, other_data=data)
        return tuple(test for test in safe if not judged[test].spared)

    def _executed(self, mutant: Mutant, tests: Sequence[str], uses: Uses | None) -> dict[str, float | None]:
        """Return how much of the change each of ``tests`` is known to execute; None where its recording is silent."""
        data = not mutant.path.endswith(".py")
        judged = self.recordings.judge(tests, self.subject.root, other_data=data)
        told = self.recordings.executed(judged, uses or NO_USES)
        return {test: told.get(test) for test in tests}


def record(subject: Subject, tests: Sequence[str], folder: Path, jobs: int, say: Callable[[str], None]) -> Any:
    """Return recordings of each of ``tests``, unbroken, a process each; those in ``folder`` are taken again.

    None where this tree has no recorder.
    """
    plain = optional("dynamic_impact.recordings.plain")
    if plain is None:
        say("no recorder in this tree: the mode precise is left out")
        return None
    recorder = plain.place_recorder(folder / "recorder")
    outputs = {test: folder / f"{subject.tree[:12]}-{test.replace('/', '.')}.record" for test in tests}

    def extra(test: str) -> dict[str, Any]:
        told = plain.recording_environment(recorder, subject.root, outputs[test], {"PYTHONPATH": _path(subject)})
        return {"plugins": ["-p", "dynamic_recorder"], "path": [str(recorder)], "environment": told}

    left = dict.fromkeys((test for test, output in outputs.items() if not output.exists()), _RECORDING_S)
    if left:
        say(f"{subject.name}: recording what {len(left)} test files execute")
        # Nothing is loaded ahead: a test is to be seen to load what it loads.
        with Workers.started(replace(subject, preload=()), folder / "scratch", jobs) as workers:
            workers.run(left, extra)
    found = plain.PlainRecordings()
    for test, output in outputs.items():
        if output.exists():
            found.add(test, output, subject.root)
        else:
            say(f"{subject.name}: {test} left no recording")
    return found


def _path(subject: Subject) -> str:
    return f"{subject.root / 'src'}{os.pathsep}{subject.root}"


@dataclass(frozen=True, slots=True)
class Miss:
    """A fault that a test sees and a mode does not select it for."""

    mutant: Mutant
    test: str
    mode: str


@dataclass(frozen=True, slots=True)
class Score:
    """How a mode did over some faults.

    Parameters
    ----------
    pairs, found : (fault, failing test) pairs, and how many of them had the test selected
    faulty, caught : faults that break some test, and those with such a test selected
    selected, tests : tests selected, and tests there are, over all faults, those that break nothing too
    time_s, all_s : the same in seconds of tests
    """

    mode: str
    mutants: int
    pairs: int
    found: int
    faulty: int
    caught: int
    selected: int
    tests: int
    time_s: float
    all_s: float
    seconds: float
    misses: tuple[Miss, ...]


def score(
    mode: str, verdicts: Sequence[Verdict], truths: Mapping[str, Truth], baselines: Mapping[str, Baseline]
) -> Score:
    """Return how ``mode`` did over the faults that it was asked about."""
    pairs = found = faulty = caught = selected = tests = 0
    time_s = all_s = 0.0
    misses: list[Miss] = []
    for verdict in verdicts:
        truth = truths[verdict.mutant]
        baseline = baselines[truth.mutant.subject]
        hit = set(truth.failing) & set(verdict.selected)
        misses += [Miss(truth.mutant, test, mode) for test in truth.failing if test not in hit]
        pairs, found = pairs + len(truth.failing), found + len(hit)
        faulty, caught = faulty + bool(truth.failing), caught + bool(hit)
        selected, tests = selected + len(verdict.selected), tests + len(baseline.tests)
        time_s += sum(baseline.tests[test] for test in verdict.selected)
        all_s += sum(baseline.tests.values())
    seconds = sum(verdict.seconds for verdict in verdicts) / max(len(verdicts), 1)
    return Score(
        mode, len(verdicts), pairs, found, faulty, caught, selected, tests, time_s, all_s, seconds, tuple(misses)
    )
