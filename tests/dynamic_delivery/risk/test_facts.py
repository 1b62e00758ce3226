"""Each fact against a hand calculation, networkx, or a slow twin; and what must hold of all of them."""

import json
import math
from collections.abc import Sequence
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynamic_ags.codeowners import parse_codeowners
from dynamic_delivery.gates.model import Severity
from dynamic_delivery.risk.calibrate import BY_HAND, Weights, weights_from
from dynamic_delivery.risk.edits import Commit, Edit, Past, parse_past
from dynamic_delivery.risk.errors import FindingsError
from dynamic_delivery.risk.found import Found, findings_measure, read_findings
from dynamic_delivery.risk.gap import code_files, unexecuted_measure, untested_measure, written_lines
from dynamic_delivery.risk.model import Measure
from dynamic_delivery.risk.ownership import Owners, ownership_measures
from dynamic_delivery.risk.record import PastRun, record_measures
from dynamic_delivery.risk.scales import half_at, percentile
from dynamic_delivery.risk.score import scorecard
from dynamic_delivery.risk.size import size_measures
from dynamic_delivery.risk.spread import Spread, affected_by, closeness
from dynamic_delivery.risk.table import FACTS, REPLAYED
from dynamic_impact.graph import Graph, build_graph
from dynamic_impact.model import Change, Target
from dynamic_impact.recordings.model import Ran, Recording

DAY_S = 86_400
_CHANGE = Change("b", "", "h", "", (), "a test")


def target(name: str, *needs: str, test: bool = False) -> Target:
    return Target(name, "python_test" if test else "python_source", (f"{name}.py",), needs, "", is_test=test)


def by_name(measures: Sequence[Measure]) -> dict[str, Measure]:
    return {measure.name: measure for measure in measures}


def commit(day: float, *paths: str, author: str = "a", fix: bool = False, name: str = "") -> Commit:
    edits = tuple(Edit(path, 1, 0) for path in paths)
    return Commit(name or f"{day}{author}{paths}", int(day * DAY_S), author, fix, edits)


# --- scales


def test_half_is_reached_at_the_half_and_three_quarters_at_twice_that() -> None:
    assert [half_at(value, 8).scaled for value in (0, 8, 16, -3)] == [0.0, 0.5, 0.75, 0.0]


def test_a_percentile_counts_ties_half_and_few_commits_fall_back() -> None:
    past = tuple(sorted([1.0] * 10 + [5.0] * 10))
    assert percentile(1, past, 3, "commits").scaled == pytest.approx(0.25)
    assert percentile(3, past, 3, "commits").scaled == pytest.approx(0.5)
    assert percentile(5, past, 3, "commits").scaled == pytest.approx(0.75)
    few = percentile(3, past[:19], 3, "commits")
    assert few.scaled == pytest.approx(0.5)
    assert "fewer than 20" in few.scale


@settings(deadline=None)
@given(st.lists(st.integers(0, 50), max_size=60), st.integers(0, 60), st.integers(0, 60))
def test_a_larger_value_never_scales_lower(past: list[int], one: int, other: int) -> None:
    ordered = tuple(map(float, sorted(past)))
    low, high = sorted((one, other))
    assert percentile(low, ordered, 5, "").scaled <= percentile(high, ordered, 5, "").scaled


# --- size


def test_size_counts_lines_files_and_languages() -> None:
    found = by_name(size_measures([Edit("a.py", 3, 4), Edit("b.cl", 0, 1), Edit("c.bin", 0, 0)], Past()))
    assert (found["lines"].value, found["files"].value, found["languages"].value) == (8, 3, 2)
    assert found["lines"].scaled == pytest.approx(1 - 0.5 ** (8 / 200))
    assert found["languages"].scaled == pytest.approx(1 - 0.5 ** (1 / 2))
    assert "OpenCL C, Python" in found["languages"].sentence


def test_the_log_of_git_is_read_with_renames_binaries_and_odd_names() -> None:
    one, two = "a" * 40, "b" * 40
    raw = (
        f"\x01{two}\x02200\x02x@y\x02Fix it\0\n1\t2\tsub/a.py\0-\t-\tsub/b.bin\0"
        f"3\t0\t\0sub/old name.py\0sub/new\tname.py\0\0\x01{one}\x02100\x02z@y\x02Prefix the names\0"
    )
    past = parse_past(raw.encode(), "sub")
    assert [(each.name, each.time_s, each.author, each.is_fix) for each in past.commits] == [
        (one, 100, "z@y", False),
        (two, 200, "x@y", True),
    ]
    assert past.commits[1].edits == (Edit("a.py", 1, 2), Edit("b.bin", 0, 0), Edit("new\tname.py", 3, 0))


