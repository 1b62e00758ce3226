"""Each gate with a program that is not itself: what it does instead of looking is never a pass."""

import subprocess
from pathlib import Path

import pytest

from dynamic_delivery.gates import bandit, hadolint, ruff, secrets, shellcheck, zizmor
from dynamic_delivery.gates.errors import OutputError, ToolError
from dynamic_delivery.gates.looking import Source, unread, wanted
from dynamic_delivery.gates.model import Gate, Outcome, Report, Scope
from dynamic_delivery.gates.reading import document
from tests.dynamic_delivery.gates.parsers import PARSERS

FILES = {
    "bandit": "a.py",
    "hadolint": "Dockerfile",
    "ruff": "a.py",
    "secrets": "a.py",
    "shellcheck": "a.sh",
    "zizmor": ".github/workflows/a.yml",
}
GATES = (bandit.GATE, hadolint.GATE, ruff.GATE, secrets.GATE, shellcheck.GATE, zizmor.GATE)
CLEAN = {parser.name: parser.clean.decode() for parser in PARSERS} | {"ruff": "[]", "secrets": "[]"}
each_gate = pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.name)


def judged(gate: Gate, root: Path, script: str) -> Report:
    """Return what the gate says where its program is ``script``, which tells its version like any other."""
    (program,) = gate.tools
    tool = root.parent / f"{root.name}-{program}"
    tool.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo 9.9.9 && exit\n{script}\n', encoding="utf-8")
    tool.chmod(0o755)
    path = FILES[gate.name]
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text("x = 1\n", encoding="utf-8")
    if gate is secrets.GATE:  # it asks for the history
        who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
        for words in (("init", "-q"), (*who, "commit", "-q", "--allow-empty", "-m", "a")):
            subprocess.run(["git", *words], cwd=root, check=True)
    return gate.judge(Scope(root, (path,), "HEAD", settings={f"tools.{program}": str(tool)}))


@each_gate
@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("exit 0", "printed no whole JSON document"),
        ("echo '['", "printed no whole JSON document"),
        ("echo nobody knows >&2; exit 99", r"exited 99"),
        ("kill -SEGV $$", "was ended by SIGSEGV"),
        ("printf '\\377\\376'", "no UTF-8"),
        ("echo null", "that is no"),
    ],
    ids=["silent", "cut", "odd exit", "signal", "bytes", "null"],
)
def test_a_program_that_does_not_look_is_an_error(gate: Gate, script: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=why) as refused:
        judged(gate, tmp_path, script)

    assert refused.value.hint


@pytest.mark.parametrize("gate", [gate for gate in GATES if gate.name != "secrets"], ids=lambda gate: gate.name)
def test_a_warning_of_a_program_that_exits_0_is_a_finding(gate: Gate, tmp_path: Path) -> None:
    report = judged(gate, tmp_path, f"echo 'the sky falls' >&2; echo '{CLEAN[gate.name]}'")

    assert "the sky falls" in {each.message for each in report.findings if each.rule == "tool-warning"}
    assert report.outcome is Outcome.FAILED


def test_a_fault_in_gitleaks_log_is_an_error_that_shows_nothing_of_it(tmp_path: Path) -> None:
    script = "echo '4:08PM WRN partial scan of hunter2' >&2; echo '[]'"

    with pytest.raises(OutputError, match="told of 1 faults in its log") as refused:
        judged(secrets.GATE, tmp_path, script)

    assert "hunter2" not in str(refused.value)


def test_of_a_gitleaks_that_is_killed_no_word_is_told(tmp_path: Path) -> None:
    """Its log names what it found, and a secret may be the last that it said."""
    script = "echo '4:08PM DBG skipping finding: (hunter2)' >&2; kill -SEGV $$"

    with pytest.raises(ToolError, match="gitleaks was ended by SIGSEGV") as refused:
        judged(secrets.GATE, tmp_path, script)

    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("gate", [bandit.GATE, zizmor.GATE], ids=lambda gate: gate.name)
def test_a_clean_answer_that_does_not_name_the_file_is_a_finding(gate: Gate, tmp_path: Path) -> None:
    clean = CLEAN[gate.name].replace("./a.py", "./b.py")

    (finding,) = judged(gate, tmp_path, f"echo '{clean}'").findings

    assert (finding.rule, finding.place and finding.place.path) == ("not-read", FILES[gate.name])


def test_files_without_a_shebang_of_a_shell_are_no_scripts(tmp_path: Path) -> None:
    (tmp_path / "LICENSE").write_text("words\n", encoding="utf-8")

    report = shellcheck.judge(Scope(tmp_path, ("LICENSE",)))

    assert report.outcome is Outcome.SKIPPED


@pytest.mark.parametrize("said", ["/etc/passwd", "../a.py", "", "a/../../b"])
def test_a_path_outside_of_the_repository_is_an_error(said: str, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="tool speaks of"):
        Source(tmp_path).path("tool", said)


def test_a_path_is_told_from_the_root_however_a_tool_writes_it(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    source = Source(tmp_path / "link")

    said = ["a/b.py", "./a/b.py", f"{tmp_path}/link/a/b.py", f"{tmp_path}/real/a/b.py"]
    assert {source.path("tool", path) for path in said} == {"a/b.py"}


def test_a_name_that_looks_like_an_option_is_given_as_a_file_and_told_by_its_name() -> None:
    scope = Scope(Path("/repo"), ("--fix.py", "a.py"))

    given = wanted(scope, lambda path: True)

    assert given == ["./--fix.py", "a.py"]
    assert [each.place and each.place.path for each in unread("tool", given, {"a.py"})] == ["--fix.py"]


def test_a_line_that_is_not_there_has_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"  one\x0c\r\n\xff two\n")
    source = Source(tmp_path)

    assert [source.line("a.py", number) for number in (1, 2, 0, -1, 99)] == ["one", "\ufffd two", "", "", ""]
    assert source.line("gone.py", 1) == source.line("a\0b", 1) == ""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"a": 1, "a": 2}', "a field stands twice"),
        ("[NaN]", "NaN is no JSON"),
        ('{"a": ', "no whole JSON"),
        ("[] []", "no whole"),
    ],
)
def test_what_nobody_should_print_is_refused(text: str, why: str) -> None:
    with pytest.raises(OutputError, match=why):
        document("tool", text.encode())


def test_a_refusal_says_where_and_shows_no_value() -> None:
    node = document("tool", b'{"Results": [{"line": "hunter2"}]}')

    with pytest.raises(OutputError, match=r"tool printed a Results\[0\]\.line that is no whole number") as refused:
        node["Results"].items()[0]["line"].whole()

    assert "hunter2" not in str(refused.value)
