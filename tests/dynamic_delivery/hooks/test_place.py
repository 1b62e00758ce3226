"""Hooks beside whatever stands: installed, chained, taken away, and nobody's lost; each by a real git."""

import shutil
from pathlib import Path

import pytest

from dynamic_base import ExitCode, run
from dynamic_cli.main import main
from dynamic_delivery.hooks.errors import HookFolderError, SharedFolderError
from dynamic_delivery.hooks.place import hooks_folder, install, own_folder, placed, uninstall
from dynamic_delivery.hooks.script import script_of
from dynamic_delivery.hooks.table import BY_NAME, HOOKS
from dynamic_impact.git import Git
from tests.dynamic_delivery.hooks.worlds import World, new_world


def put(world: World) -> None:
    install(own_folder(Git(world.root)))


def remote(world: World, name: str = "origin") -> Path:
    path = world.beside / f"{name}.git"
    world.did("init", "--quiet", "--bare", str(path))
    world.did("remote", "add", name, str(path))
    return path


def test_git_calls_the_installed_hooks_with_what_it_tells(world: World) -> None:
    remote(world)
    put(world)
    assert world.commit({"a.txt": "more\n"}).exit_code == 0
    head = world.did("rev-parse", "HEAD")
    assert world.git("push", "--quiet", "origin", "main").exit_code == 0
    assert world.calls[0] == "hooks run pre-commit --"
    assert world.calls[1].startswith("hooks run pre-push -- origin ")
    assert world.told == [f"refs/heads/main {head} refs/heads/main {'0' * 40}"]


@pytest.mark.parametrize(
    ("code", "refused"), [(0, False), (1, True), (130, True), (2, False), (3, False), (127, False)]
)
def test_a_no_stops_the_commit_and_an_undecided_one_lets_it_pass(world: World, code: int, refused: bool) -> None:
    put(world)
    world.exits(code)
    done = world.commit({"a.txt": f"{code}\n"})
    assert (done.exit_code != 0) is refused
    assert (b"could not be decided here" in done.stderr) is (code not in (0, 1, 130))


@pytest.mark.parametrize(("setting", "refused"), [("block", True), ("warn", False)])
def test_a_setting_says_whether_an_undecided_commit_passes(world: World, setting: str, refused: bool) -> None:
    put(world)
    world.exits(3)
    world.did("config", "dynamic.undecided", setting)
    done = world.commit({"a.txt": "x\n"})
    assert (done.exit_code != 0) is refused
    assert b"git config dynamic.undecided" in done.stderr


def test_gits_own_way_round_is_no_verify(world: World) -> None:
    put(world)
    world.exits(1)
    assert world.commit({"a.txt": "x\n"}, "--no-verify").exit_code == 0
    assert world.calls == []


def test_somebody_elses_hook_runs_first_and_its_refusal_stands(world: World) -> None:
    world.hook("pre-commit", f"echo called \"$@\" >>'{world.beside}/other'; exit 7")
    put(world)
    assert world.commit({"a.txt": "x\n"}).exit_code != 0
    assert (world.beside / "other").read_text() == "called\n"
    assert world.calls == []


def test_both_hooks_of_a_push_read_what_git_tells(world: World) -> None:
    remote(world)
    world.hook("pre-push", f"cat >'{world.beside}/other'")
    put(world)
    assert world.git("push", "--quiet", "origin", "main", "main:second").exit_code == 0
    assert len(world.told) == 2
    assert (world.beside / "other").read_text().splitlines() == world.told


def test_a_push_of_nothing_tells_nothing(world: World) -> None:
    remote(world)
    world.did("push", "--quiet", "origin", "main")
    world.hook("pre-push", f"wc -c >'{world.beside}/other'")
    put(world)
    assert world.git("push", "--quiet", "origin", "main").exit_code == 0
    assert (world.beside / "other").read_text().strip() == "0"
    assert world.told == []


def test_uninstall_puts_back_what_was_there_byte_for_byte(world: World) -> None:
    path = world.hook("pre-commit", "exit 0 # mine")
    before, mode = path.read_bytes(), path.stat().st_mode
    folder = hooks_folder(Git(world.root))
    names = sorted(each.name for each in folder.iterdir())
    put(world)
    assert path.read_bytes() != before
    uninstall(folder)
    assert (path.read_bytes(), path.stat().st_mode) == (before, mode)
    assert sorted(each.name for each in folder.iterdir()) == names


def test_a_hook_that_is_a_link_is_kept_as_one(world: World) -> None:
    target = world.beside / "shared-hook"
    target.write_text(f"#!/bin/sh\ntouch '{world.beside}/linked'\n")
    target.chmod(0o755)
    path = world.root / ".git" / "hooks" / "pre-commit"
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(target)
    put(world)
    assert world.commit({"a.txt": "x\n"}).exit_code == 0
    assert (world.beside / "linked").exists()
    uninstall(path.parent)
    assert path.readlink() == target


def test_installing_twice_changes_nothing(world: World) -> None:
    world.hook("pre-commit", "exit 0")
    put(world)
    folder = hooks_folder(Git(world.root))
    before = {each.name: each.read_bytes() for each in folder.iterdir()}
    put(world)
    assert {each.name: each.read_bytes() for each in folder.iterdir()} == before


def test_an_older_version_of_ours_is_written_anew_and_not_chained(world: World) -> None:
    world.hook("pre-commit", "# dynamic.hooks/0: written by an older version\nexit 9")
    folder = hooks_folder(Git(world.root))
    assert [each.state for each in placed(folder)] == ["old", "none"]
    put(world)
    assert [(each.state, each.earlier) for each in placed(folder)] == [("ours", None), ("ours", None)]


