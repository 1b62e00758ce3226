"""What the hooks judge: staged content and pushed commits, by real gits and the real commands with a planted gate."""

import contextlib
import io
import json
import os
import shutil
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dynamic_base import DynamicError, ExitCode, TickingClock, run
from dynamic_delivery.gates import table
from dynamic_delivery.gates.model import Gate, Outcome, Report, Scope
from dynamic_delivery.gates.runner import Watch
from dynamic_delivery.hooks import judge as judging
from dynamic_delivery.hooks.brought import Brought, pushed, staged, unpushed
from dynamic_delivery.hooks.cli import hooks_group
from dynamic_delivery.hooks.errors import HookError, SettingError
from dynamic_delivery.hooks.judged import Judged, found_clean, lean
from dynamic_delivery.hooks.mirror import Mirror
from dynamic_delivery.hooks.place import install, own_folder
from dynamic_delivery.hooks.table import BY_NAME
from dynamic_impact.changes import Question
from dynamic_impact.engine import Engine
from dynamic_impact.git import Git
from dynamic_impact.snapshot import setting_of
from tests.dynamic_delivery.hooks import planted
from tests.dynamic_delivery.hooks.worlds import World, with_real_commands
from tests.dynamic_impact.repositories import OneRulePants

_NONE = "0" * 40
_EMPTY = {"schema": "dynamic.hook-run/1", "runs": [], "seconds": 0.0}


@pytest.fixture(autouse=True)
def _planted_gates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "GATES", planted.GATES)


def judged(world: World, capsys: pytest.CaptureFixture[str], name: str = "pre-commit") -> tuple[int, dict[str, Any]]:
    code = hooks_group.main(["run", name, "--repo", str(world.root), "--json"], standalone_mode=False)
    return int(code), json.loads(capsys.readouterr().out)


def stage(world: World, files: dict[str, str]) -> None:
    world.write(files)
    world.did("add", "--", *files)


# --- a commit by real git, end to end


def test_a_commit_is_refused_for_what_is_staged_and_passes_when_that_is_mended(world: World) -> None:
    with_real_commands(world)
    install(own_folder(Git(world.root)))
    before = world.did("rev-parse", "HEAD")
    refused = world.commit({"b.txt": "BAD\n"})
    assert refused.exit_code != 0
    assert b"b.txt:1: high ruff BAD: a bad word; fix: take it out" in refused.stdout + refused.stderr
    assert world.did("rev-parse", "HEAD") == before
    # `commit FILE` judges the index that git is about to commit, not the one that stands.
    world.write({"a.txt": "good\n"})
    passed = world.git("commit", "--quiet", "--message", "one file", "a.txt")
    assert passed.exit_code == 0, passed.stderr.decode()
    assert b"files a.txt" in passed.stdout + passed.stderr
    assert b"top True" in passed.stdout + passed.stderr


# --- what is staged


