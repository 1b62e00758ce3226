"""Recording and the mode ``precise`` over a repository, from end to end but for Pants itself."""

import dataclasses
import json
import shutil
from pathlib import Path

import pytest

from dynamic_base import TickingClock
from dynamic_impact import asking
from dynamic_impact.changes import Question
from dynamic_impact.cli import impact_group
from dynamic_impact.engine import Engine
from dynamic_impact.model import Limits, Mode, Selection
from dynamic_impact.modes import MODES
from dynamic_impact.order import in_order
from dynamic_impact.recordings import narrow
from tests.dynamic_impact.recordings.pytest_pants import PytestPants
from tests.dynamic_impact.repositories import IDENTITY, Repository, new_repository

FILES = {
    ".gitignore": "/dist/\n",
    "lib.py": "# needs: data.txt\ndef used():\n    return open('data.txt').read()\n\ndef unused():\n    return 2\n",
    "data.txt": "one\n",
    "test_lib.py": "# needs: lib.py\nimport lib\n\ndef test_used():\n    assert lib.used().startswith('o')\n",
    "test_all.py": "# needs: lib.py\nimport lib\n\ndef test_unused():\n    assert lib.unused()\n",
    "test_alone.py": "def test_alone():\n    pass\n",
}


def stand_in(patch: pytest.MonkeyPatch) -> PytestPants:
    made = PytestPants()
    patch.setattr(asking, "PantsProcess", lambda _: made)
    patch.setattr(asking, "find_command", lambda *_: "pants")
    return made


@pytest.fixture
def pants(monkeypatch: pytest.MonkeyPatch) -> PytestPants:
    return stand_in(monkeypatch)


def narrowed(repository: Repository, pants: PytestPants, since: str = "HEAD") -> Selection:
    engine = Engine(repository.root, pants, TickingClock(), "test")
    return MODES[Mode.PRECISE](*engine.select(Question(since)), engine)


def record(
    repository: Repository, capsys: pytest.CaptureFixture[str], *words: str
) -> tuple[int, dict[str, dict[str, object]]]:
    capsys.readouterr()
    code = impact_group.main(["record", *words, "--json", "--repo", str(repository.root)], standalone_mode=False)
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "dynamic.record/1"
    return int(code), {item["test"]: item for item in document["tests"]}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A recorded repository, made once and copied for each test."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in IDENTITY.items():
            patch.setenv(name, value)
        pants = stand_in(patch)
        repository = new_repository(tmp_path_factory.mktemp("template") / "my répo")
        repository.commit(FILES)
        assert impact_group.main(["record", "--repo", str(repository.root)], standalone_mode=False) == 0
    assert sorted(pants.ran) == ["test_all.py", "test_alone.py", "test_lib.py"]
    return repository


@pytest.fixture
def recorded(template: Repository, tmp_path: Path) -> Repository:
    shutil.copytree(template.root, tmp_path / "a copy", symlinks=True)
    return Repository(tmp_path / "a copy")


def chosen(selection: Selection) -> list[str]:
    return sorted(test.address for test in selection.tests)


def edit(repository: Repository, file: str, old: str, new: str) -> None:
    text = (repository.root / file).read_text(encoding="utf-8")
    assert old in text
    repository.write_all({file: text.replace(old, new)})


def test_a_test_is_spared_where_only_blocks_changed_that_it_does_not_execute(
    recorded: Repository, pants: PytestPants
) -> None:
    edit(recorded, "lib.py", "return 2", "return 3")
    selection = narrowed(recorded, pants)
    assert chosen(selection) == ["test_all.py"]
    assert [item.address for item in selection.spared] == ["test_lib.py"]
    assert selection.tests[0].kept == "executes unused in lib.py, which changed"
    assert [item.address for item in selection.affected if not item.is_test] == ["lib.py"]


def test_a_comment_spares_all(recorded: Repository, pants: PytestPants) -> None:
    edit(recorded, "lib.py", "    return 2", "    # two\n    return 2")
    assert chosen(narrowed(recorded, pants)) == []


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("lib.py", "# needs: data.txt\n", "# needs: data.txt more.py\n"),
        ("lib.py", "def unused", "LIMIT = 1\n\ndef unused"),
    ],
    ids=["a dependency", "a constant"],
)
def test_what_is_not_recorded_call_by_call_selects_every_user(
    recorded: Repository, pants: PytestPants, file: str, old: str, new: str
) -> None:
    recorded.commit({"more.py": ""})
    edit(recorded, file, old, new)
    assert chosen(narrowed(recorded, pants)) == ["test_all.py", "test_lib.py"]


