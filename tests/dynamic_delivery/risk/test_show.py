"""``risk show`` over real repositories: what it says, what it is sure of, and bad input."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from dynamic_base import DynamicError, ExitCode
from dynamic_cli.main import main
from dynamic_delivery.gates.model import Scope
from dynamic_delivery.gates.risk_score import read_risk
from dynamic_delivery.gates.scope import Scoped
from dynamic_delivery.risk.cli import risk_group
from dynamic_delivery.risk.edits import Edit, edits_between, read_past
from dynamic_delivery.risk.gap import unexecuted_measure, written_lines
from dynamic_delivery.risk.model import Fact, Scorecard
from dynamic_delivery.risk.ownership import read_owners
from dynamic_delivery.risk.replay import measured, past_changes, read_runs
from dynamic_delivery.risk.spread import Spread
from dynamic_delivery.risk.table import REPLAYED
from dynamic_events import EventLog
from dynamic_impact import foretold
from dynamic_impact.changes import Question
from dynamic_impact.errors import UnknownRevisionError
from dynamic_impact.git import Git
from dynamic_impact.order import in_order
from dynamic_impact.recordings.model import Ran, Recording
from dynamic_impact.recordings.narrow import store_of
from tests.dynamic_delivery.risk.worlds import World
from tests.dynamic_impact.repositories import Repository, new_repository


def facts(card: Scorecard) -> dict[str, Fact]:
    return {fact.name: fact for fact in card.facts}


def shown(world: World, folder: Path, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    arguments = ["show", "--repo", str(world.root), "--graph", str(world.peek(folder)), "--json", *words]
    assert risk_group.main(arguments, standalone_mode=False) == ExitCode.YES
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def test_an_edit_of_the_working_tree_is_measured_fact_by_fact(world: World) -> None:
    world.commit({"lib.t": "\n"}, "Fix lib", day=5, author="b")
    world.repository.write_all({"lib.t": "\n\n\n", "risky/r.t": "mid.t\n", "notes.md": "free\n"})
    found = facts(world.card(author="ana"))
    assert found["lines"].value == 2 + 1 + 1  # untracked files are new files
    assert found["files"].value == 3
    assert found["affected_share"].value == pytest.approx(5 / 6)  # all but own/o.t
    assert found["past_changes"].value == 2
    assert found["authors"].value == 2
    assert found["past_fixes"].value == 1
    assert found["owner_groups"].value == 2
    assert found["foreign_files"].value == 1.0
    assert found["past_failures"].value is None
    assert found["unexecuted_lines"].value is None
    assert found["new_findings"].value is None


def test_the_score_is_the_sum_of_what_the_facts_add(world: World) -> None:
    world.repository.write_all({"lib.t": "\n"})
    card = world.card()
    assert card.score == pytest.approx(sum(fact.contribution for fact in card.facts), abs=0.01)
    for fact in card.facts:
        assert fact.contribution == pytest.approx(100 * fact.weight * fact.scaled, abs=1e-3)
        assert 0.0 <= fact.scaled <= 1.0
        assert fact.sentence


def test_the_same_tree_is_scored_the_same_to_the_last_digit(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world.repository.write_all({"lib.t": "\n", "mid.t": "lib.t\n\n"})
    assert shown(world, tmp_path, capsys) == shown(world, tmp_path, capsys)


def test_a_range_of_commits_is_scored_from_its_base(world: World) -> None:
    base = world.repository.git("rev-parse", "HEAD")
    world.commit({"lib.t": "\n" * 4}, day=3)
    world.commit({"own/o.t": "lib.t\n"}, day=4)
    card = world.card(since=base)
    assert (card.base, facts(card)["lines"].value, facts(card)["files"].value) == (base, 5, 2)
    assert facts(card)["age"].value == 0.0  # both were made on the base's own day


def test_gates_findings_raise_the_score_by_their_weight(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world.repository.write_all({"lib.t": "\n"})
    report = tmp_path / "gates.json"
    scores = []
    for severities in ([], ["high"], ["high", "critical"]):
        report.write_text(json.dumps({"findings": [{"severity": each} for each in severities]}), encoding="utf-8")
        scores.append(shown(world, tmp_path, capsys, "--findings", str(report))["score"])
    assert scores[1] - scores[0] == pytest.approx(12 * 0.5, abs=0.02)
    assert scores[2] - scores[0] == pytest.approx(12 * 0.95, abs=0.02)


def test_the_gates_take_the_document_as_it_was_printed(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world.repository.write_all({"lib.t": "\n"})
    document = shown(world, tmp_path, capsys)
    path = tmp_path / "risk.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    scope = Scope(world.root, ("lib.t",), document["base"])
    taken = read_risk(path, Scoped(scope, document["base"], "", head=document["head"]))
    assert taken == {key: document[key] for key in ("score", "facts", "calibrated")}


def test_the_order_of_tests_takes_the_document_as_it_was_printed(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tests = {"test_a.t": "own/o.t\n", "test_b.t": "risky/r.t\n"}
    world.commit({**tests, "own/o.t": "\n", "risky/r.t": "\n"}, day=1)
    for day in range(2, 9):
        world.commit({"risky/r.t": "\n" * day}, "Fix it again", day=day, author=f"a{day % 4}")
    world.repository.write_all({"own/o.t": "\n\n\n", "risky/r.t": "\n\n"})
    path = tmp_path / "risk.json"
    path.write_text(json.dumps(shown(world, tmp_path, capsys)), encoding="utf-8")
    engine = world.engine()
    selection, graph = engine.select(Question())

    def order(risk: Mapping[str, float]) -> list[str]:
        return [test.address for test in in_order(selection, graph, engine, risk=risk).tests]

    assert order({}) == ["test_a.t", "test_b.t"]
    assert order(foretold.read_risk(path)) == ["test_b.t", "test_a.t"]


def test_recordings_say_which_written_lines_no_test_executes(world: World) -> None:
    world.commit({"lib.py": "def a():\n    return 1\n\n\ndef b():\n    return 2\n"}, day=1)
    store = store_of(world.root)
    ran = {"lib.py": Ran("0" * 40, frozenset({"<module>", "a"}))}
    store.save(Recording("test_lib.t", "", "", "", passed=True, files=ran))
    world.repository.write_all({"lib.py": "def a():\n    return 3\n\n\ndef b():\n    return 4\n"})
    engine = world.engine()
    # A .py file is a target's source here only by hand: the fact takes the files that it is given.
    base, head = engine.git.tree("HEAD"), engine.git.compare(engine.git.tree("HEAD")).head_tree
    patch = engine.git.differ(base, head, "-p", "-U0", path="lib.py")
    found = unexecuted_measure(["lib.py"], lambda _: written_lines(patch), engine.new, store.load("test_lib.t"))
    assert found.value == pytest.approx(1 / 2)


# --- history with outcomes


def replayed(world: World) -> dict[str, Any]:
    git = Git(world.root)
    runs = read_runs(world.root, world.engine().clock)
    changes = past_changes(git, ".", runs)
    past = read_past(git, ".", git.head())
    graph = world.engine().select(Question(everything=True))[1]
    values, failed = measured(changes, past, [run.past for run in runs], read_owners(world.root), Spread(graph))
    return {"changes": changes, "values": values, "failed": failed}


def test_past_changes_are_measured_as_they_stood(world: World) -> None:
    first = world.repository.git("rev-parse", "HEAD")
    second = world.commit({"lib.t": "\n" * 3}, "Fix it", day=10)
    third = world.commit({"mid.t": "lib.t\n\n", "risky/r.t": "lib.t\n"}, day=20)
    world.ran(first, second, ["lib.t"], 11, failed=True)
    world.ran(first, second, ["lib.t"], 12, failed=False)  # tried again: the change failed all the same
    world.ran(second, third, ["mid.t", "risky/r.t"], 21, failed=False)
    found = replayed(world)
    assert [(each.base, each.head, each.failed) for each in found["changes"]] == [
        (first, second, True),
        (second, third, False),
    ]
    assert found["changes"][0].edits == (Edit("lib.t", 3, 0),)
    row = dict(zip(REPLAYED, found["values"][0].tolist(), strict=True))
    assert row["lines"] == pytest.approx(1 - 0.5 ** (3 / 200))
    assert row["past_fixes"] == 0.0  # the fix is the change itself, and was not yet made
    assert row["age"] == pytest.approx(1.0)
    assert row["past_failures"] == 0.0  # neither was its run


def test_a_run_on_uncommitted_files_or_of_a_lost_commit_is_no_past_change(world: World) -> None:
    first = world.repository.git("rev-parse", "HEAD")
    second = world.commit({"lib.t": "\n"}, day=1)
    world.ran(first, second, ["lib.t"], 2, failed=True)
    log = EventLog(world.root, world.engine().clock)
    for name, changed in {
        "dirty": {"vcs.ref.head.tree": "0" * 40},
        "lost": {"vcs.ref.head.revision": "1" * 40},
        "baseless": {"vcs.ref.base.revision": ""},
        "foreign": {"changed.files": "lib.t"},
        "treeless": {"vcs.ref.head.tree": "", "vcs.ref.head.revision": "2" * 40},
        "odd": {"vcs.ref.base.revision": "a\nb"},
    }.items():
        told: dict[str, Any] = {
            "vcs.ref.base.revision": second,
            "vcs.ref.head.revision": first,
            "vcs.ref.head.tree": world.repository.git("rev-parse", f"{first}^{{tree}}"),
            "changed.files": ("lib.t",),
            "failed": 1,
            **changed,
        }
        log.append(name, [log.event("run.finished", name, "x", told)])
    assert [(each.base, each.head) for each in replayed(world)["changes"]] == [(first, second)]


def test_enough_history_is_replayed_and_named_in_the_scorecard(world: World) -> None:
    base = world.repository.git("rev-parse", "HEAD")
    for number in range(60):
        risky = number % 3 == 0
        path = "risky/r.t" if risky else "own/o.t"
        head = world.commit({path: "\n" * (number + 1)}, day=number + 1)
        world.ran(base, head, [path], number + 1.5, failed=risky)
        base = head
    world.repository.write_all({"risky/r.t": "\n"})
    card = world.card()
    assert (card.calibration.changes, card.calibration.failures) == (60, 20)
    assert card.calibration.fitted is not None
    # What failed before fails again here, and nothing else tells the two kinds of change apart.
    assert card.calibration.used
    assert card.calibration.fitted.auc > 0.9
    assert card.probability is not None
    world.repository.write_all({"risky/r.t": "\n" * 58})
    world.repository.git("checkout", "--", "risky/r.t")
    world.repository.write_all({"own/o.t": "\n"})
    safe = world.card()
    assert safe.probability is not None
    assert safe.probability < card.probability


# --- git's words


def test_names_with_spaces_quotes_and_tabs_survive(world: World) -> None:
    odd = 'a "b"\tc é.t'
    before = world.repository.git("rev-parse", "HEAD^{tree}")
    world.commit({odd: "1\n2\n"}, day=2)
    git = Git(world.root)
    assert edits_between(git, before, git.tree("HEAD"), ".") == (Edit(odd, 2, 0),)
    assert read_past(git, ".", git.head()).of_file[odd][0].edits == (Edit(odd, 2, 0),)


def test_a_rename_counts_the_lines_that_differ_and_stands_under_its_new_name(world: World) -> None:
    text = "".join(f"{number}\n" for number in range(40))
    world.commit({"old.t": text}, day=1)
    before = world.repository.git("rev-parse", "HEAD^{tree}")
    world.repository.git("mv", "old.t", "new.t")
    world.commit({"new.t": f"{text}more\n"}, day=2)
    git = Git(world.root)
    assert edits_between(git, before, git.tree("HEAD"), ".") == (Edit("new.t", 1, 0),)


def test_a_name_that_is_no_utf8_is_spelled_out(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (world.root / os.fsdecode(b"odd\xff.md")).write_text("x\n")
    assert list(shown(world, tmp_path, capsys)["files"]) == ["odd\\xff.md"]


def test_files_that_a_person_names_are_scored_by_their_past(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world.commit({"lib.t": "\n"}, "fixed", day=3)
    found = {fact["name"]: fact["value"] for fact in shown(world, tmp_path, capsys, "--files", "lib.t")["facts"]}
    assert (found["lines"], found["files"], found["past_changes"], found["past_fixes"]) == (0, 1, 2, 1)


# --- bad input


def test_an_unknown_revision_is_named(world: World) -> None:
    with pytest.raises(UnknownRevisionError, match="no-such"):
        world.card(since="no-such")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--since", "no-such"], ExitCode.USAGE, "no revision 'no-such'"),
        (["--findings", "nowhere.json"], ExitCode.USAGE, "cannot read nowhere.json"),
        (["--since", "HEAD", "--all"], ExitCode.USAGE, "exclude each other"),
    ],
)
def test_wrong_words_are_usage(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: ExitCode, said: str
) -> None:
    graph = str(world.peek(tmp_path))
    assert main(["risk", "show", "--repo", str(world.root), "--graph", graph, *words]) == code
    told = capsys.readouterr()
    assert said in told.err
    assert told.out == ""


def test_no_repository_is_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["risk", "show", "--repo", str(tmp_path)]) == ExitCode.USAGE
    assert "pants.toml" in capsys.readouterr().err


def test_an_unborn_branch_is_all_new_and_has_no_past(tmp_path: Path) -> None:
    world = World(new_repository(tmp_path / "unborn"))
    world.repository.write_all({"a.t": "1\n", "test_a.t": "a.t\n"})
    card = world.card()
    found = facts(card)
    assert found["past_changes"].value == 0
    assert found["owner_groups"].value is None  # no CODEOWNERS
    assert found["files"].value == 3


def test_a_shallow_clone_is_scored_by_what_it_holds_and_refuses_what_it_does_not(world: World, tmp_path: Path) -> None:
    for day in range(1, 4):
        world.commit({"lib.t": "\n" * day}, day=day)
    world.repository.git("clone", "--quiet", "--depth", "1", f"file://{world.root}", str(tmp_path / "shallow"))
    shallow = World(Repository(tmp_path / "shallow"))
    shallow.repository.write_all({"lib.t": ""})
    assert facts(shallow.card())["past_changes"].value == 1
    shallow.repository.git("checkout", "--", "lib.t")
    with pytest.raises(DynamicError, match="unshallow"):
        shallow.card()


def test_an_empty_change_is_no_risk_but_what_cannot_be_told(world: World) -> None:
    card = world.card(since="HEAD")
    assert card.score == 0.0
    assert card.most > 0.0
