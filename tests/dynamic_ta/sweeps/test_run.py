"""Every row is evaluated once, whatever the chunks, and a journal spares what is done."""

import json
import math
import tracemalloc
from collections.abc import Generator, Sequence
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ta.sweeps.code import code_digest
from dynamic_ta.sweeps.errors import EvaluatorError, JournalBusyError, JournalError
from dynamic_ta.sweeps.executors.local import Local
from dynamic_ta.sweeps.executors.model import Execute
from dynamic_ta.sweeps.feed import Feed
from dynamic_ta.sweeps.journal import open_journal
from dynamic_ta.sweeps.model import BarRange, Chunk, Done, Evaluator, Outcome, Variant, Variants, values_of
from dynamic_ta.sweeps.reduce import Columns, Goal, TopK
from dynamic_ta.sweeps.run import missing, run_sweep
from tests.dynamic_ta.sweeps.toys import STATISTICS, Seen, some_variants, toys


def swept(evaluator: Evaluator, variants: Variants, execute: Execute, folder: Path | None = None) -> Columns:
    columns = Columns(len(variants), STATISTICS)
    if folder is None:
        run_sweep(evaluator, variants, execute, [columns])
    else:
        with open_journal(folder, evaluator, variants) as journal:
            run_sweep(evaluator, variants, execute, [columns], journal)
    return columns


def wanted(variants: Variants) -> object:
    return values_of(toys(list(variants)), STATISTICS, len(variants))


def stops_after(chunks: int, rows: int) -> Execute:
    """Evaluate that many chunks, then fail as a driver does."""

    def execute(evaluator: Evaluator, variants: Sequence[Variant], left: Sequence[Chunk]) -> Generator[Done]:
        with evaluator.open("") as evaluate:
            for n in range(chunks):
                chunk = Chunk(left[0].start + n * rows, left[0].start + (n + 1) * rows)
                outcomes = evaluate(variants[chunk.start : chunk.stop])
                yield Done(chunk, values_of(outcomes, STATISTICS, rows))
        raise EvaluatorError("the device is gone", "plug it in")

    return execute


def test_a_row_is_a_point_on_a_target() -> None:
    variants = some_variants(a=5, b=4)
    assert len(variants) == 40
    assert variants[0].parameters == {"a": 0, "b": 0}
    assert variants[1].parameters == {"a": 0, "b": 1}, "the last axis is the fastest"
    assert (variants[39].asset, variants[39].bars.start, variants[39]["a"]) == ("yy", 5, 4)
    assert isinstance(variants[39]["a"], int)
    with pytest.raises(KeyError):
        variants[0]["c"]


def test_every_variant_is_evaluated_once_and_its_place_closed() -> None:
    seen, variants = Seen(), some_variants()
    columns = swept(seen.evaluator(most_rows=7), variants, Local("#1"))
    np.testing.assert_array_equal(columns.values, wanted(variants))
    assert seen.variants == list(variants)
    assert (seen.opened, seen.closed) == (["#1"], ["#1"])
    assert math.isnan(columns.values[0, 1]), "undefined stays undefined"


def test_an_evaluator_with_other_statistics_is_refused() -> None:
    seen = Seen(lambda variants: [Outcome(("sum",), (1.0,)) for _ in variants])
    with pytest.raises(EvaluatorError, match=r"gave \(sum\), not \(sum, ratio\)"):
        swept(seen.evaluator(), some_variants(), Local())


def test_an_evaluator_that_skips_a_variant_is_refused() -> None:
    seen = Seen(lambda variants: toys(variants)[1:])
    with pytest.raises(EvaluatorError, match="outcomes for"):
        swept(seen.evaluator(), some_variants(), Local())
    assert seen.closed == [""]


