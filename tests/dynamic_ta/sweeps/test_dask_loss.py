"""Workers are killed in the midst of a chunk. They are processes that the sweep starts."""

import os
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from distributed import LocalCluster

from dynamic_ta.sweeps.errors import ClusterError
from dynamic_ta.sweeps.executors.dask import Dask
from dynamic_ta.sweeps.executors.local import Local
from dynamic_ta.sweeps.journal import open_journal
from dynamic_ta.sweeps.model import Evaluate, Evaluator, Outcome, Variant
from dynamic_ta.sweeps.reduce import Columns
from dynamic_ta.sweeps.run import run_sweep
from tests.dynamic_ta.sweeps.toys import STATISTICS, Seen, some_variants, toys

VARIANTS = some_variants(a=8, b=4)


@dataclass(frozen=True)
class Deadly:
    """Logs each batch; a variant with a = 3 kills its worker, once or each time."""

    folder: Path
    always: bool = False

    @contextmanager
    def open(self, _place: str) -> Iterator[Evaluate]:
        yield self._all

    def _all(self, variants: Sequence[Variant]) -> list[Outcome]:
        handle = os.open(self.folder / "log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(handle, "".join(f"{v.asset} {v.values}\n" for v in variants).encode())
        os.close(handle)
        mark = self.folder / "killed"
        if any(variant["a"] == 3 for variant in variants) and (self.always or not mark.exists()):
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return toys(variants)

    def evaluator(self) -> Evaluator:
        return Evaluator("toy", "none", "1", STATISTICS, self.open, most_rows=2)


def test_the_chunk_of_a_lost_worker_is_run_again_and_counts_once(tmp_path: Path) -> None:
    evaluator = Deadly(tmp_path).evaluator()
    columns, expected = (Columns(len(VARIANTS), STATISTICS) for _ in range(2))
    with open_journal(tmp_path / "journal", evaluator, VARIANTS) as journal:
        run_sweep(evaluator, VARIANTS, Dask(workers=2), [columns], journal)
        rows = [row for done in journal.finished() for row in range(done.chunk.start, done.chunk.stop)]
    run_sweep(Seen().evaluator(), VARIANTS, Local(), [expected])
    assert (tmp_path / "killed").exists()
    assert columns.values.tobytes() == expected.values.tobytes()
    assert sorted(rows) == list(range(len(VARIANTS)))
    times = Counter((tmp_path / "log").read_text().splitlines())
    assert set(times) == {f"{variant.asset} {variant.values}" for variant in VARIANTS}
    assert sum(times.values()) > len(VARIANTS), "the worker was killed in the midst of a chunk"


def test_a_chunk_that_kills_its_workers_ends_the_sweep_and_keeps_the_rest(tmp_path: Path) -> None:
    evaluator = Deadly(tmp_path, always=True).evaluator()
    with (
        LocalCluster(  # type: ignore[no-untyped-call]  # as Dask has it
            n_workers=1,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            worker_dashboard_address="127.0.0.1:0",
            scheduler_kwargs={"dashboard": False, "allowed_failures": 0},
        ) as cluster,
        open_journal(tmp_path / "journal", evaluator, VARIANTS) as journal,
    ):
        with pytest.raises(ClusterError, match="a chunk of the sweep was lost with 1 workers"):
            run_sweep(evaluator, VARIANTS, Dask(cluster.scheduler_address), [], journal)
        assert list(journal.finished())
