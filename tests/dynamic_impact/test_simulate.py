"""Past commits replayed: what stock would have picked, what it costs, and that nothing of the user's is touched."""

import itertools
import json
import random
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import click
import pytest

from dynamic_base import ExitCode, TickingClock
from dynamic_impact.cli import impact_group
from dynamic_impact.engine import Engine
from dynamic_impact.execute import Outcome, Result
from dynamic_impact.graph import targets_from_peek
from dynamic_impact.history import read_history, record, typical_seconds
from dynamic_impact.model import Change, FileChange, Limits, Mode, Selection, Status, Target
from dynamic_impact.simulation.clone import scratch_of
from dynamic_impact.simulation.cost import costs, makespan_s, totals
from dynamic_impact.simulation.kept import Kept
from dynamic_impact.simulation.model import STOCK, Commit, Cost, Replayed
from dynamic_impact.simulation.page import page
from dynamic_impact.simulation.replay import Replay
from dynamic_impact.simulation.stock import declared_in, stock
from tests.dynamic_impact.repositories import OneRulePants, Repository

PANTS = """#!{python}
import json, pathlib, sys
here = pathlib.Path()
if pathlib.Path("BROKEN").exists():
    sys.exit("SyntaxError: broken here")
def target(path):
    name = path.as_posix()
    kind = "python_test" if path.name.startswith("test_") else "python_source"
    lines = [line for line in path.read_text().splitlines() if pathlib.Path(line).is_file() and line]
    return {{"address": name, "target_type": kind, "sources": [name], "dependencies": lines}}
if "peek" in sys.argv:
    with open({log!r}, "a") as log:
        log.write("read\\n")
    print(json.dumps([target(path) for path in sorted(here.rglob("*.t"))]))
elif "list" in sys.argv:
    print("test_a.t\\nlib.t\\n" + " ".join(sys.argv[1:]))
"""


def target(address: str, *dependencies: str, source: str = "", kind: str = "python_source") -> Target:
    sources = (source,) if source else ()
    return Target(address, kind, sources, dependencies, "", is_test=kind == "python_test")


def picked(targets: Sequence[Target], **files: Status) -> list[str]:
    changed = tuple(FileChange(path, status) for path, status in files.items())
    change = Change("b", "", "h", "", changed, "a test")
    return sorted(stock(change, {target.address: target for target in targets}))


REPOSITORY = (
    target("3rdparty:lock", source="py.lock", kind="_lockfile"),
    target("3rdparty#numpy", "3rdparty:lock", kind="python_requirement"),
    target("3rdparty#rich", "3rdparty:lock", kind="python_requirement"),
    target("src/a.py", "3rdparty#numpy", source="src/a.py"),
    target("src/b.py", "3rdparty#rich", source="src/b.py"),
    target("test/test_a.py", "src/a.py", source="test/test_a.py", kind="python_test"),
    target("test/test_b.py", "src/b.py", source="test/test_b.py", kind="python_test"),
)


@pytest.mark.parametrize(
    ("path", "status", "tests"),
    [
        ("src/a.py", Status.MODIFIED, ["test/test_a.py"]),
        ("py.lock", Status.MODIFIED, ["test/test_a.py", "test/test_b.py"]),
        ("src/a.py", Status.DELETED, []),
        ("src/BUILD", Status.MODIFIED, ["test/test_a.py", "test/test_b.py"]),
        ("test/BUILD.tests", Status.MODIFIED, ["test/test_a.py", "test/test_b.py"]),
        ("other/BUILD", Status.MODIFIED, []),
        ("pants.toml", Status.MODIFIED, []),
    ],
)
def test_stock_takes_the_dependents_of_what_owns_a_file_now(path: str, status: Status, tests: list[str]) -> None:
    assert picked(REPOSITORY, **{path: status}) == tests


