"""All cells of a run: each kernel in each precision on one device, one after the other, until the time is up."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

from dynamic_base import Clock, digest
from dynamic_engines.kernels import load_kernel
from dynamic_engines.library.model import Kernel
from dynamic_engines.library.tuning.database import read, record
from dynamic_engines.library.tuning.journal import Journal
from dynamic_engines.library.tuning.model import Entry, Key, choices_of, key_of
from dynamic_engines.library.tuning.search import Bench, Outcome, Search, Status
from dynamic_engines.model import DeviceInfo, Maths, Precision


@dataclass(frozen=True, slots=True)
class Cell:
    """One kernel in one precision."""

    kernel: Kernel
    precision: Precision


@dataclass(frozen=True, slots=True)
class Tuned:
    """What became of a cell; ``known`` if the file had it already; ``note`` is what else is to be said."""

    cell: Cell
    outcome: Outcome
    known: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Tuner:
    """How cells are tuned on one device.

    Parameters
    ----------
    file : where entries are kept; the journals of what is not complete stand beside it
    bench_of : a cell's bench
    measure : ``cpu`` or ``wall``
    share : of the benchmark's size, at which the bench measures
    rounds : of the final
    again : measure also what the file knows
    """

    info: DeviceInfo
    file: Path
    bench_of: Callable[[Cell], Bench]
    clock: Clock
    measure: str
    share: float
    rounds: int
    budget_s: float
    again: bool = False
    say: Callable[[str], None] = lambda _: None

    def run(self, cells: Sequence[Cell]) -> Iterator[Tuned]:
        """Yield what became of each cell. Each is kept before the next begins.

        Raises
        ------
        TuningError, WriteError : nothing can be kept
        """
        end = self.clock.monotonic_s() + self.budget_s
        for cell in cells:
            yield self._tuned(cell, lambda: self.clock.monotonic_s() < end)

    def _tuned(self, cell: Cell, in_time: Callable[[], bool]) -> Tuned:
        kernel, precision = cell.kernel, cell.precision
        key = key_of(kernel.name, load_kernel(kernel.name).digest, self.info, precision, Maths.STRICT)
        entry = read(self.file).entries.get(key)
        if entry is not None and not self.again:
            return Tuned(cell, _known(entry), known=True)
        journal = Journal(journal_path(self.file, key, self.share))
        said = f"{kernel.name} in {precision}"
        trying = Search(
            self.bench_of(cell), journal, in_time, self.measure, self.rounds, lambda text: self.say(f"{said}: {text}")
        )
        outcome = trying.run(choices_of(kernel.knobs(precision), self.info))
        if outcome.status is Status.LEFT:
            return Tuned(cell, outcome)
        found = outcome.status in {Status.KEPT, Status.DEFAULT}
        note = record(self.file, self._entry(key, outcome)) if found else ""
        journal.drop()  # where nothing was found, too: what failed may have been the machine's fault, and is tried anew
        return Tuned(cell, outcome, note=note)

    def _entry(self, key: Key, found: Outcome) -> Entry:
        kept = found.status is Status.KEPT
        return Entry(
            key,
            found.sizes,
            round(found.ratio, 4) if kept else 1.0,
            round(found.wall_ratio, 4) if kept else 1.0,
            self.measure,
            max(1, found.rounds),
            self.share,
            self.info.compute_units,
            self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            {choice: reason.partition(":")[0] for choice, reason in found.refused.items()},
        )


def journal_path(file: Path, key: Key, share: float) -> Path:
    """Return where a search that is not complete keeps what it saw; other sizes of input are another search."""
    stem = f"{key.kernel.replace('/', '-')}-{key.precision}-{digest([*astuple(key), str(share)])[:16]}"
    return file.with_name(f"{file.name}.rounds") / f"{stem}.jsonl"


def _known(entry: Entry) -> Outcome:
    kept = bool(entry.sizes)
    return Outcome(
        Status.KEPT if kept else Status.DEFAULT,
        entry.sizes,
        entry.ratio,
        entry.wall_ratio,
        entry.rounds,
        entry.refused,
        f"measured on {entry.date[:10]}",
    )