def test_a_sweep_that_failed_goes_on_where_it_was(tmp_path: Path) -> None:
    seen, variants = Seen(), some_variants()
    with pytest.raises(EvaluatorError, match="the device is gone"):
        swept(seen.evaluator(), variants, stops_after(3, 4), tmp_path)
    assert len(seen.variants) == 12
    columns = swept(seen.evaluator(), variants, Local(), tmp_path)
    np.testing.assert_array_equal(columns.values, wanted(variants))
    assert seen.variants == list(variants), "nothing twice"
    again = swept(seen.evaluator(), variants, Local(), tmp_path)
    np.testing.assert_array_equal(again.values, columns.values)
    assert len(seen.variants) == len(variants), "all is on record"


def test_fresh_forgets_what_was_finished(tmp_path: Path) -> None:
    seen, variants = Seen(), some_variants()
    swept(seen.evaluator(), variants, Local(), tmp_path)
    with open_journal(tmp_path, seen.evaluator(), variants, fresh=True) as journal:
        assert list(journal.finished()) == []


def test_a_torn_last_line_is_set_aside_and_its_rows_come_again(tmp_path: Path) -> None:
    seen, variants = Seen(), some_variants()
    with pytest.raises(EvaluatorError):
        swept(seen.evaluator(), variants, stops_after(3, 4), tmp_path)
    path = tmp_path / "journal.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    with open_journal(tmp_path, seen.evaluator(), variants) as journal:
        assert journal.set_aside == 1
        assert [done.chunk for done in journal.finished()] == [Chunk(0, 4), Chunk(4, 8)]
    last = whole.splitlines(keepends=True)[-1]
    assert (tmp_path / "torn.jsonl").read_bytes() == last[:-9] + b"\n"
    assert path.read_bytes() == whole[: -len(last)]
    np.testing.assert_array_equal(swept(seen.evaluator(), variants, Local(), tmp_path).values, wanted(variants))