def test_an_unstaged_mend_does_not_hide_a_staged_fault(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    stage(world, {"b.txt": "BAD\n"})
    world.write({"b.txt": "mended\n"})
    code, document = judged(world, capsys)
    assert code == ExitCode.NO
    assert [(each["path"], each["line"]) for each in document["runs"][0]["findings"]] == [("b.txt", 1)]
    assert (world.root / "b.txt").read_text() == "mended\n"


def test_an_unstaged_fault_does_not_stop_a_good_commit(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    stage(world, {"b.txt": "good\n"})
    world.write({"b.txt": "BAD\n", "untracked.txt": "BAD\n", "a.txt": "BAD\n"})
    code, document = judged(world, capsys)
    assert code == ExitCode.YES
    notes = document["runs"][0]["gates"][0]["notes"]
    assert notes == ["top True", "differs b.txt", "files b.txt"]


def test_just_what_is_new_or_edited_is_judged(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.commit({"old.txt": "BAD\n", "gone.txt": "x\n", "moved.txt": "y\n" * 9})
    world.did("rm", "--quiet", "gone.txt")
    world.did("mv", "moved.txt", "to.txt")
    stage(world, {"new.txt": "1\n"})
    code, document = judged(world, capsys)
    assert code == ExitCode.YES
    assert document["runs"][0]["gates"][0]["notes"][2] == "files new.txt to.txt"


def test_nothing_staged_is_a_yes_without_a_run(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    code, document = judged(world, capsys)
    assert (code, document["runs"]) == (ExitCode.YES, [])


def test_what_cannot_be_decided_is_no_yes(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    stage(world, {"b.txt": "UNCLEAR\n"})
    code, document = judged(world, capsys)
    assert code == ExitCode.UNDECIDED
    assert document["runs"][0]["gates"][0]["reason"] == "the planted program is missing"


def test_a_tree_without_policies_is_undecided(world: World) -> None:
    world.did("rm", "-r", "--quiet", "ci")
    stage(world, {"b.txt": "x\n"})
    with pytest.raises(DynamicError) as raised:
        hooks_group.main(["run", "pre-commit", "--repo", str(world.root)], standalone_mode=False)
    assert raised.value.exit_code == ExitCode.UNDECIDED


def test_the_first_commit_of_all_has_no_base(tmp_path: Path) -> None:
    root = tmp_path / "unborn"
    root.mkdir()
    world = World(root, tmp_path)
    world.did("init", "--quiet")
    stage(world, {"a.txt": "x\n"})
    found = staged(Git(root), root)
    assert (found.base, found.head, found.files) == ("", "", ("a.txt",))
    with Mirror(Git(root)).holding(found.tree, found.head) as folder:
        assert (folder / "a.txt").read_text() == "x\n"


def test_the_first_commit_of_all_has_a_history_of_its_own_files(tmp_path: Path) -> None:
    root = tmp_path / "unborn"
    root.mkdir()
    world = World(root, tmp_path)
    world.did("init", "--quiet")
    stage(world, {"a.txt": "x\n"})
    with Mirror(Git(root)).holding(world.did("write-tree"), "") as folder:
        listed = world.git("rev-list", "--objects", "--no-object-names", "HEAD", cwd=folder).checked("").stdout
        assert world.did("hash-object", "a.txt") in listed.decode().split()
        assert world.git("diff", "--quiet", "HEAD", cwd=folder).exit_code == 0
    assert world.git("rev-parse", "--verify", "HEAD").exit_code != 0


def test_of_a_merge_only_what_no_side_has_is_judged(world: World) -> None:
    world.commit({"both.txt": "1\n2\n3\n"})
    world.did("checkout", "--quiet", "-b", "side")
    world.commit({"theirs.txt": "BAD\n", "both.txt": "side\n2\n3\n", "a.txt": "side\n"})
    world.did("checkout", "--quiet", "main")
    world.commit({"both.txt": "1\n2\nmain\n", "a.txt": "main\n"})
    assert world.git("merge", "--quiet", "side").exit_code != 0
    stage(world, {"a.txt": "joined\n", "new.txt": "x\n"})
    assert staged(Git(world.root), world.root).files == ("a.txt", "both.txt", "new.txt")
    world.did("commit", "--quiet", "--no-verify", "--message", "merged")
    stage(world, {"b.txt": "x\n"})
    assert staged(Git(world.root), world.root).files == ("b.txt",)


def test_an_unresolved_conflict_is_no_tree(world: World) -> None:
    world.did("checkout", "--quiet", "-b", "side")
    world.commit({"a.txt": "side\n"})
    world.did("checkout", "--quiet", "main")
    world.commit({"a.txt": "main\n"})
    assert world.git("merge", "--quiet", "side").exit_code != 0
    with pytest.raises(HookError, match="resolve the conflict"):
        staged(Git(world.root), world.root)


# --- the mirror


def test_the_mirror_is_the_tree_whatever_was_left_in_it(world: World) -> None:
    git = Git(world.root)
    first = git.tree("HEAD")
    world.commit({"a.txt": "second\n", "sub/b.txt": "b\n", "run.sh": "x\n"})
    (world.root / "run.sh").chmod(0o755)
    world.did("commit", "--quiet", "--all", "--message", "mode")
    second = git.tree("HEAD")
    with Mirror(git).holding(second, git.head()) as folder:
        assert (folder / "run.sh").stat().st_mode & 0o111
        (folder / "a.txt").write_text("edited by a tool\n")
        (folder / "left.txt").write_text("by a tool\n")
        (folder / "sub" / "cache").mkdir()
    for tree in (second, first, second):
        with Mirror(git).holding(tree, git.head()) as folder:
            held = {
                path.relative_to(folder).as_posix(): path.read_bytes()
                for path in folder.rglob("*")
                if path.is_file() and ".git" not in path.relative_to(folder).parts
            }
        listed = world.did("ls-tree", "-r", "--name-only", tree).splitlines()
        assert sorted(held) == sorted(listed)
        assert all(git.read(tree, path) == content for path, content in held.items())


def test_the_repository_is_only_read(world: World) -> None:
    stage(world, {"b.txt": "x\n"})
    world.write({"a.txt": "unstaged\n"})

    def state() -> list[str]:
        words = (("status", "--porcelain"), ("for-each-ref",), ("rev-parse", "HEAD"), ("config", "--list", "--local"))
        return [world.did(*each) for each in words]

    before = state()
    git = Git(world.root)
    with Mirror(git).holding(staged(git, world.root).tree, git.head()):
        pass
    assert state() == before


@pytest.mark.parametrize("gone", ["objects", "refs", "config"])
def test_a_damaged_mirror_never_reaches_the_repository_around_it(world: World, gone: str) -> None:
    git = Git(world.root)
    first = git.tree("HEAD")
    mirror = Mirror(git)
    with mirror.holding(first, git.head()):
        pass
    world.commit({"a.txt": "second\n"})
    stage(world, {"staged.txt": "x\n"})
    world.write({"free.txt": "untracked\n", "a.txt": "unstaged\n"})
    before = world.did("status", "--porcelain"), world.did("rev-parse", "HEAD")
    shutil.rmtree(mirror.folder / ".git" / gone, ignore_errors=True)
    (mirror.folder / ".git" / gone).unlink(missing_ok=True)
    with contextlib.suppress(HookError), mirror.holding(first, git.head()):
        pass
    assert (world.did("status", "--porcelain"), world.did("rev-parse", "HEAD")) == before
    assert (world.root / "a.txt").read_text() == "unstaged\n"


@pytest.mark.parametrize("left", ["index.lock", "HEAD.lock", "index"])
def test_what_a_killed_hook_left_in_the_mirror_stops_no_later_one(world: World, left: str) -> None:
    mirror = Mirror(Git(world.root))
    first = mirror.git.tree("HEAD")
    with mirror.holding(first, mirror.git.head()):
        pass
    world.commit({"a.txt": "second\n"})
    (mirror.folder / ".git" / left).write_bytes(b"torn")
    with mirror.holding(mirror.git.tree("HEAD"), mirror.git.head()) as folder:
        assert (folder / "a.txt").read_text() == "second\n"


def test_a_second_hook_waits_for_the_first_and_says_so(world: World) -> None:
    git = Git(world.root)
    first = git.tree("HEAD")
    world.commit({"a.txt": "second\n"})
    waits = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        with Mirror(git).holding(first, git.head()) as folder:
            second = Mirror(git, lambda _: waits.set())
            later = pool.submit(lambda: _held(second, git.tree("HEAD"), git.head()))
            assert waits.wait(60)
            assert (folder / "a.txt").read_text() == "fine\n"
        assert later.result(60) == "second\n"


def _held(mirror: Mirror, tree: str, head: str) -> str:
    with mirror.holding(tree, head) as folder:
        return (folder / "a.txt").read_text()


def test_a_place_for_the_mirror_that_cannot_be_written_is_named(world: World) -> None:
    (world.root / ".dynamic").write_text("a file")
    git = Git(world.root)
    with pytest.raises(HookError, match="cannot write"), Mirror(git).holding(git.tree("HEAD"), git.head()):
        pass


def test_a_shallow_clone_has_a_mirror_too(world: World, tmp_path: Path) -> None:
    world.commit({"a.txt": "2\n"})
    world.did("clone", "--quiet", "--depth", "1", f"file://{world.root}", str(tmp_path / "shallow"))
    git = Git(tmp_path / "shallow")
    with Mirror(git).holding(git.tree("HEAD"), git.head()) as folder:
        assert world.git("log", "--oneline", cwd=folder).exit_code == 0


# --- what a push brings


def bare(world: World) -> None:
    path = world.beside / "origin.git"
    world.did("init", "--quiet", "--bare", str(path))
    world.did("remote", "add", "origin", str(path))


def told(world: World, old: str = _NONE, ref: str = "main") -> list[Brought]:
    return list(
        pushed(Git(world.root), "origin", [f"refs/heads/{ref} {world.did('rev-parse', ref)} refs/heads/x {old}\n"])
    )


def test_a_push_brings_what_lies_after_the_remotes_commit(world: World) -> None:
    old = world.did("rev-parse", "HEAD")
    world.commit({"b.txt": "1\n"})
    world.commit({"c.txt": "2\n"})
    (found,) = told(world, old)
    assert (found.base, found.head, found.files) == (old, world.did("rev-parse", "HEAD"), ("b.txt", "c.txt"))


def test_a_forced_push_brings_what_lies_after_the_common_commit(world: World) -> None:
    base = world.did("rev-parse", "HEAD")
    world.commit({"b.txt": "1\n"})
    old = world.did("rev-parse", "HEAD")
    world.did("reset", "--quiet", "--hard", base)
    world.commit({"c.txt": "2\n"})
    (found,) = told(world, old)
    assert (found.base, found.files) == (base, ("c.txt",))


def test_a_new_branch_is_compared_with_the_nearest_thing_that_the_remote_has(world: World) -> None:
    bare(world)
    world.did("push", "--quiet", "origin", "main")
    world.commit({"b.txt": "1\n"})
    world.did("push", "--quiet", "origin", "main:release")
    near = world.did("rev-parse", "HEAD")
    world.did("checkout", "--quiet", "-b", "side")
    world.commit({"c.txt": "2\n"})
    (found,) = told(world, ref="side")
    assert (found.base, found.files) == (near, ("c.txt",))


def test_a_branch_that_was_rebased_brings_nothing_of_what_it_was_rebased_onto(world: World) -> None:
    bare(world)
    world.did("checkout", "--quiet", "-b", "side")
    world.commit({"c.txt": "1\n"})
    world.did("push", "--quiet", "origin", "side")
    old = world.did("rev-parse", "HEAD")
    world.did("checkout", "--quiet", "main")
    world.commit({"b.txt": "2\n"})
    world.did("push", "--quiet", "origin", "main")
    world.did("rebase", "--quiet", "main", "side")
    (found,) = told(world, old, ref="side")
    assert (found.base, found.files, found.commits) == (world.did("rev-parse", "main"), ("c.txt",), 1)


def test_a_push_to_the_address_of_a_remote_is_one_to_that_remote(world: World) -> None:
    bare(world)
    world.did("push", "--quiet", "origin", "main")
    base = world.did("rev-parse", "HEAD")
    world.commit({"b.txt": "1\n"})
    line = f"refs/heads/main {world.did('rev-parse', 'HEAD')} refs/heads/x {_NONE}\n"
    address = world.did("config", "remote.origin.url")
    assert [each.base for each in pushed(Git(world.root), address, [line])] == [base]
    assert [each.base for each in pushed(Git(world.root), f"{address}/other", [line])] == [""]


def test_to_a_remote_that_has_nothing_everything_is_brought(world: World) -> None:
    bare(world)
    (found,) = told(world)
    assert found.base == ""
    assert set(found.files) == set(world.did("ls-files").splitlines())


def test_another_history_pushed_over_the_remotes_is_all_brought(world: World) -> None:
    old = world.did("rev-parse", "HEAD")
    world.did("checkout", "--quiet", "--orphan", "fresh")
    world.did("commit", "--quiet", "--message", "anew")
    (found,) = told(world, old, ref="fresh")
    assert (found.base, found.commits) == ("", 1)
    assert set(found.files) == set(world.did("ls-files").splitlines())


def test_what_a_push_brings_and_takes_back_has_its_history_looked_at(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(scope: Scope) -> Report:
        brought = run(["git", "log", "--format=%s", f"{scope.base}..HEAD"], cwd=scope.root).stdout.decode().split()
        return Report("secrets", Outcome.PASSED, read=("b.txt",), notes=tuple(brought))

    history = Gate("secrets", "", lambda _: True, look, beyond=lambda scope: scope.commits == 2)
    gates = (history, Gate("ruff", "", lambda _: True, planted.look))
    monkeypatch.setattr(table, "GATES", gates)
    old = world.did("rev-parse", "HEAD")
    world.commit({"b.txt": "a secret\n"})
    world.did("rm", "--quiet", "b.txt")
    world.did("commit", "--quiet", "--message", "taken-back")
    (found,) = told(world, old)
    assert (found.files, found.commits) == ((), 2)
    push(world, old, monkeypatch)
    code, document = judged(world, capsys, "pre-push")
    assert code == ExitCode.YES
    assert [each["name"] for each in document["runs"][0]["gates"]] == ["secrets"]
    assert document["runs"][0]["gates"][0]["notes"] == ["taken-back", "step"]
    assert document["runs"][0]["gates"][0]["read"] == 1


def push(world: World, old: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let standard input be what git tells of a push of HEAD onto ``old``."""
    head = world.did("rev-parse", "HEAD")
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"refs/heads/main {head} refs/heads/main {old}\n"))


def test_by_hand_what_a_push_of_head_would_bring_is_judged(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bare(world)
    world.did("push", "--quiet", "--set-upstream", "origin", "main")
    world.commit({"b.txt": "BAD\n"})
    monkeypatch.setattr(sys, "stdin", None)
    code, document = judged(world, capsys, "pre-push")
    assert code == ExitCode.NO
    assert document["runs"][0]["change"]["base"] == world.did("rev-parse", "origin/main")
    world.did("remote", "rename", "origin", "elsewhere")
    assert [each.files for each in pushed(Git(world.root), *unpushed(Git(world.root)))] == [("b.txt",)]


# --- what was judged already


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], list[str]]:
    """Tell the files that the planted gate was really given, run by run. It works in processes of its own."""
    told = tmp_path_factory.mktemp("told") / "asked"
    told.touch()

    def look(scope: Scope) -> Report:
        with told.open("a") as file:
            print(*scope.files, file=file)
        return planted.look(scope)

    monkeypatch.setattr(table, "GATES", (Gate("ruff", "", lambda path: path.endswith(".txt"), look),))
    return lambda: told.read_text().splitlines()


def test_a_push_of_what_was_just_committed_starts_no_gate_again(
    world: World,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    asked: Callable[[], list[str]],
) -> None:
    old = world.did("rev-parse", "HEAD")
    stage(world, {"b.txt": "1\n"})
    assert judged(world, capsys)[0] == ExitCode.YES
    world.did("commit", "--quiet", "--message", "b")
    push(world, old, monkeypatch)
    code, document = judged(world, capsys, "pre-push")
    (gate,) = document["runs"][0]["gates"]
    assert (code, gate["outcome"], gate["read"]) == (ExitCode.YES, "passed", 1)
    assert gate["notes"] == ["not started: it found nothing in this very tree before"]
    assert asked() == ["b.txt"]
    # With a second commit the tree is another, and all that the push brings is looked at in it.
    stage(world, {"c.txt": "2\n"})
    assert judged(world, capsys)[0] == ExitCode.YES
    world.did("commit", "--quiet", "--message", "c")
    push(world, old, monkeypatch)
    assert judged(world, capsys, "pre-push")[0] == ExitCode.YES
    assert asked() == ["b.txt", "c.txt", "b.txt c.txt"]


@pytest.mark.parametrize(("text", "code"), [("BAD\n", ExitCode.NO), ("UNCLEAR\n", ExitCode.UNDECIDED)])
def test_no_other_answer_than_a_clean_one_is_kept(
    world: World, capsys: pytest.CaptureFixture[str], asked: Callable[[], list[str]], text: str, code: ExitCode
) -> None:
    stage(world, {"b.txt": text})
    assert [judged(world, capsys)[0] for _ in range(2)] == [code, code]
    assert len(asked()) == 2


@pytest.mark.parametrize("text", ["", "[]", '{"schema": "dynamic.hooks-judged/1"}', "\xff"])
def test_a_damaged_record_or_one_of_other_code_counts_for_nothing(
    world: World, capsys: pytest.CaptureFixture[str], asked: Callable[[], list[str]], text: str
) -> None:
    stage(world, {"b.txt": "1\n"})
    assert judged(world, capsys)[0] == ExitCode.YES
    (path,) = (world.root / ".dynamic" / "hooks" / "judged").iterdir()
    kept = json.loads(path.read_bytes())
    for content in (text.encode("latin-1"), json.dumps({**kept, "code": "other"}).encode()):
        path.write_bytes(content)
        assert judged(world, capsys)[0] == ExitCode.YES
    assert len(asked()) == 3
    assert judged(world, capsys)[0] == ExitCode.YES
    assert len(asked()) == 3


def test_the_history_of_several_commits_is_looked_at_whatever_is_known_of_the_tree(tmp_path: Path) -> None:
    gates = tuple(Gate(name, "", lambda _: True, planted.look) for name in ("ruff", "secrets", "mypy"))
    store = Judged(tmp_path / "judged")
    reports = [Report(gate.name, Outcome.PASSED, read=("a",)) for gate in gates]
    store.save("t", found_clean(gates, reports, ["a", "b"]))
    known = store.load("t")
    assert sorted(known) == ["ruff", "secrets"]  # what mypy says hangs on more than the tree

    def started(files: list[str], commits: int) -> list[str]:
        return [gate.name for gate in lean(gates, known, files, commits) if gate.judge is planted.look]

    assert started(["a", "b"], 1) == ["mypy"]
    assert started(["a"], 0) == ["mypy"]
    assert started(["a"], 2) == ["secrets", "mypy"]
    assert started(["a", "c"], 1) == ["ruff", "secrets", "mypy"]
    assert store.load("u") == {}


def test_deleted_refs_repeated_commits_and_tags_of_files_bring_nothing_more(world: World) -> None:
    head = world.did("rev-parse", "HEAD")
    blob = world.did("rev-parse", "HEAD:a.txt")
    lines = [
        f"(delete) {_NONE} refs/heads/old {head}",
        f"refs/heads/main {head} refs/heads/main {_NONE}",
        f"refs/heads/main {head} refs/heads/copy {_NONE}",
        f"refs/tags/file {blob} refs/tags/file {_NONE}",
    ]
    assert [each.head for each in pushed(Git(world.root), "origin", lines)] == [head]


def test_a_commit_that_is_named_by_its_subject_is_brought(world: World) -> None:
    head = world.did("rev-parse", "HEAD")
    line = f"HEAD^{{/a first one}} {head} refs/heads/x {_NONE}\n"
    assert [(each.name, each.head) for each in pushed(Git(world.root), "", [line])] == [("HEAD^{/a first one}", head)]


def test_a_line_that_git_would_not_say_is_refused(world: World) -> None:
    with pytest.raises(HookError, match="git push"):
        list(pushed(Git(world.root), "origin", ["hello"]))


def test_a_push_is_judged_by_its_commits_and_not_by_the_working_tree(world: World) -> None:
    git = Git(world.root)
    old = world.did("rev-parse", "HEAD")
    world.commit({"b.txt": "BAD\n"})
    world.write({"b.txt": "mended\n"})

    def look(scope: Scope) -> Report:  # in a process of its own
        return replace(planted.look(scope), notes=(*scope.changed, scope.base))

    (found,) = told(world, old)
    gates = (Gate("ruff", "", lambda _: True, look),)
    with Mirror(git).holding(found.tree, found.head) as root:
        known = Judged(world.beside / "judged")
        done = judging.judge(root, gates, found, ["a.txt", "gone.txt"], TickingClock(), Watch(), known)
    assert done.code == ExitCode.NO
    assert done.reports[0].notes == ("b.txt", old)
    assert done.reports[0].read == ("a.txt", "b.txt")


# --- settings


def test_the_configuration_of_git_names_the_gates(world: World) -> None:
    git = Git(world.root)
    known = tuple(Gate(name, "", lambda _: True, planted.look) for name in ("ruff", "secrets", "mypy"))
    assert [gate.name for gate in judging.gates_of(BY_NAME["pre-commit"], git, known)] == ["ruff", "secrets"]
    world.did("config", "dynamic.preCommitGates", "mypy, ruff")
    assert [gate.name for gate in judging.gates_of(BY_NAME["pre-commit"], git, known)] == ["ruff", "mypy"]
    world.did("config", "dynamic.preCommitGates", "moon")
    with pytest.raises(SettingError, match="moon"):
        judging.gates_of(BY_NAME["pre-commit"], git, known)


def test_without_a_kept_graph_it_is_said_that_only_edited_files_were_judged(world: World) -> None:
    (found,) = told(world)
    assert judging.affected_files(Git(world.root), found, TickingClock()) is None


def test_a_kept_graph_names_the_sources_that_a_push_affects(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.write({"pants.toml": "[GLOBAL]\n", "lib.t": "", "user.t": "lib.t\n", "other.t": ""})
    world.did("add", "--all")
    world.did("commit", "--quiet", "--message", "targets")
    old = world.did("rev-parse", "HEAD")
    world.commit({"lib.t": "\n"})
    monkeypatch.setattr(judging, "find_command", lambda *_: "pants")
    (found,) = told(world, old)
    assert judging.affected_files(Git(world.root), found, TickingClock()) is None
    Engine(world.root, OneRulePants(), TickingClock(), setting_of("pants")).select(Question(old))
    assert judging.affected_files(Git(world.root), found, TickingClock()) == ("lib.t", "user.t")


def test_a_name_that_is_no_utf8_could_not_be_decided(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    (world.root / os.fsdecode(b"b\xff.txt")).write_text("BAD\n")
    world.did("add", "--all")
    code, document = judged(world, capsys)
    assert code == ExitCode.UNDECIDED
    assert "b\\xff.txt" in document["runs"][0]["gates"][-1]["reason"]


def test_a_renamed_files_old_name_is_told(world: World) -> None:
    world.commit({"old name.txt": "x\n" * 9})
    world.did("mv", "old name.txt", "new.txt")
    found = staged(Git(world.root), world.root)
    assert (found.files, dict(found.renames)) == (("new.txt",), {"new.txt": "old name.txt"})


def test_a_setting_of_no_gate_asks_for_none(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.did("config", "dynamic.preCommitGates", "")
    stage(world, {"b.txt": "BAD\n"})
    assert hooks_group.main(["run", "pre-commit", "--repo", str(world.root)], standalone_mode=False) == ExitCode.YES
    assert "asks for no gate" in capsys.readouterr().err


def test_the_command_reads_what_git_tells_a_push(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    old = world.did("rev-parse", "HEAD")
    world.commit({"b.txt": "BAD\n"})
    head = world.did("rev-parse", "HEAD")
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"refs/heads/main {head} refs/heads/main {old}\n"))
    code, document = judged(world, capsys, "pre-push")
    assert code == ExitCode.NO
    (run,) = document["runs"]
    assert run["change"]["base"] == old
    assert run["gates"][0]["name"] == "ruff"
    # The commit that is pushed is the mirror's own HEAD, so that a gate sees the history that is brought.
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"refs/heads/main {old} refs/heads/main {head}\n"))
    assert judged(world, capsys, "pre-push")[0] == ExitCode.YES


def test_a_push_of_nothing_is_nothing_to_judge(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    words = ["run", "pre-push", "--repo", str(world.root), "--json", "--", "origin", "somewhere"]
    assert hooks_group.main(words, standalone_mode=False) == ExitCode.YES
    assert json.loads(capsys.readouterr().out) == {**_EMPTY, "hook": "pre-push"}
