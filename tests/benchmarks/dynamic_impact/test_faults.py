"""The study of seeded faults: its faults are valid, its truth is true, and a mode that misses is found out."""

import ast
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from benchmarks.dynamic_impact import seeded_faults
from benchmarks.dynamic_impact.faults.generated import generate, write
from benchmarks.dynamic_impact.faults.judge import Verdict, score
from benchmarks.dynamic_impact.faults.mutants import OPERATORS, Mutant, choose, find_mutants
from benchmarks.dynamic_impact.faults.subjects import Subject, git
from benchmarks.dynamic_impact.faults.targets import stock, without
from benchmarks.dynamic_impact.faults.truth import Baseline, Truth, TruthFile, broken, complete

_CODE = '''\
"""A module."""
from os import sep  # kept

LIMIT = 3


def grow(x, by=LIMIT):
    """Return more."""
    if x > 2 and by:
        return (x) + by
    raise ValueError("é < 1")


class Box:
    size = 4

    @property
    def area(self):
        return self.size * self.size
'''


def mutants_of(code: str) -> list[Mutant]:
    return list(find_mutants("s", "a.py", code.encode()))


def after(code: str, operator: str) -> list[str]:
    """Return the one line that each fault of ``operator`` leaves changed."""
    found = []
    for mutant in mutants_of(code):
        if mutant.operator == operator:
            lines = (mutant.apply(code.encode()) or b"").decode().splitlines()
            found.append(next(line.strip() for line in lines if line not in code.splitlines()))
    return found


@pytest.mark.parametrize(
    ("operator", "lines"),
    [
        ("compare", ["if x <= 2 and by:"]),
        ("arithmetic", ["return (x) - by", "return self.size + self.size"]),
        ("constant", ["LIMIT = 4", "if x > 3 and by:", "raise ValueError('é < 1~')", "size = 5"]),
        ("negate", ["if (not (x > 2 and by)):", "if x > 2 or by:"]),
        ("return_none", ["return None", "return None"]),
        ("delete_statement", ["pass", "pass", "pass"]),
        ("default_argument", ["def grow(x, by=None):"]),
        ("rename", ["def grow_gone(x, by=LIMIT):", "class Box_gone:", "def area_gone(self):"]),
        ("remove_method", ["pass"]),
        ("class_attribute", ["size = None"]),
        ("module_constant", ["LIMIT = 4"]),
        ("decorator", ["# no decorator"]),
        ("drop_import", ["pass  # kept"]),
    ],
)
def test_each_operator_makes_just_its_faults(operator: str, lines: list[str]) -> None:
    assert sorted(after(_CODE, operator)) == sorted(lines)


def test_every_fault_is_valid_python_and_another_program() -> None:
    found = [mutant for mutant in mutants_of(_CODE) if mutant.operator in OPERATORS]
    programs = [ast.dump(ast.parse(mutant.apply(_CODE.encode()) or b"")) for mutant in found]
    assert ast.dump(ast.parse(_CODE)) not in programs


def test_a_digit_of_a_data_file_becomes_another() -> None:
    changed = [mutant.apply(b'{"a": 19}') for mutant in find_mutants("s", "a.json", b'{"a": 19}')]
    assert changed == [None, b'{"a": 29}', b'{"a": 10}']


def test_the_same_seed_draws_the_same_faults_and_more_of_them_begin_alike() -> None:
    files = {"a.py": _CODE.encode(), "b.py": _CODE.replace("grow", "shrink").encode()}
    assert choose("s", files, 8, 1) == choose("s", files, 30, 1)[:8]
    assert choose("s", files, 8, 1) != choose("s", files, 8, 2)
    assert len({mutant.operator for mutant in choose("s", files, 14, 1)}) == 14


def test_a_seed_gives_the_same_repository_and_others_give_other_ones() -> None:
    assert generate(3) == generate(3)
    one, other = generate(3), generate(4)
    assert {path for path in one if one[path] != other.get(path)} >= {"src/layers/low/m0.py", "tests/layers/test_00.py"}


