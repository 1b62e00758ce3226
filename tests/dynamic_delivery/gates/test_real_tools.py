"""The real programs, each on planted faults and on sound files that look like them."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from dynamic_base import SystemClock, TickingClock
from dynamic_delivery.gates import bandit, hadolint, ruff, secrets, secrets_tree, shellcheck, zizmor
from dynamic_delivery.gates.errors import ToolError
from dynamic_delivery.gates.model import Gate, Outcome, Report, Scope
from dynamic_delivery.gates.runner import Rules, run_gates
from dynamic_delivery.gates.scope import Asked, find_scope
from dynamic_delivery.gates.secrets_tree import Tree, add_history, is_shallow
from tests.dynamic_delivery.gates.planted import ALL, AWS_KEY, BANDIT, GITHUB_TOKEN, SECRETS, ZIZMOR, Planted
from tests.dynamic_delivery.gates.programs import program

GATES = {
    gate.name: gate for gate in (bandit.GATE, hadolint.GATE, ruff.GATE, secrets.GATE, shellcheck.GATE, zizmor.GATE)
}


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    """What each gate says of all its planted files."""
    return {planted.gate: judged(planted, planted.files, tmp_path_factory.mktemp(planted.gate)) for planted in ALL}


@pytest.mark.parametrize("planted", ALL, ids=lambda planted: planted.gate)
def test_every_planted_fault_is_found_and_nothing_else(planted: Planted, reports: dict[str, Report]) -> None:
    report = reports[planted.gate]

    found: dict[str, set[str]] = {}
    for each in report.findings:
        found.setdefault(each.place.path if each.place else "", set()).add(each.rule)
    assert found == planted.rules
    assert report.outcome is Outcome.FAILED


@pytest.mark.parametrize("planted", ALL, ids=lambda planted: planted.gate)
def test_sound_files_pass_and_each_was_read(planted: Planted, tmp_path: Path) -> None:
    sound = [path for path in planted.files if path not in planted.rules]

    report = judged(planted, sound, tmp_path)

    assert (report.findings, report.outcome) == ((), Outcome.PASSED)
    wanted = {path for path in sound if GATES[planted.gate].looks_at(path) and path != "LICENSE"}
    assert set(report.read) == wanted


@pytest.mark.parametrize("gate", sorted(GATES))
def test_no_report_holds_a_secret_and_every_finding_says_how_to_mend_it(gate: str, reports: dict[str, Report]) -> None:
    assert not [secret for secret in SECRETS if secret in repr(reports[gate])]
    assert all(each.fix and each.message for each in reports[gate].findings)
    assert not [each for each in reports[gate].findings if "\n" in each.fix + each.message]


def test_a_fingerprint_survives_lines_above_it(reports: dict[str, Report], tmp_path: Path) -> None:
    moved = Planted("bandit", {}, {**BANDIT.files, "src/bad.py": f"\n\n\n{BANDIT.files['src/bad.py']!s}"})

    after = judged(moved, ["src/bad.py"], tmp_path).findings
    before = [each for each in reports["bandit"].findings if each.place and each.place.path == "src/bad.py"]

    assert [each.fingerprint for each in before] == [each.fingerprint for each in after]
    assert [each.place.line + 3 for each in before if each.place] == [each.place.line for each in after if each.place]


def test_only_broken_workflows_are_findings_and_no_pass(tmp_path: Path) -> None:
    report = judged(ZIZMOR, [".github/workflows/broken.yml"], tmp_path)

    assert [each.rule for each in report.findings] == ["not-read"]


def test_secrets_of_the_past_are_found_with_their_commits_those_of_a_merge_too(tmp_path: Path) -> None:
    """``git log -p`` shows no diff of a merge, so that gitleaks alone does not see what a merge itself brought in."""
    git(tmp_path, "init", "-q", "-b", "main")
    base = commit(tmp_path, {"a.py": "x = 1\n"})
    guilty = commit(tmp_path, {"a.py": f'k = "{AWS_KEY}"\n'})
    commit(tmp_path, {"a.py": "x = 1\n"})
    git(tmp_path, "checkout", "-qb", "side")
    commit(tmp_path, {"b.py": "y = 1\n"})
    git(tmp_path, "checkout", "-q", "main")
    commit(tmp_path, {"c.py": "z = 1\n"})
    git(tmp_path, "merge", "-q", "--no-commit", "side")
    merged = commit(tmp_path, {"c.py": f"z = '{GITHUB_TOKEN}'\n"})
    commit(tmp_path, {"c.py": "z = 1\n"})

    found = look(secrets.GATE, tmp_path, ["a.py", "c.py"], base=base).findings
    alone = subprocess.run(
        [program("gitleaks"), "git", "-f", "json", "-r", "-", "--exit-code", "0", f"--log-opts={base}..HEAD", tmp_path],
        capture_output=True,
        check=True,
    )

    assert [(each.rule, each.place and (each.place.path, each.place.line)) for each in found] == [
        ("aws-access-token", ("a.py", 1)),
        ("github-pat", ("c.py", 1)),
    ]
    for finding, blamed in zip(found, (guilty, merged), strict=True):
        assert f"in the history (commit {blamed[:12]})" in finding.message
    assert [each["RuleID"] for each in json.loads(alone.stdout)] == ["aws-access-token"]


def test_a_secret_that_a_change_adds_and_takes_back_is_found_though_no_file_is_left(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    base = commit(tmp_path, {"a.py": "x = 1\n"})
    commit(tmp_path, {"b.py": f'k = "{AWS_KEY}"\n'})
    git(tmp_path, "rm", "-q", "b.py")
    head = commit(tmp_path, {})
    settings = {"tools.gitleaks": str(program("gitleaks"))}

    def since(revision: str) -> Report:
        scoped = find_scope(Asked(tmp_path, revision), settings, TickingClock(), lambda _: None)
        return run_gates([secrets.GATE], scoped.scope, Rules(SystemClock()))[0]

    (finding,) = since(base).findings
    assert (finding.rule, finding.place and finding.place.path) == ("aws-access-token", "b.py")
    assert {since(f"{head}~1").outcome, since(head).outcome} == {Outcome.SKIPPED}


def test_only_what_the_commits_since_the_base_hold_is_history(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    commit(tmp_path, {"a.py": "first\n"})
    base = commit(tmp_path, {"a.py": "second\n"})
    commit(tmp_path, {"a.py": "third\n", "b.py": "new\n"})
    (tmp_path / "tree").mkdir()

    def versions(base: str) -> set[bytes]:
        tree = Tree(Path(tempfile.mkdtemp(dir=tmp_path / "tree")))
        add_history(tree, Scope(tmp_path, (), base), set())
        return {(tree.folder / name).read_bytes() for name in tree.origins}

    assert versions(base) == {b"third\n", b"new\n"}
    assert versions("") == {b"first\n", b"second\n", b"third\n", b"new\n"}
    assert not is_shallow(tmp_path)
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{tmp_path}", "shallow")
    assert is_shallow(tmp_path / "shallow")


def test_a_base_that_git_does_not_know_is_no_empty_history(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    commit(tmp_path, {"a.py": "x = 1\n"})

    with pytest.raises(ToolError, match="git exited 128"):
        look(secrets.GATE, tmp_path, ["a.py"], base="0" * 39 + "1")


def test_a_file_that_is_gone_is_a_finding_and_what_is_binary_is_told(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    head = commit(tmp_path, {"a b.bin": b"\x7fELF" + bytes(range(256)) * 8, "a.py": "x = 1\n"})

    report = look(secrets.GATE, tmp_path, ["a b.bin", "a.py", "gone.py"], base=head)

    assert [(each.rule, each.place and each.place.path) for each in report.findings] == [("not-read", "gone.py")]
    assert report.read == ("a.py",)
    assert "1 binary files were passed over: a b.bin" in report.notes


def test_a_file_or_version_that_is_too_long_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(tmp_path, "init", "-q")
    base = commit(tmp_path, {"a.txt": "short\n"})
    commit(tmp_path, {"a.txt": "long\n" * 9, "b.txt": "long, too\n" * 9})
    commit(tmp_path, {"a.txt": "short again\n"})
    monkeypatch.setattr(secrets_tree, "MOST_BYTES", 20)

    report = look(secrets.GATE, tmp_path, ["a.txt", "b.txt"], base=base)

    assert [(each.rule, each.place and each.place.path, "history" in each.message) for each in report.findings] == [
        ("not-read", "a.txt", True),
        ("not-read", "b.txt", False),
    ]
    assert report.read == ("a.txt",)


def test_rules_of_the_repository_are_told_where_they_stand_in_for_the_program_s_own(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    rules = "[extend]\nuseDefault = true\n[allowlist]\nregexes = ['.*']\n"
    head = commit(tmp_path, {"a.py": f'k = "{AWS_KEY}"\n', ".gitleaks.toml": rules})

    report = look(secrets.GATE, tmp_path, ["a.py"], base=head)

    assert report.findings == ()
    assert "the rules are those of .gitleaks.toml" in report.notes


def judged(planted: Planted, paths: Iterable[str], folder: Path) -> Report:
    """Return what the gate says of ``paths``, beside which the files stand that configure it."""
    git(folder, "init", "-q")
    chosen = {path: planted.files[path] for path in planted.files if path in set(paths) or path.endswith(".toml")}
    head = commit(folder, chosen)
    gate = GATES[planted.gate]
    return look(gate, folder, [path for path in paths if gate.looks_at(path)], base=head)


def look(gate: Gate, root: Path, paths: Iterable[str], base: str = "") -> Report:
    settings = {f"tools.{tool}": str(program(tool)) for tool in gate.tools}
    return gate.judge(Scope(root.resolve(), tuple(sorted(paths)), base, settings=settings))


def commit(root: Path, files: dict[str, str | bytes]) -> str:
    for path, content in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    git(root, "add", "-A")
    git(root, "commit", "-qm", "a change", "--allow-empty")
    return git(root, "rev-parse", "HEAD")


def git(root: Path, *words: str) -> str:
    nobody = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull}  # who signs commits, or has hooks, is not asked
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    done = subprocess.run(["git", *who, *words], cwd=root, env=nobody, capture_output=True, text=True, check=True)
    return done.stdout.strip()