# --- spread


@st.composite
def graphs(draw: st.DrawFn) -> list[Target]:
    count = draw(st.integers(1, 9))
    found = []
    for number in range(count):
        needs = draw(st.sets(st.integers(0, count - 1), max_size=3)) - {number}
        found.append(target(f"t{number}", *(f"t{need}" for need in sorted(needs)), test=draw(st.booleans())))
    return found


def plain(targets: Sequence[Target]) -> "nx.DiGraph[str]":
    """Return the targets alone, edges from cause to dependent, made without the code that is judged."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(each.address for each in targets)
    graph.add_edges_from((need, each.address) for each in targets for need in each.dependencies)
    return graph


@settings(deadline=None)
@given(graphs())
def test_closeness_is_that_of_networkx_over_the_reversed_targets(targets: list[Target]) -> None:
    expected = nx.closeness_centrality(plain(targets).reverse())
    graph = build_graph(targets)
    assert {each.address: closeness(graph, each.address) for each in targets} == pytest.approx(expected)


@settings(deadline=None)
@given(graphs(), st.data())
def test_what_an_edit_affects_is_what_networkx_reaches(targets: list[Target], data: st.DataObject) -> None:
    edited = data.draw(st.sets(st.sampled_from([each.address for each in targets])))
    graph = plain(targets)
    expected = set(edited).union(*(nx.descendants(graph, name) for name in edited))
    changed, affected = affected_by(build_graph(targets), [f"{name}.py" for name in edited])
    assert (set(changed), set(affected)) == (edited, expected)
    share = by_name(Spread(build_graph(targets)).measures(changed, affected))["affected_share"]
    assert share.value == pytest.approx(len(expected) / len(targets))


def test_the_most_central_of_the_changed_targets_is_held_beside_the_others() -> None:
    graph = build_graph([target("base"), target("mid", "base"), target("top", "mid"), target("alone")])
    found = by_name(Spread(graph).measures(["top", "base"], ()))["centrality"]
    # base reaches two of three others, one at 1 and one at 2 edges: 2/3 of 2/3 (Wasserman and Faust).
    assert found.value == pytest.approx(2 / 3 * 2 / 3)
    assert found.scaled == pytest.approx(3 / 4)
    assert found.sentence.startswith("base ")


def test_a_target_that_left_the_graph_is_not_central() -> None:
    graph = build_graph([target("a")])
    assert by_name(Spread(graph).measures(["gone"], ()))["centrality"].scaled == 0.0


# --- history


def test_the_past_of_the_files_worked_by_hand() -> None:
    past = Past(
        (
            commit(0, "a.py", "b.py"),
            commit(10, "a.py", author="b", fix=True),
            commit(20, "b.py", author="c"),
            commit(99, "a.py", author="late", fix=True),
            commit(25, "other.py", author="d"),
        )
    )
    runs = [
        PastRun(5 * DAY_S, frozenset({"a.py"}), failed=True),
        PastRun(6 * DAY_S, frozenset({"a.py", "z.py"}), failed=False),
        PastRun(7 * DAY_S, frozenset({"z.py"}), failed=True),
        PastRun(80 * DAY_S, frozenset({"a.py"}), failed=True),
    ]
    found = by_name(record_measures(["a.py", "b.py", "new.py"], past, runs, 40 * DAY_S))
    assert found["past_changes"].value == 3
    assert found["past_changes"].scaled == pytest.approx(1 - 0.5 ** (3 / 20))
    assert found["authors"].value == 3
    assert found["authors"].scaled == pytest.approx(1 - 0.5 ** (2 / 3))
    assert found["past_fixes"].value == 1
    assert found["past_failures"].value == pytest.approx(1 / 2)
    assert found["past_failures"].scaled == pytest.approx(1 / (2 + 2))
    # 30 days since a.py, 20 since b.py, and new.py is new.
    assert found["age"].value == pytest.approx((30 + 20 + 0) / 3)
    assert found["age"].scaled == pytest.approx((0.5 + 0.5 ** (20 / 30) + 1) / 3)


def test_a_mass_edit_says_nothing_of_a_single_file() -> None:
    past = Past((commit(0, *(f"f{number}.py" for number in range(201))),))
    assert by_name(record_measures(["f1.py"], past, (), DAY_S))["past_changes"].value == 0


# --- ownership


def owners(text: str, **members: str) -> Owners:
    teams = {f"@org/{team}": frozenset(names.split()) for team, names in members.items()}
    return Owners(parse_codeowners("CODEOWNERS", text), teams)


def test_owner_groups_and_foreign_files_by_hand() -> None:
    known = owners("* @org/all\n/q/ @org/quants\n/mine/ @Ana\n/free/\n", all="bo", quants="ana dara")
    found = by_name(ownership_measures(known, ["a", "q/b", "q/c", "mine/d", "free/e"], "@ANA"))
    assert found["owner_groups"].value == 4
    assert found["owner_groups"].scaled == pytest.approx(1 - 0.5 ** (3 / 2))
    assert found["foreign_files"].value == pytest.approx(2 / 5)


def test_without_an_author_or_codeowners_the_fact_cannot_be_told() -> None:
    assert by_name(ownership_measures(owners("* @a\n"), ["x"], ""))["foreign_files"].value is None
    none = ownership_measures(Owners(None, {}, "no file"), ["x"], "ana")
    assert [(measure.value, measure.scaled) for measure in none] == [(None, 0.0), (None, 0.0)]


# --- test gap


@settings(deadline=None)
@given(graphs())
def test_an_untested_file_is_one_from_which_networkx_finds_no_test(targets: list[Target]) -> None:
    graph, tests = plain(targets), {each.address for each in targets if each.is_test}
    code = [f"{each.address}.py" for each in targets if not each.is_test]
    bare = [path for path in code if not nx.descendants(graph, path.removesuffix(".py")) & tests]
    made = build_graph(targets)
    assert list(code_files(made, [f"{each.address}.py" for each in targets])) == code
    expected = len(bare) / len(code) if code else 0.0
    assert untested_measure(made, code).value == pytest.approx(expected)


def test_prose_and_files_without_a_target_are_no_code() -> None:
    graph = build_graph([Target("docs", "files", ("a.md", "b.toml"), (), "", is_test=False)])
    assert code_files(graph, ["a.md", "b.toml", "free.py"]) == ()


_SOURCE = b"""\
X = 1