def tiny(folder: Path) -> Subject:
    """Return a subject of one module and three tests, of which one cannot pass."""
    files = {
        "src/a.py": "def one():\n    return 1\n\n\ndef loop():\n    while False:\n        pass\n",
        "tests/test_one.py": "import a\n\n\ndef test_one():\n    assert a.one() == 1\n",
        "tests/test_loop.py": "import a\n\n\ndef test_loop():\n    a.loop()\n",
        "tests/test_never.py": "def test_never():\n    assert False\n",
    }
    write(folder, files)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "base")
    tests = tuple(path for path in files if path.startswith("tests"))
    return Subject("tiny", folder, git(folder, "rev-parse", "HEAD^{tree}"), "", tests, ("src/a.py",), (), 60.0)


def fault(subject: Subject, before: str, text: str) -> Mutant:
    content = (subject.root / "src/a.py").read_text(encoding="utf-8")
    start = content.index(before)
    return Mutant("tiny", "by hand", "src/a.py", start, start + len(before), 1, before, text)


def test_the_truth_is_what_fails_with_the_fault_and_passes_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.dynamic_impact.faults.truth._AT_LEAST_S", 5.0)
    subject = tiny(tmp_path / "tree")
    wrong, endless, harmless = (
        fault(subject, "return 1", "return 2"),
        fault(subject, "False", "True"),
        fault(subject, "pass", "continue"),
    )
    file = TruthFile(tmp_path / "truth.jsonl")
    said: list[str] = []
    complete(file, subject, tmp_path / "scratch", (wrong, endless, harmless), 1, said.append)
    baselines, truths = file.read()
    assert set(baselines["tiny"].tests) == {"tests/test_one.py", "tests/test_loop.py"}
    assert baselines["tiny"].left_out == {"tests/test_never.py": "exits 1 unbroken"}
    assert truths[wrong.id].failing == ("tests/test_one.py",)
    assert truths[endless.id].failing == truths[endless.id].timeouts == ("tests/test_loop.py",)
    assert truths[harmless.id].failing == ()
    assert git(subject.root, "status", "--porcelain", "--untracked-files=no") == ""
    complete(file, subject, tmp_path / "scratch", (wrong, endless), 1, pytest.fail)


def test_a_torn_last_line_costs_that_fault_alone(tmp_path: Path) -> None:
    subject = tiny(tmp_path / "tree")
    file = TruthFile(tmp_path / "truth.jsonl")
    one, other = fault(subject, "return 1", "return 2"), fault(subject, "return 1", "return 3")
    file.append(Truth(one, subject.tree, (), (), 1.0))
    with file.path.open("a", encoding="utf-8") as torn:
        torn.write('{"mutant": {"subj')
    file.append(Truth(other, subject.tree, (), (), 1.0))
    assert set(file.read()[1]) == {one.id, other.id}


def test_the_fault_goes_even_where_the_work_in_it_fails(tmp_path: Path) -> None:
    subject = tiny(tmp_path / "tree")
    before = (subject.root / "src/a.py").read_bytes()
    dropped = Mutant("tiny", "drop_file", "src/a.py", 0, len(before), 1, "", "")

    def fail_in_it() -> None:
        with broken(subject, dropped):
            assert not (subject.root / "src/a.py").exists()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_in_it()
    assert (subject.root / "src/a.py").read_bytes() == before


_GRAPH = [
    {"address": "src:src", "target_type": "python_sources", "sources_raw": ["*.py", "!test_*.py"], "dependencies": []},
    {"address": "src/a.py", "target_type": "python_source", "sources": ["src/a.py"], "dependencies": []},
    {"address": "t/test_a.py", "target_type": "python_test", "sources": ["t/test_a.py"], "dependencies": ["src/a.py"]},
    {"address": "t/test_b.py", "target_type": "python_test", "sources": ["t/test_b.py"], "dependencies": []},
    {"address": "t:t", "target_type": "python_tests", "dependencies": ["t/test_a.py", "t/test_b.py"]},
]