def test_a_hook_written_over_ours_is_kept_and_ours_comes_back_before_two_are_joined(world: World) -> None:
    world.hook("pre-commit", "exit 0 # the first")
    put(world)
    world.hook("pre-commit", "exit 0 # the second")
    with pytest.raises(HookFolderError, match="somebody else's"):
        put(world)
    folder = hooks_folder(Git(world.root))
    held = [each.read_text() for each in folder.iterdir()]
    assert all(any(f"# the {which}" in text for text in held) for which in ("first", "second"))


def test_an_install_that_was_cut_off_goes_on_or_back(world: World) -> None:
    path = world.hook("pre-commit", f"touch '{world.beside}/mine'")
    path.rename(path.with_name("pre-commit.before-dynamic"))  # killed right after this
    put(world)
    assert world.commit({"a.txt": "x\n"}).exit_code == 0
    assert (world.beside / "mine").exists()
    path.unlink()
    uninstall(path.parent)
    assert "mine" in path.read_text()


@pytest.mark.parametrize("kept_as", ["pre-commit", "pre-commit.legacy"])
def test_a_hook_that_starts_ours_again_does_not_start_it_for_ever(world: World, kept_as: str) -> None:
    # As another manager of hooks does that was installed over ours, and then ours over it.
    seen = f"'{world.beside}/other'"
    path = world.hook(
        "pre-commit", f"echo 1 >>{seen}; [ $(wc -l <{seen}) -lt 4 ] || exit 1; .git/hooks/{kept_as} || exit 1"
    )
    put(world)
    if kept_as != path.name:
        shutil.copy(path, path.with_name(kept_as))
    assert world.git("commit", "--quiet", "--allow-empty", "--message", "x").exit_code == 0
    assert (world.beside / "other").read_text() == "1\n"
    assert world.calls == ["hooks run pre-commit --"] * 2
    world.exits(1)
    assert world.commit({"a.txt": "x\n"}).exit_code != 0


def test_the_earlier_hook_of_another_repository_is_started_all_the_same(world: World) -> None:
    other = new_world(world.beside / "other")
    other.hook("pre-commit", f"touch '{world.beside}/theirs'")
    put(other)
    world.hook("pre-commit", f"unset GIT_DIR GIT_INDEX_FILE; cd '{other.root}'; git commit --allow-empty -qm x")
    put(world)
    assert world.commit({"a.txt": "x\n"}).exit_code == 0
    assert (world.beside / "theirs").exists()


def test_all_worktrees_share_the_hooks_and_each_runs_its_own_commands(world: World) -> None:
    other = world.beside / "other tree"
    world.did("worktree", "add", "--quiet", str(other), "-b", "side")
    put(world)
    assert hooks_folder(Git(other)) == hooks_folder(Git(world.root))
    (other / "a.txt").write_text("x\n")
    assert world.git("commit", "--quiet", "--all", "--message", "side", cwd=other).exit_code == 0
    assert world.calls == ["hooks run pre-commit --"]


def test_a_folder_of_hooks_in_the_repository_is_respected(world: World) -> None:
    world.did("config", "core.hooksPath", ".githooks")
    put(world)
    assert (world.root / ".githooks" / "pre-commit").exists()
    assert not (world.root / ".git" / "hooks" / "pre-commit").exists()
    assert world.commit({"a.txt": "x\n"}).exit_code == 0
    assert world.calls == ["hooks run pre-commit --"]


def test_a_folder_that_other_repositories_share_is_left_alone_unless_asked_for(world: World) -> None:
    shared = world.beside / "all hooks"
    world.did("config", "core.hooksPath", str(shared))
    with pytest.raises(SharedFolderError, match="--shared"):
        put(world)
    assert not shared.exists()
    install(own_folder(Git(world.root), shared=True))
    assert (shared / "pre-commit").exists()


def test_a_tree_without_the_tool_is_passed_over_and_told(world: World) -> None:
    put(world)
    world.did("rm", "--quiet", "dynamic")
    done = world.git("commit", "--quiet", "--message", "gone")
    assert done.exit_code == 0
    assert b"no ./dynamic: nothing was checked" in done.stderr


def test_a_push_from_a_repository_without_files_is_passed_over_and_told(world: World) -> None:
    path = remote(world)
    world.did("push", "--quiet", "origin", "main")
    second = remote(world, "second")
    (path / "hooks").mkdir(exist_ok=True)
    install(path / "hooks")
    done = world.git("push", "--quiet", str(second), "main", cwd=path)
    assert done.exit_code == 0, done.stderr.decode()
    assert b"nothing was checked" in done.stderr


def test_a_place_that_cannot_be_written_is_named_and_loses_nothing(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    (world.root / ".git" / "taken").write_text("a file")
    world.did("config", "core.hooksPath", ".git/taken/hooks")
    assert main(["hooks", "install", "--repo", str(world.root)]) == ExitCode.UNDECIDED
    assert "taken/hooks" in capsys.readouterr().err
    assert (world.root / ".git" / "taken").read_text() == "a file"


def test_outside_of_a_repository_is_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for verb in (["install"], ["uninstall"], ["run", "pre-commit"]):
        assert main(["hooks", *verb, "--repo", str(tmp_path)]) == ExitCode.USAGE
        assert "no git work tree" in capsys.readouterr().err


def test_the_scripts_are_plain_sh(tmp_path: Path) -> None:
    for hook in HOOKS:
        path = tmp_path / hook.name
        path.write_text(script_of(hook), encoding="utf-8")
        assert run(["sh", "-n", str(path)], cwd=tmp_path).exit_code == 0
        assert "{" not in script_of(hook).replace("${", "").replace("() {", "").replace("|| {", "")
    assert set(BY_NAME) == {"pre-commit", "pre-push"}
