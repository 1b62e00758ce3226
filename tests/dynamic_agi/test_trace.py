import json
from dataclasses import replace

import pytest

from dynamic_agi import Setup, TraceError, load_profile, load_scenario, run_episode
from dynamic_agi.replay import again, first_difference
from dynamic_agi.trace import Trace, decode
from dynamic_base import canonical_json


@pytest.fixture(scope="module")
def trace() -> Trace:
    setup = Setup(load_scenario("ping"), load_profile("chaos"), 7)
    return run_episode(setup, 2, keep=True).trace(setup)


@pytest.fixture(scope="module")
def lines(trace: Trace) -> list[bytes]:
    return trace.encode().splitlines(keepends=True)


def test_each_event_has_the_bytes_of_rfc_8785() -> None:
    """By the project's own canonical form, which stands on another library."""
    setup = Setup(load_scenario("trade"), load_profile("chaos"), 3)
    for line in run_episode(setup, 0, keep=True).lines:
        assert canonical_json(json.loads(line)) == line


def test_a_trace_comes_back_as_it_was_written_and_runs_again_to_the_same_bytes(trace: Trace) -> None:
    read = decode(trace.encode(), "t")
    assert read == trace
    setup, episode = again(read, "t")
    assert episode.trace(setup).encode() == trace.encode()
    assert first_difference(read, episode.trace(setup)) is None


def test_the_last_events_link_is_the_digest_that_the_run_reports(trace: Trace, lines: list[bytes]) -> None:
    _, episode = again(trace, "t")
    assert json.loads(lines[-2])["chain"] == episode.digest


@pytest.mark.parametrize("number", [1, 2, 9])
def test_a_changed_line_is_named(lines: list[bytes], number: int) -> None:
    changed = [*lines]
    changed[number - 1] = (
        changed[number - 1].replace(b'"at":', b'"at":1') if number > 1 else changed[0].replace(b'"seed":7', b'"seed":8')
    )
    assert changed != lines
    with pytest.raises(TraceError, match=f"t: line {number} does not fit those before it"):
        decode(b"".join(changed), "t")


def test_a_dropped_line_a_swapped_pair_and_a_line_that_is_no_json_are_named(lines: list[bytes]) -> None:
    for changed, number in (
        ([*lines[:4], *lines[5:]], 5),
        ([*lines[:4], lines[5], lines[4], *lines[6:]], 5),
        ([*lines[:4], b"{]\n", *lines[5:]], 5),
        ([*lines[:4], b"[]\n", *lines[5:]], 5),
        ([*lines[:4], b"\xff\n", *lines[5:]], 5),
    ):
        with pytest.raises(TraceError, match=f"t: line {number} "):
            decode(b"".join(changed), "t")


def test_a_torn_trace_says_after_which_line(lines: list[bytes]) -> None:
    with pytest.raises(TraceError, match="t has no end after line 6"):
        decode(b"".join(lines[:6]), "t")
    with pytest.raises(TraceError, match="t: line 7 is no line of a trace"):
        decode(b"".join(lines[:6]) + lines[6][:20], "t")
    for nothing in (b"", lines[0]):
        with pytest.raises(TraceError, match="t has no end"):
            decode(nothing, "t")


def test_what_stands_behind_the_end_or_is_spelled_otherwise_is_refused(lines: list[bytes]) -> None:
    whole = b"".join(lines)
    for other in (whole + b"\n{}\n", whole.rstrip(b"\n"), whole.replace(b'"at":0', b'"at": 0', 1)):
        with pytest.raises(TraceError, match="t is not in the canonical form"):
            decode(other, "t")


def test_a_trace_of_another_schema_is_refused(trace: Trace) -> None:
    with pytest.raises(TraceError, match="t is of schema other/9"):
        decode(replace(trace, header={**trace.header, "schema": "other/9"}).encode(), "t")


def test_a_header_that_cannot_be_run_is_named(trace: Trace) -> None:
    for key, value in (("scenario", {}), ("seed", "many"), ("episode", None)):
        with pytest.raises(TraceError, match="line 1"):
            again(replace(trace, header={**trace.header, key: value}), "t")


def test_the_first_event_that_differs_is_named_with_both_sides(trace: Trace) -> None:
    other = json.loads(trace.lines[5])
    changed = replace(trace, lines=(*trace.lines[:5], canonical_json({**other, "at": 999}), *trace.lines[6:]))
    found = first_difference(changed, trace)
    assert found is not None
    assert found.event == 6
    assert found.recorded == {**other, "at": 999}
    assert found.now == other
    shorter = first_difference(replace(trace, lines=trace.lines[:-1]), trace)
    assert shorter is not None
    assert (shorter.event, shorter.recorded) == (len(trace.lines), None)