def test_an_edit_of_a_data_file_selects_who_reads_it(recorded: Repository, pants: PytestPants) -> None:
    edit(recorded, "data.txt", "one", "only")
    selection = narrowed(recorded, pants)
    assert [(test.address, test.kept) for test in selection.tests] == [
        ("test_lib.py", "data.txt changed, and counts whole: it is read")
    ]
    (recorded.root / "data.txt").unlink()
    edit(recorded, "lib.py", "# needs: data.txt\n", "# needs:\n")
    assert chosen(narrowed(recorded, pants)) == ["test_all.py", "test_lib.py"], "who does not read it sees that it went"


def test_a_test_whose_reading_was_not_seen_is_kept_for_any_data(
    recorded: Repository, pants: PytestPants, capsys: pytest.CaptureFixture[str]
) -> None:
    text = FILES["test_all.py"] + "    import pathlib\n    assert pathlib.Path('data.txt').stat().st_size\n"
    recorded.commit({"test_all.py": text})
    record(recorded, capsys, "--files", "test_all.py")
    assert chosen(narrowed(recorded, pants)) == []
    edit(recorded, "lib.py", "    return open", "    # a comment\n    return open")
    assert chosen(narrowed(recorded, pants)) == [], "code is still compared block by block"
    edit(recorded, "data.txt", "one", "only")
    assert chosen(narrowed(recorded, pants)) == ["test_all.py", "test_lib.py"]


def test_a_recording_serves_over_commits_and_any_base(recorded: Repository, pants: PytestPants) -> None:
    edit(recorded, "lib.py", "return 2", "return 3")
    recorded.commit({})
    edit(recorded, "lib.py", "# needs: data.txt\n", "# needs: data.txt\n# a comment\n")
    assert chosen(narrowed(recorded, pants)) == ["test_all.py"], "its recording is of before the last commit"


def test_what_steers_every_result_is_among_the_inputs_though_the_base_has_it(
    recorded: Repository, pants: PytestPants
) -> None:
    recorded.commit({"pytest.ini": "[pytest]\n"})
    edit(recorded, "lib.py", "return 2", "return 3")
    assert chosen(narrowed(recorded, pants)) == ["test_all.py", "test_lib.py"]


def test_nothing_is_spared_where_everything_counts_as_changed(recorded: Repository, pants: PytestPants) -> None:
    engine = Engine(recorded.root, pants, TickingClock(), "test")
    everything = MODES[Mode.PRECISE](*engine.select(Question(everything=True)), engine)
    assert (len(everything.tests), everything.spared) == (3, ())
    recorded.write_all({"pants.toml": "[GLOBAL]\nunknown_to_us = 1\n"})
    assert len(narrowed(recorded, pants).tests) == 3


def test_a_new_test_and_an_unrecorded_one_are_kept(recorded: Repository, pants: PytestPants) -> None:
    recorded.write_all({"test_new.py": FILES["test_lib.py"]})
    selection = narrowed(recorded, pants)
    assert [(test.address, test.kept) for test in selection.tests] == [("test_new.py", "it has no recording")]


