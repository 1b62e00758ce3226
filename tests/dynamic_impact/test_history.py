"""What is on record, and that it is read fast without being read wrong."""

import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import cast

import pytest

from dynamic_base import TickingClock
from dynamic_events import EventLog
from dynamic_impact.execute import Outcome, Result
from dynamic_impact.history import observations, past_of, read_history, record, typical_seconds
from dynamic_impact.history.rows import KEPT_RESULTS, load
from dynamic_impact.model import Change, FileChange, Likelihood, Observation, Part, Ranking, Selection, Status
from dynamic_impact.plan import Past
from dynamic_impact.rank import FEATURES


def selection(*files: str, known: Sequence[str] = ()) -> Selection:
    """Return a change of ``files`` whose tests ``known`` were ranked."""
    change = Change(
        "b" * 40, "t0", "h" * 40, "t1", tuple(FileChange(file, Status.MODIFIED) for file in files), "a test"
    )
    parts = tuple(Part(name, float(place), 0.5) for place, name in enumerate(FEATURES))
    ranking = Ranking({address: Likelihood(0.25, parts) for address in known})
    return Selection(change, (), (), (), (), (), 10, 20, {}, ranking=ranking)


def result(address: str, outcome: Outcome = Outcome.PASSED, seconds: float = 1.0, source: str = "ran") -> Result:
    return Result("test", address, outcome, seconds, source)


def kept(root: Path) -> Path:
    return root / ".dynamic/impact/history/results"


def fill(root: Path, runs: int, clock: TickingClock, seed: int = 1) -> None:
    """Write ``runs`` runs of random results."""
    rng = random.Random(seed)
    log = EventLog(root, clock)
    for number in range(runs):
        run = f"r{number:04d}"
        events = [
            log.event(
                "test.finished",
                run,
                f"t{rng.randrange(7)}",
                {
                    "test.case.result.status": rng.choice(["pass", "fail", "flaky"]),
                    "duration_s": round(rng.random() * 10, 3),
                    "cached": rng.random() < 0.3,
                    "host.class": rng.choice(["", "small"]),
                    "vcs.ref.head.revision": f"{number:040d}",
                    "attempts": rng.choice([1, 2]),
                },
            )
            for _ in range(rng.randrange(1, 9))
        ]
        log.append(run, events)


def by_the_events(root: Path) -> dict[str, list[Observation]]:
    """Return the observations as the slow and obvious reading of the events gives them."""
    found: dict[str, list[Observation]] = {}
    for event in EventLog(root, TickingClock()).read().events:
        told = event.attributes
        found.setdefault(event.subject, []).append(
            Observation(
                event.time,
                cast("str", told["test.case.result.status"]),
                cast("float", told["duration_s"]),
                cast("bool", told["cached"]),
                cast("str", told["host.class"]),
                cast("str", told["vcs.ref.head.revision"]),
                cast("int", told["attempts"]),
            )
        )
    return found


def as_read(root: Path) -> dict[str, list[Observation]]:
    found = observations(root, TickingClock())
    return {address: list(found[address]) for address in found}


def test_rows_say_what_the_events_say_read_at_once_or_run_by_run(tmp_path: Path) -> None:
    clock = TickingClock()
    fill(tmp_path, 5, clock)
    assert as_read(tmp_path) == by_the_events(tmp_path)
    fill(tmp_path, 40, clock, seed=2)
    piecemeal = as_read(tmp_path)
    kept(tmp_path).unlink()
    assert piecemeal == as_read(tmp_path) == by_the_events(tmp_path)


def test_a_file_that_was_read_is_not_opened_again(tmp_path: Path) -> None:
    fill(tmp_path, 3, TickingClock())
    before = as_read(tmp_path)
    for path in (tmp_path / ".dynamic/events").rglob("*.jsonl"):
        path.write_bytes(b"torn since")
    assert as_read(tmp_path) == before
    assert not (tmp_path / ".dynamic/events/torn").exists()  # where a reader would have put them


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content[:-1],
        lambda content: content + b"0" * 8,
        lambda content: content[:-9] + bytes([content[-9] ^ 1]) + content[-8:],
        lambda content: content.replace(b'"t1"', b'"t9"'),
        lambda _: b"",
        lambda _: b"null\n",
    ],
)
def test_spoiled_rows_are_made_anew(tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    fill(tmp_path, 12, TickingClock())
    before = as_read(tmp_path)
    content = kept(tmp_path).read_bytes()
    assert spoil(content) != content
    kept(tmp_path).write_bytes(spoil(content))
    assert as_read(tmp_path) == before
    assert kept(tmp_path).read_bytes() == content


def test_rows_of_another_format_are_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path, 3, TickingClock())
    with monkeypatch.context() as older:
        older.setattr("dynamic_impact.history.rows._FORMAT", ["dynamic.impact.history/0"])
        as_read(tmp_path)
        assert load(kept(tmp_path)) is not None
    assert load(kept(tmp_path)) is None
    assert as_read(tmp_path) == by_the_events(tmp_path)