@pytest.mark.parametrize(
    ("address", "source", "folder"),
    [
        ("src/a:lib", "", "src/a"),
        ("src/a", "", "src/a"),
        ("//:root", "", "."),
        ("src/a/x.py", "src/a/x.py", "src/a"),
        ("src/a/x.py:lib", "src/a/x.py", "src/a"),
        ("src/a/b/c/x.py:../../lib", "src/a/b/c/x.py", "src/a"),
        ("//x.py:root", "x.py", "."),
        ("src/a:lib#gen/one", "", "src/a"),
        ("src/a/x.py:lib@k=a/b", "src/a/x.py", "src/a"),
    ],
)
def test_an_address_says_which_build_file_declares_it(address: str, source: str, folder: str) -> None:
    assert declared_in(target(address, source=source)) == folder


def least_makespan(seconds: Sequence[float], runners: int) -> float:
    """Return the shortest makespan, by trying each way to share out the tests."""
    ways = itertools.product(range(runners), repeat=len(seconds))
    return min(
        max(sum(long for long, runner in zip(seconds, way, strict=True) if runner == one) for one in range(runners))
        for way in ways
    )


def test_a_makespan_is_that_of_the_longest_first() -> None:
    assert makespan_s([], 3) == 0.0
    assert makespan_s([5, 1, 1, 1, 1, 1], 2) == 5.0
    assert makespan_s([3, 3, 2, 2, 2], 2) == 7.0  # the best is 6: the known worst case of this rule
    assert makespan_s([1.0] * 7, 3) == 3.0


@pytest.mark.parametrize("seed", range(8))
def test_a_makespan_stays_within_grahams_bound_of_the_best(seed: int) -> None:
    rng = random.Random(seed)
    seconds = [round(rng.expovariate(1), 3) for _ in range(rng.randrange(1, 9))]
    for runners in (1, 2, 3):
        best = least_makespan(seconds, runners)
        assert best - 1e-9 <= makespan_s(seconds, runners) <= best * (4 / 3 - 1 / (3 * runners)) + 1e-9


def test_totals_leave_out_no_commit_and_share_by_its_own_tests() -> None:
    rows = [{STOCK: Cost(10, 20.0, 5.0)}, {STOCK: Cost(0, 0.0, 0.0)}, {STOCK: Cost(5, 10.0, 4.0)}]
    assert totals(rows, [10, 10, 20])[STOCK] == {
        "commits": 3,
        "tests": 15,
        "seconds": 30.0,
        "makespan_s": 3.0,
        "share_mean": pytest.approx(1.25 / 3),
        "share_p50": 0.25,
        "share_p90": 1.0,
    }
    assert totals([], []) == {}


@dataclass
class Past:
    """A repository with a history, and the Pants that reads it."""

    repository: Repository
    pants: OneRulePants
    commits: list[Commit]

    def engine(self, folder: Path | None = None) -> Engine:
        return Engine(folder or self.repository.root, self.pants, TickingClock(), "test")

    def replay(self, *modes: Mode) -> Replay:
        history = read_history(self.repository.root, TickingClock())
        return Replay(self.engine, history, modes or (Mode.SAFE, Mode.PREDICTIVE), Limits())

    def rows(self, *modes: Mode) -> list[Replayed]:
        replay = self.replay(*modes)
        with scratch_of(self.engine()) as scratch:
            return [replay.commit(scratch, commit) for commit in self.commits]


@pytest.fixture
def past(repository: Repository) -> Past:
    steps: list[dict[str, str]] = [
        {"lib.t": "", "old.t": "", "test_a.t": "lib.t\n", "test_b.t": "old.t\n", "test_c.t": ""},
        {"lib.t": "x\n"},
        {"test_b.t": "y\n"},
        {"test_c.t": "z\n", ".gitignore": "*.log\n"},
    ]
    repository.commit(steps[0])
    repository.commit(steps[1])
    (repository.root / "old.t").unlink()
    repository.commit(steps[2])
    repository.commit(steps[3])
    engine = Engine(repository.root, OneRulePants(), TickingClock(), "test")
    told = engine.git.commits("HEAD", 10, first_parent=True)
    return Past(repository, OneRulePants(), [Commit(*one) for one in reversed(told) if one[1]])