def test_a_variable_of_pants_that_can_change_results_is_among_the_inputs(
    recorded: Repository, pants: PytestPants, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(recorded, "lib.py", "return 2", "return 3")
    monkeypatch.setenv("PANTS_REMOTE_CACHE_READ", "true")
    assert chosen(narrowed(recorded, pants)) == ["test_all.py"]
    monkeypatch.setenv("PANTS_PYTEST_ARGS", "-k x")
    assert chosen(narrowed(recorded, pants)) == ["test_all.py", "test_lib.py"]


def test_what_another_recorder_saw_spares_nothing(
    recorded: Repository, pants: PytestPants, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(recorded, "lib.py", "return 2", "return 3")
    monkeypatch.setattr(narrow, "recorder_source", lambda: b"another")
    assert chosen(narrowed(recorded, pants)) == ["test_all.py", "test_lib.py"]


def test_torn_recordings_only_cost_their_tests(recorded: Repository, pants: PytestPants) -> None:
    edit(recorded, "lib.py", "return 2", "return 3")
    for path in Path(recorded.root).glob(".dynamic/impact/recordings/tests/*/*/*.json"):
        path.write_bytes(path.read_bytes()[:-1])
    said: list[str] = []
    engine = Engine(recorded.root, pants, TickingClock(), "test", said.append)
    assert chosen(MODES[Mode.PRECISE](*engine.select(Question("HEAD")), engine)) == ["test_all.py", "test_lib.py"]
    assert any("torn" in line for line in said)


def test_a_failing_test_is_recorded_as_failing_and_is_a_no(
    repository: Repository, pants: PytestPants, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.commit({"test_a.py": "def test_a():\n    assert False\n", "test_b.py": "def test_b(): pass\n"})
    code, tests = record(repository, capsys)
    assert code == 1
    assert {name: item["passed"] for name, item in tests.items()} == {"test_a.py": False, "test_b.py": True}


def test_the_members_of_a_batch_share_what_was_executed(
    repository: Repository, pants: PytestPants, capsys: pytest.CaptureFixture[str]
) -> None:
    pants.batch = True
    repository.commit(FILES)
    _, tests = record(repository, capsys)
    assert len({item["blocks"] for item in tests.values()}) == 1
    edit(repository, "lib.py", "return 2", "return 3")
    assert chosen(narrowed(repository, pants)) == ["test_all.py", "test_lib.py"]


def test_only_what_was_asked_for_is_recorded(
    recorded: Repository, pants: PytestPants, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(recorded, "lib.py", "return 2", "return 3")
    code, tests = record(recorded, capsys, "--since", "HEAD", "--mode", "precise")
    assert (code, list(tests), pants.ran) == (0, ["test_all.py"], ["test_all.py"])
    assert chosen(narrowed(recorded, pants)) == []


@pytest.mark.parametrize(
    ("option", "hazards"),
    [
        ("--pytest-args=-k nothing", ["it was recorded with options of its own (--pytest-args=-k nothing)"]),
        ("--test-force", []),
    ],
)
def test_options_that_can_change_a_test_make_a_recording_that_spares_nothing(
    recorded: Repository, pants: PytestPants, capsys: pytest.CaptureFixture[str], option: str, hazards: list[str]
) -> None:
    _, tests = record(recorded, capsys, "--files", "test_all.py", "--with", option)
    assert tests["test_all.py"]["hazards"] == hazards


def test_the_answer_of_explain_and_why_not_names_the_block(
    recorded: Repository, pants: PytestPants, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(recorded, "lib.py", "return 2", "return 3")
    words = ["--since", "HEAD", "--mode", "precise", "--repo", str(recorded.root)]
    assert impact_group.main(["why-not", "test_lib.py", *words], standalone_mode=False) == 0
    said = capsys.readouterr().out
    assert "left out in mode precise: the 4 blocks of 3 files that it executes are as they were" in said
    assert impact_group.main(["explain", "test_all.py", *words], standalone_mode=False) == 0
    assert "It is not left out: executes unused in lib.py, which changed" in capsys.readouterr().out


def test_the_order_and_the_rest_of_the_selection_stay(recorded: Repository, pants: PytestPants) -> None:
    edit(recorded, "lib.py", "return 2", "return 3")
    engine = Engine(recorded.root, pants, TickingClock(), "test")
    selection, graph = engine.select(Question("HEAD"))
    taken = MODES[Mode.PRECISE](selection, graph, engine)
    plain = [dataclasses.replace(item, kept="", executed=None) for item in taken.affected]
    assert plain == [item for item in selection.affected if item.address != "test_lib.py"]
    assert taken.mode is Mode.PRECISE


def test_what_was_edited_while_it_was_recorded_is_not_kept(
    recorded: Repository, pants: PytestPants, capsys: pytest.CaptureFixture[str]
) -> None:
    data, lib = recorded.root / "data.txt", recorded.root / "lib.py"
    pants.meanwhile = lambda: data.write_text("only\n")
    _, tests = record(recorded, capsys, "--files", "test_all.py")
    assert tests["test_all.py"]["why"] == "what it stands on was edited meanwhile"
    pants.meanwhile = lambda: lib.write_text(FILES["lib.py"].replace("return 2", "return 3"))
    _, tests = record(recorded, capsys, "--files", "test_all.py")
    assert tests["test_all.py"]["hazards"] == ["lib.py was another file while it was recorded"]


def test_the_predictive_mode_spares_what_recordings_do_and_puts_what_executes_the_change_first(
    recorded: Repository, pants: PytestPants
) -> None:
    recorded.write_all({"test_aaa.py": "import lib\n\ndef test_it() -> None:\n    assert lib\n"})
    edit(recorded, "lib.py", "return 2", "return 3")
    engine = Engine(recorded.root, pants, TickingClock(), "test")
    selection, graph = engine.select(Question("HEAD"))
    foreseen = MODES[Mode.PREDICTIVE](in_order(selection, graph, engine, Limits(recall=1.0)), graph, engine)
    narrow = MODES[Mode.PRECISE](selection, graph, engine)
    assert {test.address for test in foreseen.tests} == {test.address for test in narrow.tests}
    parts = {name: found.parts for name, found in foreseen.ranking.likelihoods.items()}
    executed = {(name, part.value) for name, held in parts.items() for part in held if part.name == "executed_change"}
    assert {name for name, value in executed if value > 0} == {"test_all.py"}