def at(operator: str) -> Mutant:
    return Mutant("s", operator, "src/a.py", 0, 1, 1, "", "")


def test_stock_pants_runs_the_folder_of_a_listed_test_and_loses_the_users_of_what_went() -> None:
    listed, run = stock(_GRAPH, at("constant"))
    assert listed == {"src/a.py", "t/test_a.py", "t:t"}
    assert run - listed == {"t/test_b.py"}
    assert stock(_GRAPH, at("drop_file")) == ({"src:src"}, {"src:src"})


def test_stock_pants_finds_the_users_of_the_whole_folder_that_a_file_went_from() -> None:
    graph = [
        {**_GRAPH[0], "dependencies": ["src/a.py", "src/b.py"]},
        *_GRAPH[1:],
        {"address": "src/b.py", "target_type": "python_source", "sources": ["src/b.py"], "dependencies": []},
        {"address": "t/test_c.py", "target_type": "python_test", "dependencies": ["src/a.py", "src/b.py"]},
    ]
    assert stock(graph, at("drop_file"))[0] == {"src:src", "t/test_c.py"}


def test_a_file_that_goes_takes_its_target_and_the_edges_to_it_along() -> None:
    assert [(one["address"], one["dependencies"]) for one in without(_GRAPH, {"src/a.py"})][1] == ("t/test_a.py", [])


def test_a_score_counts_pairs_faults_and_what_was_selected_in_vain() -> None:
    seen, unseen, dead = (Mutant("s", "constant", "a.py", start, 9, 1, "", "") for start in range(3))
    truths = {
        seen.id: Truth(seen, "t", ("a", "b"), (), 1.0),
        unseen.id: Truth(unseen, "t", ("a",), (), 1.0),
        dead.id: Truth(dead, "t", (), (), 1.0),
    }
    baselines = {"s": Baseline("s", "t", "", {"a": 1.0, "b": 2.0, "c": 5.0}, {})}
    verdicts = [
        Verdict(seen.id, "m", ("a", "c"), 0.1),
        Verdict(unseen.id, "m", (), 0.1),
        Verdict(dead.id, "m", ("c",), 0.1),
    ]
    found = score("m", verdicts, truths, baselines)
    assert (found.pairs, found.found, found.faulty, found.caught) == (3, 1, 2, 1)
    assert (found.selected, found.tests, found.time_s, found.all_s) == (3, 9, 11.0, 24.0)
    assert [(miss.mutant.id, miss.test) for miss in found.misses] == [(seen.id, "b"), (unseen.id, "a")]


def test_a_share_that_is_not_the_whole_never_reads_as_a_hundred_per_cent() -> None:
    assert seeded_faults.share(9999, 10000) == "> 99.9 %"
    assert seeded_faults.share(10000, 10000) == "100.0 %"


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A quick study of three faults, which has ended."""
    folder = tmp_path_factory.mktemp("study")
    assert quick(folder, "--json", str(folder / "report.json")) == 0
    return folder


def quick(folder: Path, *words: str) -> int:
    shared: Sequence[str] = ("--quick", "--mutants", "3", "--work", str(folder))
    return seeded_faults.main([*shared, *words])


def test_the_quick_study_runs_and_its_modes_miss_nothing(work: Path) -> None:
    report = json.loads((work / "report.json").read_text(encoding="utf-8"))
    modes = {one["mode"]: one for one in report["scores"]["all"]}
    assert modes["safe"]["found"] == modes["safe"]["pairs"] > 0
    assert modes["safe"]["selected"] < modes["all tests"]["selected"]


def test_a_mode_that_misses_is_named_with_the_fault_and_the_test(
    work: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.dynamic_impact.faults.judge.Bench._tests", lambda self, selection: ())
    assert quick(work, "--judge-only") == 1
    assert "MISSED by safe: gen0-" in capsys.readouterr().out
