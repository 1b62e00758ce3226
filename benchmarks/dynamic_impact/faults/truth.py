"""The truth: for each fault, which of all the test files fail that pass without it; kept a line each, as found."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import IO, Any

from benchmarks.dynamic_impact.faults.mutants import Mutant
from benchmarks.dynamic_impact.faults.subjects import Subject

_WORKER = Path(__file__).with_name("worker.py")
_BASELINE_S = 60.0
# A fault may make a test slower; this much slower counts as a failure, as an endless loop is one.
_SLOWER, _AT_LEAST_S = 10.0, 30.0
_EPOCH = count(1_000_000_000)


@dataclass(frozen=True, slots=True)
class Baseline:
    """A subject without a fault.

    Parameters
    ----------
    tests : the test files that are run for each fault, with their seconds
    left_out : the others, with the reason
    """

    name: str
    tree: str
    revision: str
    tests: Mapping[str, float]
    left_out: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Truth:
    """One fault, and the test files that it breaks."""

    mutant: Mutant
    tree: str
    failing: tuple[str, ...]
    timeouts: tuple[str, ...]
    seconds: float


class Workers:
    """Some processes that run test files of one tree, each file in a fork of its own."""

    def __init__(self, subject: Subject, scratch: Path, processes: Sequence["subprocess.Popen[str]"]) -> None:
        self.subject = subject
        self.scratch = scratch
        self._processes = processes

    @classmethod
    @contextmanager
    def started(cls, subject: Subject, scratch: Path, jobs: int) -> Iterator["Workers"]:
        """Start ``jobs`` processes; all end with the block."""
        scratch.mkdir(parents=True, exist_ok=True)
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "DYNAMIC_"))},
            "HOME": str(scratch),
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "PYTHONHASHSEED": "0",
            "STUDY_LOG": str(scratch / "log"),
            "TMPDIR": str(scratch / "tmp"),
        }
        argv = [sys.executable, str(_WORKER), str(subject.root), *subject.preload]
        with ExitStack() as stack:
            processes = [
                stack.enter_context(
                    subprocess.Popen(
                        argv, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
                    )
                )
                for _ in range(jobs)
            ]
            yield cls(subject, scratch, processes)
            for process in processes:
                _pipe(process.stdin).close()

    def run(
        self, timeouts: Mapping[str, float], extra: Callable[[str], Mapping[str, Any]] = lambda _: {}
    ) -> list[dict[str, Any]]:
        """Run each test file, and return what each worker said of it.

        Parameters
        ----------
        extra : gives what else a worker is told of a test: plugins, path, environment
        """
        shutil.rmtree(self.scratch / "tmp", ignore_errors=True)
        (self.scratch / "tmp").mkdir()
        (self.scratch / "log").write_bytes(b"")
        # The longest first, dealt out in turn, so that the workers end at about the same time.
        order = sorted(timeouts, key=lambda test: (-timeouts[test], test))
        number = len(self._processes)
        asked = [{"test": test, "timeout_s": timeouts[test], **extra(test)} for test in order]
        shares = [asked[first::number] for first in range(number)]
        with ThreadPoolExecutor(number) as pool:
            return [one for many in pool.map(_serve, self._processes, shares) for one in many]


def _serve(process: "subprocess.Popen[str]", asked: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    said = []
    for one in asked:
        _pipe(process.stdin).write(json.dumps(one) + "\n")
        said.append(json.loads(_pipe(process.stdout).readline()))
    return said


def _pipe(stream: "IO[str] | None") -> IO[str]:
    if stream is None:
        raise ValueError("the worker was started without pipes")
    return stream


@contextmanager
def broken(subject: Subject, mutant: Mutant) -> Iterator[None]:
    """Put the fault into the subject's file for the time of the block.

    Each writing gets a time of its own, since Python takes a compiled file for current by the source's size and second.
    """
    path = subject.root / mutant.path
    content = path.read_bytes()
    faulty = mutant.apply(content)
    try:
        if faulty is None:
            path.unlink()
        else:
            _write(path, faulty)
        yield
    finally:
        _write(path, content)


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    at = next(_EPOCH)
    os.utime(path, (at, at))


def find_baseline(workers: Workers) -> Baseline:
    """Run every test without a fault, twice: what fails, wavers or takes long is left out and said."""
    subject = workers.subject
    asked = dict.fromkeys(subject.tests, _BASELINE_S)
    first = {said["test"]: said for said in workers.run(asked)}
    slow = {test: f"takes {said['seconds']} s" for test, said in first.items() if said["seconds"] > subject.slowest_s}
    quick = dict.fromkeys(
        (test for test, said in first.items() if not said["status"] and test not in slow), _BASELINE_S
    )
    again = {said["test"]: said for said in workers.run(quick)}
    left_out = {test: f"exits {said['status']} unbroken" for test, said in first.items() if said["status"]}
    left_out |= {test: "passed, then failed, unbroken" for test, said in again.items() if said["status"]}
    seconds = {test: min(said["seconds"], first[test]["seconds"]) for test, said in again.items()}
    left_out |= {test: why for test, why in slow.items() if test not in left_out}
    tests = {test: taken for test, taken in sorted(seconds.items()) if test not in left_out}
    return Baseline(subject.name, subject.tree, subject.revision, tests, dict(sorted(left_out.items())))


def find_truth(workers: Workers, baseline: Baseline, mutant: Mutant) -> Truth:
    """Run every test of ``baseline`` with the fault in place."""
    timeouts = {test: max(_AT_LEAST_S, _SLOWER * taken) for test, taken in baseline.tests.items()}
    with broken(workers.subject, mutant):
        said = workers.run(timeouts)
    return Truth(
        mutant=mutant,
        tree=baseline.tree,
        failing=tuple(sorted(one["test"] for one in said if one["status"])),
        timeouts=tuple(sorted(one["test"] for one in said if one["timeout"])),
        seconds=round(sum(one["seconds"] for one in said), 2),
    )


@dataclass(frozen=True, slots=True)
class TruthFile:
    """Lines of JSON, one a baseline and one a fault; a torn last line costs that line."""

    path: Path

    def read(self) -> tuple[dict[str, Baseline], dict[str, Truth]]:
        """Return the baselines by subject, and the truths by fault."""
        baselines: dict[str, Baseline] = {}
        truths: dict[str, Truth] = {}
        for line in self.path.read_text(encoding="utf-8").splitlines() if self.path.exists() else ():
            try:
                fields = json.loads(line)
            except ValueError:
                continue
            if "mutant" in fields:
                mutant = Mutant(**fields["mutant"])
                lists = {name: tuple(fields[name]) for name in ("failing", "timeouts")}
                truths[mutant.id] = Truth(mutant, fields["tree"], **lists, seconds=fields["seconds"])
            else:
                baselines[fields["name"]] = Baseline(**fields)
        return baselines, truths

    def append(self, record: Baseline | Truth) -> None:
        """Keep one more line; what a killed run left unfinished is closed first."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        torn = self.path.exists() and self.path.read_bytes()[-1:] not in (b"", b"\n")
        with self.path.open("a", encoding="utf-8") as file:
            file.write(("\n" if torn else "") + json.dumps(asdict(record), ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())


def complete(
    file: TruthFile, subject: Subject, scratch: Path, mutants: Sequence[Mutant], jobs: int, say: Callable[[str], None]
) -> None:
    """Find what ``file`` does not know yet of ``mutants``; a kill loses at most the one under way."""
    baselines, truths = file.read()
    known = {mutant for mutant, truth in truths.items() if truth.tree == subject.tree}
    baseline = baselines.get(subject.name)
    left = [mutant for mutant in mutants if mutant.id not in known]
    if not left and baseline is not None and baseline.tree == subject.tree:
        return
    with Workers.started(subject, scratch, jobs) as workers:
        if baseline is None or baseline.tree != subject.tree:
            say(f"{subject.name}: running all tests unbroken, twice")
            baseline = find_baseline(workers)
            file.append(baseline)
        for number, mutant in enumerate(left, 1):
            truth = find_truth(workers, baseline, mutant)
            file.append(truth)
            say(f"{number}/{len(left)} {mutant.id} breaks {len(truth.failing)} of {len(baseline.tests)} tests")