def test_each_commit_is_judged_by_its_own_graph_and_held_against_stock(past: Past) -> None:
    rows = past.rows(Mode.SAFE)
    assert [(row.files, row.tests, row.picks) for row in rows] == [
        (1, 3, {"stock": ("test_a.t",), "safe": ("test_a.t",)}),
        (2, 3, {"stock": ("test_b.t",), "safe": ("test_b.t",)}),
        (2, 3, {"stock": ("test_c.t",), "safe": ("test_c.t",)}),
    ]
    assert not any(row.unread or row.widened for row in rows)


def test_a_deletion_alone_is_lost_on_stock(past: Past) -> None:
    (past.repository.root / "lib.t").unlink()
    past.repository.commit({})
    past.commits = [Commit(*past.engine().git.commits("HEAD", 1, first_parent=True)[0])]
    (row,) = past.rows(Mode.SAFE)
    assert row.picks == {"stock": (), "safe": ("test_a.t",)}


def test_nothing_of_the_users_is_touched_and_the_copy_goes(past: Past) -> None:
    root = past.repository.root
    (root / "lib.t").write_text("uncommitted", encoding="utf-8")
    (root / "untracked.t").write_text("new", encoding="utf-8")
    past.repository.git("add", "lib.t")
    before = (past.repository.git("status", "--porcelain"), past.repository.git("rev-parse", "HEAD"))
    refs = past.repository.git("for-each-ref")
    with scratch_of(past.engine()) as scratch:
        for commit in past.commits:
            scratch.check_out(commit.id)
    assert not scratch.top.exists()
    assert (past.repository.git("status", "--porcelain"), past.repository.git("rev-parse", "HEAD")) == before
    assert past.repository.git("for-each-ref") == refs
    assert (root / "untracked.t").read_text(encoding="utf-8") == "new"


def test_what_one_commit_leaves_is_not_in_the_next(past: Past) -> None:
    with scratch_of(past.engine()) as scratch:
        scratch.check_out(past.commits[0].id)
        assert (scratch.build_root / "old.t").exists()
        (scratch.build_root / "left.t").write_text("", encoding="utf-8")
        scratch.check_out(past.commits[1].id)
        assert sorted(path.name for path in scratch.build_root.glob("*.t")) == [
            "lib.t",
            "test_a.t",
            "test_b.t",
            "test_c.t",
        ]


def test_a_graph_is_read_once_a_tree_and_kept(past: Past) -> None:
    past.rows(Mode.SAFE)
    read = len(past.pants.reads)
    assert read == 3  # the base of the deletion is the commit before
    past.rows(Mode.SAFE)
    assert len(past.pants.reads) == read


def test_a_commit_without_pants_is_shown_with_the_reason(past: Past) -> None:
    past.repository.git("rm", "--quiet", "pants.toml")
    past.repository.commit({})
    past.repository.write_all({"pants.toml": "[GLOBAL]\n"})
    past.commits = [Commit(*past.engine().git.commits("HEAD", 1, first_parent=True)[0])]
    (row,) = past.rows()
    assert "it has no pants.toml" in row.unread
    assert row.picks == {}


@pytest.mark.parametrize(("year", "order"), [(2020, ("test_d.t", "test_a.t")), (2100, ("test_a.t", "test_d.t"))])
def test_a_commit_is_judged_by_what_was_known_before_it(past: Past, year: int, order: tuple[str, ...]) -> None:
    past.repository.commit({"test_d.t": "lib.t\n"})
    past.repository.commit({"lib.t": "again\n"})
    past.commits = [Commit(*past.engine().git.commits("HEAD", 1, first_parent=True)[0])]
    blank = Selection(Change("", "", "", "", (), ""), (), (), (), (), (), 0, 0, {})
    failed = (Result("test", "test_d.t", Outcome.FAILED, 1.0, "ran"),)
    record(past.repository.root, TickingClock(datetime(year, 1, 1, tzinfo=UTC)), blank, failed, 1.0)
    (row,) = past.rows(Mode.SAFE)
    assert row.picks["safe"] == order