def test_results_go_with_their_file(tmp_path: Path) -> None:
    fill(tmp_path, 6, TickingClock())
    as_read(tmp_path)
    next((tmp_path / ".dynamic/events").rglob("r0003-*.jsonl")).unlink()
    assert as_read(tmp_path) == by_the_events(tmp_path)


def test_runs_of_two_machines_merge_by_copying_and_count_once(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    fill(one, 4, TickingClock())
    fill(other, 4, TickingClock(), seed=2)
    for path in (other / ".dynamic/events").rglob("*.jsonl"):
        shutil.copyfile(path, one / ".dynamic/events/2026-01" / path.name)
        (one / ".dynamic/events/copies").mkdir(exist_ok=True)
        shutil.copyfile(path, one / ".dynamic/events/copies" / path.name)
    count = sum(map(len, as_read(one).values()))
    assert count == sum(map(len, by_the_events(one).values()))
    assert as_read(one) == by_the_events(one)


def test_an_event_that_comes_again_in_another_file_counts_once(tmp_path: Path) -> None:
    log = EventLog(tmp_path, TickingClock())
    events = [log.event("test.finished", "r", name) for name in ("a", "a", "b")]
    log.append("r", events)
    assert {address: len(found) for address, found in as_read(tmp_path).items()} == {"a": 2, "b": 1}
    log.append("r", events[:2])
    assert {address: len(found) for address, found in as_read(tmp_path).items()} == {"a": 2, "b": 1}


def test_a_torn_file_is_left_out_and_the_rest_is_read(tmp_path: Path) -> None:
    fill(tmp_path, 4, TickingClock())
    path = next((tmp_path / ".dynamic/events").rglob("r0001-*.jsonl"))
    path.write_bytes(path.read_bytes()[:-5])
    assert as_read(tmp_path) == by_the_events(tmp_path)
    assert "r0001" not in str(read_history(tmp_path, TickingClock()).results.files)


def test_of_each_test_the_newest_are_kept(tmp_path: Path) -> None:
    log = EventLog(tmp_path, TickingClock())
    events = [log.event("test.finished", "r", "a", {"duration_s": number}) for number in range(KEPT_RESULTS + 5)]
    log.append("r", [*events, log.event("test.finished", "r", "b")])
    found = observations(tmp_path, TickingClock())
    assert [one.seconds for one in found["a"]][:2] == [5.0, 6.0]
    assert (len(found["a"]), len(found["b"])) == (KEPT_RESULTS, 1)


def test_what_another_program_wrote_oddly_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    log = EventLog(tmp_path, TickingClock())
    odd = {"duration_s": "long", "test.case.result.status": "aborted", "attempts": "many"}
    log.append("r", [log.event("test.finished", "r", "a", odd), log.event("test.finished", "r", "b")])
    assert [one.outcome for one in observations(tmp_path, TickingClock())["a"]] == ["pass"]
    assert typical_seconds(read_history(tmp_path, TickingClock()).observations)("a") == 0.0


def test_a_record_keeps_machine_revision_files_and_what_was_known_before(tmp_path: Path) -> None:
    chosen = selection(*(f"f{number:03d}" for number in range(300)), known=["a"])
    results = (result("a", Outcome.FAILED, 2.5), result("b"), result("c", Outcome.NOT_RUN))
    run = record(tmp_path, TickingClock(), chosen, results, 3.0, machine="small")
    history = read_history(tmp_path, TickingClock())
    (one,) = history.observations["a"]
    assert (one.outcome, one.seconds, one.machine, one.revision, one.attempts) == ("fail", 2.5, "small", "h" * 40, 1)
    assert set(history.observations) == {"a", "b"}
    assert history.results.changed[run] == tuple(f"f{number:03d}" for number in range(200))
    values, failed = history.training()
    assert (values.tolist(), failed.tolist()) == ([[float(place) for place in range(len(FEATURES))]], [True])


class _More(StrEnum):
    FLAKY = "flaky"


@dataclass(frozen=True)
class _Retried:
    goal: str
    subject: str
    outcome: _More
    seconds: float
    source: str
    attempts: tuple[str, ...]


def test_a_flaky_end_is_neither_a_failure_nor_forgotten(tmp_path: Path) -> None:
    retried = cast("Result", _Retried("test", "a", _More.FLAKY, 1.0, "ran", ("failed", "failed", "passed")))
    record(tmp_path, TickingClock(), selection("f", known=["a"]), (retried,), 1.0)
    history = read_history(tmp_path, TickingClock())
    assert [(one.outcome, one.attempts) for one in history.observations["a"]] == [("flaky", 3)]
    assert past_of(tmp_path, TickingClock())["a"] == Past(1.0, failed=False)
    assert history.failed_with(["f"]) == {"a": (0, 1)}
    assert history.training()[1].tolist() == [False]


def test_failures_are_counted_with_the_files_that_had_changed(tmp_path: Path) -> None:
    clock = TickingClock()
    for files, outcomes in (
        (("x", "y"), {"a": Outcome.FAILED, "b": Outcome.PASSED}),
        (("x",), {"a": Outcome.PASSED}),
        (("z",), {"a": Outcome.FAILED}),
    ):
        record(tmp_path, clock, selection(*files), tuple(result(*pair) for pair in outcomes.items()), 1.0)
    history = read_history(tmp_path, clock)
    assert history.failed_with(["x"]) == {"a": (1, 2), "b": (0, 1)}
    assert history.failed_with(["y", "z"]) == {"a": (2, 2), "b": (0, 1)}
    assert history.failed_with(["w"]) == {}


def test_what_came_later_is_not_known_before(tmp_path: Path) -> None:
    clock = TickingClock()
    record(tmp_path, clock, selection("x"), (result("a", Outcome.FAILED),), 1.0)
    between = clock.now() + timedelta(milliseconds=1)
    record(tmp_path, clock, selection("x"), (result("a"), result("b")), 1.0)
    known = read_history(tmp_path, clock).before(between)
    assert {address: [one.outcome for one in known.observations[address]] for address in known.observations} == {
        "a": ["fail"]
    }
    assert known.failed_with(["x"]) == {"a": (1, 1)}


def test_a_duration_is_that_of_real_runs_and_unseen_tests_take_what_tests_take(tmp_path: Path) -> None:
    seconds = typical_seconds(read_history(tmp_path, TickingClock()).observations)
    assert seconds("anything") == 2.0
    clock = TickingClock()
    for took, source in ((4.0, "ran"), (6.0, "ran"), (5.0, "ran"), (99.0, "memoized")):
        record(tmp_path, clock, selection("x"), (result("a", seconds=took, source=source), result("b", seconds=1.0)), 1)
    seconds = typical_seconds(read_history(tmp_path, clock).observations)
    assert (seconds("a"), seconds("b"), seconds("unseen")) == (5.0, 1.0, 3.0)
    assert past_of(tmp_path, clock)["a"] == Past(5.0, failed=False)


def test_a_read_only_repository_is_read_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path, 2, TickingClock())
    (tmp_path / ".dynamic/impact").write_text("a file where the folder would be", encoding="utf-8")
    assert as_read(tmp_path) == by_the_events(tmp_path)


def test_a_result_that_was_ranked_before_there_was_a_feature_still_teaches(tmp_path: Path) -> None:
    before = replace(
        selection("x", known=("a",)), ranking=Ranking({"a": Likelihood(0.25, (Part(FEATURES[0], 1.0, 0.5),))})
    )
    record(tmp_path, TickingClock(), before, (result("a", Outcome.FAILED),), 1.0)
    values, failed = read_history(tmp_path, TickingClock()).training()
    assert values.tolist() == [[1.0, *[0.0] * (len(FEATURES) - 1)]]
    assert failed.tolist() == [True]


def test_a_selection_without_a_ranking_records_no_features(tmp_path: Path) -> None:
    plain = replace(selection("x"), ranking=Ranking())
    record(tmp_path, TickingClock(), plain, (result("a"),), 1.0)
    assert len(read_history(tmp_path, TickingClock()).training()[1]) == 0