@settings(deadline=None, max_examples=30)
@given(st.data())
def test_no_cut_and_no_changed_byte_gives_a_wrong_value(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    seen, variants = Seen(), some_variants()
    with pytest.raises(EvaluatorError):
        swept(seen.evaluator(), variants, stops_after(3, 4), folder)
    path = folder / "journal.jsonl"
    content = bytearray(path.read_bytes())
    head = content.index(b"\n") + 1
    at = data.draw(st.integers(head, len(content) - 1))
    if data.draw(st.booleans()):
        del content[at:]
    else:
        content[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    np.testing.assert_array_equal(swept(seen.evaluator(), variants, Local(), folder).values, wanted(variants))


def test_a_journal_of_other_code_is_refused_and_names_the_way_out(tmp_path: Path) -> None:
    seen, variants = Seen(), some_variants()
    swept(seen.evaluator("v1"), variants, Local(), tmp_path)
    with pytest.raises(JournalError, match=r"belongs to another sweep.*--fresh"):
        swept(seen.evaluator("v2"), variants, Local(), tmp_path)


def test_a_journal_of_another_schema_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    variants = some_variants()
    swept(Seen().evaluator(), variants, Local(), tmp_path)
    monkeypatch.setattr("dynamic_ta.sweeps.journal.SCHEMA", "dynamic.sweep.journal/2")
    with pytest.raises(JournalError, match="belongs to another sweep"):
        swept(Seen().evaluator(), variants, Local(), tmp_path)


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match=r"cannot use .*file/journal .*--journal"):
        swept(Seen().evaluator(), some_variants(), Local(), tmp_path / "file" / "journal")


def test_an_interrupt_keeps_what_was_finished_and_closes_the_place(tmp_path: Path) -> None:
    def interrupted(variants: Sequence[Variant]) -> list[Outcome]:
        if len(seen.variants) > 20:
            raise KeyboardInterrupt
        return toys(variants)

    seen, variants = Seen(interrupted), some_variants()
    with pytest.raises(KeyboardInterrupt):
        swept(seen.evaluator(most_rows=8), variants, Local(), tmp_path)
    assert seen.closed == [""]
    with open_journal(tmp_path, Seen().evaluator(), variants) as journal:
        assert sum(done.chunk.n_rows for done in journal.finished()) == 16


def test_a_second_process_is_told_who_holds_the_journal(tmp_path: Path) -> None:
    seen, variants = Seen(), some_variants()
    # A second open file of one process is as foreign to flock as that of another process.
    with (
        open_journal(tmp_path, seen.evaluator(), variants),
        pytest.raises(JournalBusyError, match=r"process \d+ is at this sweep"),
        open_journal(tmp_path, seen.evaluator(), variants, fresh=True),
    ):
        pass


def test_the_journal_keeps_every_bit(tmp_path: Path) -> None:
    odd = (5e-324, -0.0, math.inf, math.nan, 0.1 + 0.2)
    seen = Seen(lambda variants: [Outcome(STATISTICS, (odd[int(v["a"])], -odd[int(v["a"])])) for v in variants])
    variants = some_variants()
    first = swept(seen.evaluator(), variants, Local(), tmp_path)
    second = swept(Seen().evaluator(), variants, Local(), tmp_path)
    assert second.values.tobytes() == first.values.tobytes()


def test_the_header_says_what_the_sweep_was_of(tmp_path: Path) -> None:
    variants = some_variants()
    swept(Seen().evaluator("v1"), variants, Local(), tmp_path)
    head = json.loads((tmp_path / "journal.jsonl").read_text().splitlines()[0].partition(" ")[2])
    assert (head["schema"], head["rows"], head["code"], head["evaluator"]) == (
        "dynamic.sweep.journal/1",
        40,
        "v1",
        "toy",
    )


@settings(deadline=None)
@given(st.lists(st.booleans(), max_size=40))
def test_missing_rows_are_those_that_were_not_seen(seen: list[bool]) -> None:
    found = [row for chunk in missing(np.array(seen, np.bool_)) for row in range(chunk.start, chunk.stop)]
    assert found == [row for row, done in enumerate(seen) if not done]


def test_progress_counts_what_was_on_record(tmp_path: Path) -> None:
    seen, variants = Seen(), some_variants()
    with pytest.raises(EvaluatorError):
        swept(seen.evaluator(), variants, stops_after(2, 5), tmp_path)
    told: list[tuple[int, int, int]] = []
    with open_journal(tmp_path, seen.evaluator(), variants) as journal:
        now = run_sweep(seen.evaluator(), variants, Local(), [], journal, lambda *three: told.append(three))
    assert now == 30
    assert told[0] == (10, 40, 10)
    assert told[-1] == (40, 40, 10)


def test_memory_does_not_grow_with_the_number_of_variants() -> None:
    """Beside the points, which are the caller's: a byte a variant, and some more while the missing ones are sought."""

    def peak(rows: int) -> int:
        variants = some_variants(a=rows // 10, b=10, targets=[("x", BarRange(0, 0, 10))])
        evaluator = Evaluator("toy", "none", "1", STATISTICS, lambda _: nullcontext(toys), most_rows=64)
        tracemalloc.start()
        try:
            run_sweep(evaluator, variants, Local(), [TopK(Goal("sum"), STATISTICS, 5)])
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(1_000)  # what is made once is made
    assert peak(12_000) - peak(2_000) < 8 * 10_000


# How rows are handed out.


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


# The digest of code tells an edit from none.


def test_an_edit_below_the_package_changes_the_digest_and_another_file_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    inner = tmp_path / "swept_package" / "inner"
    inner.mkdir(parents=True)
    (tmp_path / "swept_package" / "__init__.py").write_text("")
    (inner / "a.py").write_text("x = 1\n")
    first = code_digest(["swept_package"])
    (inner / "notes.txt").write_text("not code")
    assert code_digest(["swept_package"]) == first
    (inner / "a.py").write_text("x = 2\n")
    edited = code_digest(["swept_package"])
    (inner / "a.py").rename(inner / "b.py")
    assert len({first, edited, code_digest(["swept_package"])}) == 3


def test_texts_count_each_on_its_own() -> None:
    found = {code_digest([], texts) for texts in (["ab"], ["a", "b"], ["b", "a"], [], ["a"])}
    assert len(found) == 5
