"""The same result whatever the executor and the chunks."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
import pytest
from distributed import LocalCluster

from dynamic_engines import DeviceLostError, devices
from dynamic_ta.backtest import BacktestInputError
from dynamic_ta.sweeps.errors import ClusterError
from dynamic_ta.sweeps.executors import EXECUTORS, Execute, Options
from dynamic_ta.sweeps.executors.dask import Dask
from dynamic_ta.sweeps.executors.devices import Devices, every_device
from dynamic_ta.sweeps.executors.driving import Drive
from dynamic_ta.sweeps.executors.local import Local
from dynamic_ta.sweeps.feed import Feed
from dynamic_ta.sweeps.model import BarRange, Chunk, Done, Evaluate, Evaluator, Outcome, Variant, Variants
from dynamic_ta.sweeps.reduce import Columns
from dynamic_ta.sweeps.run import run_sweep
from dynamic_ta.sweeps.spaces import Space, axis_of, constraint_of
from tests.dynamic_ta.backtest.series import walk
from tests.dynamic_ta.sweeps.crosses import OnDevice, Oracle
from tests.dynamic_ta.sweeps.toys import Seen, points_of, some_variants, toys

BARS = walk(600, 11)
CROSSES = Variants(
    points_of(Space((axis_of("fast", "2:20:3"), axis_of("slow", "10:60:10")), (constraint_of("fast < slow"),))),
    (("walk", BarRange(0, 0, 300)), ("walk", BarRange(300, 300, 600))),
)
OTHERS: dict[str, Execute] = {
    "one row at a time": Local(target_s=0.0),
    "large chunks": Local(target_s=1e9),
    "three threads": Devices(lambda: ("a", "b", "c")),
}


def swept(evaluator: Evaluator, variants: Variants, execute: Execute) -> Columns:
    columns = Columns(len(variants), evaluator.statistics)
    run_sweep(evaluator, variants, execute, [columns])
    return columns


@pytest.mark.parametrize("name", OTHERS)
def test_the_oracles_results_are_the_same_to_the_bit(name: str) -> None:
    whole = swept(Oracle(BARS).evaluator(), CROSSES, Local()).values
    assert np.isfinite(whole).any()
    other = swept(Oracle(BARS).evaluator(most_rows=7), CROSSES, OTHERS[name]).values
    assert other.tobytes() == whole.tobytes()


@contextmanager
def cluster(workers: int) -> Iterator[str]:
    """Give a scheduler whose workers are in this process, but over the network of this machine, as others' are."""
    with LocalCluster(  # type: ignore[no-untyped-call]  # as Dask has it
        n_workers=workers,
        threads_per_worker=2,
        processes=False,
        protocol="tcp",
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        worker_dashboard_address="127.0.0.1:0",
        scheduler_kwargs={"dashboard": False},
    ) as made:
        yield made.scheduler_address


def test_dasks_workers_give_the_same_to_the_bit() -> None:
    whole = swept(Oracle(BARS).evaluator(), CROSSES, Local()).values
    with cluster(workers=2) as address:
        found = swept(Oracle(BARS).evaluator(most_rows=7), CROSSES, Dask(address)).values
        assert found.tobytes() == whole.tobytes()
        found = swept(OnDevice(BARS).evaluator(), CROSSES, Dask(address)).values
        np.testing.assert_allclose(found, whole, rtol=1e-9, atol=1e-9)


def test_a_mistake_of_the_evaluator_comes_back_from_a_worker() -> None:
    wrong = Variants(CROSSES.points, (("walk", BarRange(0, 0, 5)),))
    with cluster(workers=1) as address, pytest.raises(BacktestInputError, match="does not fit the 5 bars"):
        swept(Oracle(BARS).evaluator(), wrong, Dask(address))


def test_a_cluster_without_workers_is_an_answer() -> None:
    with cluster(workers=0) as address, pytest.raises(ClusterError, match="the Dask cluster has no workers"):
        swept(Oracle(BARS).evaluator(), CROSSES, Dask(address, patience_s=0.05))