def test_costs_come_from_history(past: Past) -> None:
    blank = Selection(Change("", "", "", "", (), ""), (), (), (), (), (), 0, 0, {})
    results = tuple(Result("test", f"t{n}", Outcome.PASSED, float(n), "ran") for n in (1, 2, 3))
    record(past.repository.root, TickingClock(), blank, results, 1.0)
    seconds = typical_seconds(read_history(past.repository.root, TickingClock()).observations)
    row = Replayed(past.commits[0], tests=9, picks={STOCK: ("t1", "t2", "t3", "unseen"), "safe": ("t3",)})
    assert costs(row, seconds, 2) == {STOCK: Cost(4, 8.0, 4.0), "safe": Cost(1, 3.0, 3.0)}


def test_a_kept_result_comes_back_whole_and_a_spoiled_or_unread_one_does_not(past: Past, tmp_path: Path) -> None:
    kept = Kept(tmp_path / "kept", "key")
    row, other = past.rows()[:2]
    kept.save(row)
    kept.save(Replayed(other.commit, unread="Pants was away"))
    assert kept.load(row.commit) == row
    assert kept.load(other.commit) is None
    assert Kept(kept.folder, "another").load(row.commit) is None
    (path,) = kept.folder.iterdir()
    for spoiled in (path.read_bytes()[:-3], path.read_bytes().replace(b"test_a", b"test_b"), b"[]", b""):
        path.write_bytes(spoiled)
        assert kept.load(row.commit) is None


class _Links(HTMLParser):
    """Gathers what a page would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.extend(value or "" for name, value in attrs if name in ("src", "href"))


def test_the_page_fetches_nothing_and_shows_each_commit_as_text() -> None:
    commit = Commit("a" * 40, "b" * 40, 0, "Close <script> & run")
    rows = [
        Replayed(commit, 2, 10, {STOCK: ("t",) * 5, "safe": ("t",)}),
        Replayed(Commit("c" * 40, "d" * 40, 0, "Break"), unread="no Pants <here>"),
    ]
    priced = [costs(row, lambda _: 2.0, 2) for row in rows]
    whole = page("a & b", ["one remark"], rows, priced, totals([priced[0]], [10])).decode()
    links = _Links()
    links.feed(whole)
    assert links.found == []
    assert "<td>aaaaaaaa Close &lt;script&gt; &amp; run</td><td>2</td><td>10</td><td>5</td><td>1</td>" in whole
    assert "no Pants &lt;here&gt;" in whole
    assert "<title>a &amp; b</title>" in whole
    assert "<td>stock</td><td>5</td><td>50.0%</td>" in whole
    assert "vega" in whole


@pytest.fixture
def command(past: Past, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a program in place of Pants, and the file that tells how often it read."""
    folder = tmp_path_factory.mktemp("bin")
    program, log = folder / "pants", folder / "log"
    program.write_text(PANTS.format(python=sys.executable, log=str(log)), encoding="utf-8")
    program.chmod(0o755)
    log.write_text("", encoding="utf-8")
    return program, log


def simulate(past: Past, program: Path, *words: str) -> int:
    return int(
        impact_group.main(
            ["simulate", "--repo", str(past.repository.root), "--pants", str(program), *words], standalone_mode=False
        )
    )


