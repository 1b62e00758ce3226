"""Missing rows are handed out once each, in chunks that fit the worker."""

from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ta.sweeps.feed import Feed
from dynamic_ta.sweeps.model import Chunk

_MOVES = st.lists(
    st.tuples(st.sampled_from(["a", "b"]), st.booleans(), st.sampled_from([0.0, 1e-6, 0.1, 100.0])), max_size=20
)


@settings(deadline=None)
@given(st.lists(st.integers(0, 400), max_size=8, unique=True), st.integers(1, 60), _MOVES)
def test_every_row_is_handed_out_once_whatever_the_workers_do(
    edges: list[int], most: int, moves: list[tuple[str, bool, float]]
) -> None:
    ordered = sorted(edges)
    missing = [Chunk(start, stop) for start, stop in zip(ordered[::2], ordered[1::2], strict=False)]
    feed = Feed(missing, 2, most)
    rows: list[int] = []
    for worker, lost, seconds in (*moves, *[("a", False, 0.1)] * 400):
        chunk = feed.take(worker)
        if chunk is None:
            break
        assert 1 <= chunk.n_rows <= most
        if lost:
            feed.again(chunk)
            continue
        feed.told(worker, chunk.n_rows, seconds)
        rows.extend(range(chunk.start, chunk.stop))
    assert sorted(rows) == [row for chunk in missing for row in range(chunk.start, chunk.stop)]


def test_a_worker_gets_as_many_rows_as_it_does_in_the_target_time() -> None:
    feed = Feed([Chunk(0, 1_000_000)], 2, 1 << 16, target_s=0.5)
    first = feed.take("slow")
    assert first is not None
    feed.told("slow", first.n_rows, first.n_rows * 0.01)  # 100 rows a second
    feed.told("fast", 1000, 1000 * 0.001)
    slow, fast = feed.take("slow"), feed.take("fast")
    assert slow is not None
    assert fast is not None
    assert (slow.n_rows, fast.n_rows) == (50, 500)


def test_chunks_grow_step_by_step_from_the_first() -> None:
    feed = Feed([Chunk(0, 1_000_000)], 1, 1 << 16)
    sizes: list[int] = []
    for _ in range(4):
        chunk = feed.take("a")
        assert chunk is not None
        sizes.append(chunk.n_rows)
        feed.told("a", chunk.n_rows, 0.0)
    assert sizes == [16, 128, 1024, 8192]


def test_the_last_rows_are_shared_out() -> None:
    feed = Feed([Chunk(0, 40)], 2, 1 << 16)
    feed.told("a", 1000, 0.001)
    first = feed.take("a")
    assert first == Chunk(0, 10), "a quarter: half of its share, that the other may be at work to the end"