def ran():
    a = 1
    # a comment
    return a


def never():
    return 2
"""


def unexecuted(lines: Sequence[int], *recordings: Recording) -> Measure:
    return unexecuted_measure(["m.py"], lambda _: lines, lambda _: _SOURCE, recordings)


def recording(*blocks: str, whole: str = "") -> Recording:
    return Recording("t", "", "", "", passed=True, files={"m.py": Ran("", frozenset(blocks), whole)})


def test_written_lines_count_by_the_function_that_they_stand_in() -> None:
    found = unexecuted([1, 5, 6, 7, 8, 11], recording("<module>", "ran"))
    assert found.value == pytest.approx(1 / 4)  # of 1, 5, 7 and 11; a comment and a blank are no lines
    assert unexecuted([5, 11], recording("<module>", whole="it reads itself")).value == 0.0
    assert unexecuted([5, 11]).value is None


def test_the_lines_of_a_patch_are_those_that_it_writes() -> None:
    patch = b"@@ -1 +1 @@\n-a\n+b\n@@ -5,2 +5,0 @@\n-x\n-y\n@@ -9,0 +8,3 @@ def f():\n+1\n+2\n+3\n"
    assert written_lines(patch) == (1, 8, 9, 10)


# --- findings


def test_new_findings_weigh_as_chances_that_are_independent() -> None:
    found = findings_measure(Found((Severity.HIGH, Severity.HIGH, Severity.LOW)))
    assert found.scaled == pytest.approx(1 - 0.5 * 0.5 * 0.95)
    assert found.value == 3
    assert findings_measure(Found(())).value == 0


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"gates": [{"name": "bandit", "outcome": "undecided"}]}, "bandit could not decide"),
        ({"gates": [{"name": "ruff", "outcome": "passed"}], "only": ["ruff"]}, "only ruff was asked"),
    ],
)
def test_that_nothing_was_found_is_not_known_where_a_gate_did_not_answer(
    tmp_path: Path, document: dict[str, object], said: str
) -> None:
    path = tmp_path / "report.json"
    path.write_text(json.dumps({"findings": [], **document}))
    none = findings_measure(read_findings(path))
    assert (none.value, none.scaled) == (None, 0.0)
    assert said in none.sentence
    path.write_text(json.dumps({"findings": [{"severity": "high"}], **document}))
    one = findings_measure(read_findings(path))
    assert (one.value, one.scaled) == (1.0, 0.5)
    assert said in one.sentence


@pytest.mark.parametrize(
    ("told", "taken"),
    [
        ({"against": "b"}, True),
        ({"against": "c"}, False),
        ({"against": ""}, False),
        ({"against": "c", "everything": True}, True),
        ({}, True),
    ],
)
def test_findings_of_another_change_are_refused(tmp_path: Path, told: dict[str, object], taken: bool) -> None:
    path = tmp_path / "report.json"
    path.write_text(json.dumps({"findings": [], "change": told}))
    found = read_findings(path)
    if taken:
        assert found.of(_CHANGE) == found
        return
    with pytest.raises(FindingsError, match="another change"):
        found.of(_CHANGE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"findings": 3}',
        '{"findings": [{"severity": "dire"}]}',
        '{"findings": [7]}',
        "\xff",
        "[" * 9999,
    ],
    ids=lambda text: text[:20],
)
def test_a_report_that_is_none_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(FindingsError, match="gate run --json"):
        read_findings(path)


def test_known_and_waived_findings_do_not_count(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(
        '{"findings": [{"severity": "high", "new": true, "waiver": null},'
        ' {"severity": "low"}, {"severity": "high", "new": false},'
        ' {"severity": "high", "new": true, "waiver": {"reason": "x"}}]}'
    )
    assert read_findings(path) == Found((Severity.HIGH, Severity.LOW))


# --- the score


def test_the_weights_add_up_to_one_and_each_fact_has_one_row() -> None:
    assert math.fsum(row.weight for row in FACTS) == pytest.approx(1.0)
    assert len({row.name for row in FACTS}) == len(FACTS)


def measures(scaled: float, unknown: Sequence[str] = ()) -> list[Measure]:
    return [
        Measure(row.name, None if row.name in unknown else 1.0, 0.0 if row.name in unknown else scaled, "", "")
        for row in FACTS
    ]


def by_hand() -> Weights:
    return weights_from(np.empty((0, len(REPLAYED))), np.empty(0, np.bool_))


@pytest.mark.parametrize(("scaled", "score"), [(0.0, 0.0), (0.25, 25.0), (1.0, 100.0)])
def test_the_score_is_a_hundred_times_the_weighted_sum(scaled: float, score: float) -> None:
    card = scorecard(measures(scaled), by_hand(), _CHANGE, {})
    assert card.score == pytest.approx(score)
    assert card.most == pytest.approx(score)


def test_what_cannot_be_told_adds_nothing_and_widens_the_range() -> None:
    card = scorecard(measures(0.5, ["new_findings"]), by_hand(), _CHANGE, {})
    weight = BY_HAND["new_findings"]
    assert card.score == pytest.approx(50 * (1 - weight))
    assert card.most == pytest.approx(50 * (1 - weight) + 100 * weight)


@settings(deadline=None)
@given(st.lists(st.sampled_from(Severity)), st.sampled_from(Severity))
def test_a_further_finding_never_lowers_the_score(found: list[Severity], more: Severity) -> None:
    def score(severities: Sequence[Severity]) -> float:
        rest = [measure for measure in measures(0.3) if measure.name != "new_findings"]
        return scorecard([*rest, findings_measure(Found(tuple(severities)))], by_hand(), _CHANGE, {}).score

    assert score(found) <= score([*found, more])


def test_the_policys_input_holds_the_score_the_facts_and_whether_it_is_calibrated() -> None:
    document = scorecard(measures(0.5), by_hand(), _CHANGE, {}).policy_input()
    assert sorted(document) == ["calibrated", "facts", "score"]
    assert document["calibrated"] is False
    assert isinstance(document["facts"], list)
    assert [fact["name"] for fact in document["facts"]] == [row.name for row in FACTS]


def test_a_graph_without_targets_has_no_spread() -> None:
    empty: Graph = build_graph([])
    assert by_name(Spread(empty).measures((), ()))["affected_share"].value == 0.0