def told(
    capsys: pytest.CaptureFixture[str], past: Past, program: Path, *words: str, code: int = ExitCode.YES
) -> dict[str, Any]:
    capsys.readouterr()
    assert simulate(past, program, *words, "--json") == code
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def test_an_interrupted_replay_goes_on_where_it_was(
    capsys: pytest.CaptureFixture[str], past: Past, command: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    program, log = command
    whole = Replay.commit
    done: list[str] = []

    def interrupted(self: Replay, scratch: Any, commit: Commit) -> Replayed:
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(commit.id)
        return whole(self, scratch, commit)

    monkeypatch.setattr(Replay, "commit", interrupted)
    with pytest.raises((KeyboardInterrupt, click.exceptions.Abort)):
        simulate(past, program)
    again: list[str] = []

    def counted(self: Replay, scratch: Any, commit: Commit) -> Replayed:
        again.append(commit.id)
        return whole(self, scratch, commit)

    monkeypatch.setattr(Replay, "commit", counted)
    before = log.read_text(encoding="utf-8").count("read")
    document = told(capsys, past, program)
    assert [commit["picks"]["safe"]["tests"] for commit in document["commits"]] == [1, 1, 1]
    assert again == [past.commits[2].id]
    assert log.read_text(encoding="utf-8").count("read") <= before + 1
    assert document["totals"]["safe"]["commits"] == 3
    assert document["remarks"] == [
        "1 commit has no parent here to be held against",
        "no run is on record: each test counts 2 s",
    ]


def test_a_commit_that_pants_cannot_read_is_counted_and_shown(
    capsys: pytest.CaptureFixture[str], past: Past, command: tuple[Path, Path]
) -> None:
    past.repository.commit({"BROKEN": ""})
    (past.repository.root / "BROKEN").unlink()
    past.repository.commit({"lib.t": "mended\n"})
    document = told(capsys, past, command[0], "--commits", "3")
    broken = document["commits"][1]
    assert "Pants could not read" in broken["unread"]
    assert broken["picks"] == {}
    assert "1 of 3 commits could not be read, and are in no total" in document["remarks"]
    # The base of the last cannot be read, and so everything counts as changed.
    assert document["commits"][2]["widened"].startswith("the base cannot be compared with")
    assert document["commits"][2]["picks"]["safe"]["tests"] == 3
    assert simulate(past, command[0], "--commits", "3") == ExitCode.YES
    assert "not read Pants could not read" in capsys.readouterr().out


def test_where_no_commit_can_be_read_there_is_no_answer(
    capsys: pytest.CaptureFixture[str], past: Past, tmp_path: Path
) -> None:
    told(capsys, past, tmp_path / "no-pants", "--commits", "1", code=ExitCode.UNDECIDED)


def test_todays_graph_serves_for_all_commits_and_is_said_to_be_approximate(
    capsys: pytest.CaptureFixture[str], past: Past, command: tuple[Path, Path]
) -> None:
    program, log = command
    document = told(capsys, past, program, "--graph-of", "head", "--mode", "safe")
    assert log.read_text(encoding="utf-8").count("read") == 1
    assert document["remarks"][0].startswith("approximate: ")
    assert [commit["picks"]["safe"]["tests"] for commit in document["commits"]] == [1, 1, 1]


def test_stock_pants_itself_can_be_asked(
    capsys: pytest.CaptureFixture[str], past: Past, command: tuple[Path, Path]
) -> None:
    document = told(capsys, past, command[0], "--ask-pants", "--commits", "1")
    # It lists lib.t too, which is no test.
    assert document["commits"][0]["picks"]["stock, asked"]["tests"] == 1
    with pytest.raises(click.UsageError, match="needs each commit's own files"):
        simulate(past, command[0], "--ask-pants", "--graph-of", "head")


def test_a_page_is_written_where_asked(past: Past, command: tuple[Path, Path], tmp_path: Path) -> None:
    assert simulate(past, command[0], "--commits", "1", "--html", str(tmp_path / "out.html")) == ExitCode.YES
    assert re.search(r"<h1>.*1 commits? replayed</h1>", (tmp_path / "out.html").read_text(encoding="utf-8"))


def test_peek_documents_and_the_stand_in_agree(past: Past, command: tuple[Path, Path]) -> None:
    """The stand-in of the command line's cases reads as the one of the others does."""
    here = past.repository.root
    printed = subprocess.run([command[0], "peek", "::"], cwd=here, capture_output=True, check=True).stdout
    assert targets_from_peek(json.loads(printed)) == targets_from_peek(past.pants.peek(here, daemon=True))