def test_whoever_comes_later_takes_part() -> None:
    came = threading.Event()

    def first(chunk: Chunk) -> Done:
        assert came.wait(60), "the first one waits for the second"
        return Done(chunk, np.zeros((chunk.n_rows, 1)))

    def second(chunk: Chunk) -> Done:
        came.set()
        return Done(chunk, np.ones((chunk.n_rows, 1)))

    with ThreadPoolExecutor(2) as pool:

        def look() -> None:
            if "second" not in drive.submit:
                drive.add("second", lambda chunk: pool.submit(second, chunk))

        drive = Drive(
            {"first": lambda chunk: pool.submit(first, chunk)}, Feed([Chunk(0, 64)], 1, 16), look_s=0.01, idle=look
        )
        found = {row: done.values[0, 0] for done in drive.run() for row in range(done.chunk.start, done.chunk.stop)}
    assert sorted(found) == list(range(64))
    assert set(found.values()) == {0.0, 1.0}


@pytest.mark.parametrize("execute", [Local(), Devices()], ids=["local", "devices"])
def test_a_device_gives_the_oracles_results_within_its_bound(execute: Execute) -> None:
    oracle = swept(Oracle(BARS).evaluator(), CROSSES, Local()).values
    found = swept(OnDevice(BARS).evaluator(), CROSSES, execute).values
    np.testing.assert_allclose(found, oracle, rtol=1e-9, atol=1e-9)
    trades = OnDevice(BARS).evaluator().statistics.index("trades")
    np.testing.assert_array_equal(found[:, trades], oracle[:, trades])


def test_devices_are_those_with_float64() -> None:
    assert every_device() == tuple(f"#{n}" for n, info in enumerate(devices()) if info.fp64)


def by_place(acts: dict[str, Callable[[Sequence[Variant]], Sequence[Outcome]]]) -> Evaluator:
    """Return an evaluator that does something else at each place."""

    @contextmanager
    def opened(place: str) -> Iterator[Evaluate]:
        yield acts[place]

    return Evaluator("toy", "none", "1", ("sum", "ratio"), opened, most_rows=2)


def test_a_faster_device_does_more() -> None:
    done: dict[str, int] = {"fast": 0, "slow": 0}
    all_but_one = threading.Event()
    variants = some_variants()

    def fast(batch: Sequence[Variant]) -> list[Outcome]:
        done["fast"] += len(batch)
        if done["fast"] + 2 >= len(variants):
            all_but_one.set()
        return toys(batch)

    def slow(batch: Sequence[Variant]) -> list[Outcome]:
        assert all_but_one.wait(60), "the fast device waits for the slow one"
        done["slow"] += len(batch)
        return toys(batch)

    columns = swept(by_place({"fast": fast, "slow": slow}), variants, Devices(lambda: ("fast", "slow")))
    np.testing.assert_array_equal(columns.values, swept(Seen().evaluator(), variants, Local()).values)
    assert done == {"fast": len(variants) - 2, "slow": 2}


def lost(_: Sequence[Variant]) -> list[Outcome]:
    raise DeviceLostError("the device went away", "open it again")


def test_the_others_do_the_part_of_a_device_that_fails() -> None:
    variants = some_variants()
    notes: list[str] = []
    execute = Devices(lambda: ("broken", "good"), note=notes.append)
    columns = swept(by_place({"broken": lost, "good": toys}), variants, execute)
    np.testing.assert_array_equal(columns.values, swept(Seen().evaluator(), variants, Local()).values)
    assert len(notes) == 1
    assert "device broken failed" in notes[0]


def test_the_last_device_that_fails_ends_the_sweep() -> None:
    with pytest.raises(DeviceLostError):
        swept(by_place({"a": lost, "b": lost}), some_variants(), Devices(lambda: ("a", "b")))


def test_a_mistake_of_the_evaluator_ends_the_sweep_and_closes_every_place() -> None:
    def wrong(variants: Sequence[Variant]) -> list[Outcome]:
        raise ZeroDivisionError

    seen = Seen(wrong)
    with pytest.raises(ZeroDivisionError):
        swept(seen.evaluator(), some_variants(), Devices(lambda: ("a", "b")))
    assert sorted(seen.closed) == sorted(seen.opened)


def test_without_a_scheduler_the_error_says_how_to_start_one() -> None:
    with pytest.raises(ClusterError, match=r"no Dask scheduler answers at tcp://127.0.0.1:1 .*dask scheduler"):
        swept(Oracle(BARS).evaluator(), CROSSES, Dask("tcp://127.0.0.1:1"))


def test_every_executor_has_its_row() -> None:
    assert [row.name for row in EXECUTORS] == ["local", "devices", "dask"]
    assert [type(row.make(Options())) for row in EXECUTORS] == [Local, Devices, Dask]
