"""Each gate of the table with a program that is not itself: what it does instead of looking is never a pass."""

import subprocess
from pathlib import Path

import pytest

from dynamic_base import SystemClock
from dynamic_delivery.gates import bandit, bounded, harness, mypy, secrets, shellcheck, zizmor
from dynamic_delivery.gates import pytest as pytest_gate
from dynamic_delivery.gates.errors import OutputError, ToolError
from dynamic_delivery.gates.looking import Source, unread, wanted
from dynamic_delivery.gates.model import Gate, Outcome, Report, Scope
from dynamic_delivery.gates.reading import document
from dynamic_delivery.gates.runner import Rules, run_gates
from dynamic_delivery.gates.table import GATES
from dynamic_delivery.gates.tools import find_tool
from tests.dynamic_delivery.gates.parsers import OUTPUTS, PARSERS
from tests.dynamic_delivery.gates.trivy_support import database

# The file that each gate is given. A row of the table that is neither here nor below fails the first test.
FILES = {
    "bandit": "a.py",
    "hadolint": "Dockerfile",
    "harness": "a.py",
    "mypy": "a.py",
    "pytest": "test_a.py",
    "ruff": "a.py",
    "secrets": "a.py",
    "shellcheck": "a.sh",
    "trivy-config": "Dockerfile",
    "trivy-secret": "a.py",
    "trivy-vuln": "requirements.txt",
    "zizmor": ".github/workflows/a.yml",
}
# They read files of the repository, and start no program whose words they take.
ALONE = {"contracts", "dependencies", "licences", "matrix", "sbom"}
TALKING = tuple(gate for gate in GATES if gate.name in FILES)
CLEAN = {parser.name: parser.clean.decode() for parser in PARSERS} | {
    "ruff": "[]",
    "secrets": "[]",
    "mypy": "",
    "pytest": "[]",
    **dict.fromkeys(
        ("trivy-config", "trivy-secret", "trivy-vuln"), '{"SchemaVersion": 2, "Trivy": {"Version": "9.9.9"}}'
    ),
}
TEXTS = {"requirements.txt": f"idna==3.10 --hash=sha256:{'0' * 64}\n", "Dockerfile": "FROM debian:12\n"}
BOUND_S = 0.3  # a program that never ends passes it on any machine
MOST_BYTES = 1 << 16
each_gate = pytest.mark.parametrize("gate", TALKING, ids=lambda gate: gate.name)


def program_of(gate: Gate, root: Path) -> Path:
    """Return where the gate's program is to stand."""
    if gate is harness.GATE:
        return root / harness.SCRIPT
    return root.parent / f"{root.name}-{gate.name}" if gate.tools else root / "pants"


def planted(gate: Gate, root: Path, script: str) -> Scope:
    """Make ``script`` the program of the gate, which tells its version like any other, and return what it is given."""
    path, tool = FILES[gate.name], program_of(gate, root)
    settings = {f"tools.{name}": str(tool) for name in gate.tools}
    (root / "pants.toml").write_text('[GLOBAL]\npants_version = "2.17.1"\n', encoding="utf-8")
    if gate.name == "trivy-vuln":
        settings["trivy-vuln.database"] = str(database(root.parent / f"{root.name}-database", {}))
        settings["trivy-vuln.stale_days"] = "100000"
    for file, text in ((tool, f'#!/bin/sh\n[ "$1" = --version ] && echo 9.9.9 && exit\n{script}\n'), (root / path, "")):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text or TEXTS.get(path, "x = 1\n"), encoding="utf-8")
    tool.chmod(0o755)
    if gate is secrets.GATE:  # it asks for the history
        who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
        for words in (("init", "-q"), (*who, "commit", "-q", "--allow-empty", "-m", "a")):
            subprocess.run(["git", *words], cwd=root, check=True)
    return Scope(root, (path,), "HEAD", settings=settings, changed=(path,))


def judged(gate: Gate, root: Path, script: str) -> Report:
    """Return what the gate says where its program is ``script``."""
    return gate.judge(planted(gate, root, script))


def answered(gate: Gate, scope: Scope) -> Report:
    """Return what the runner makes of it, as it stands in every output."""
    (report,) = run_gates([gate], scope, Rules(SystemClock()))
    assert "the gate itself failed" not in report.reason
    return report


def test_every_gate_of_the_table_is_tried_or_starts_no_program() -> None:
    assert {gate.name for gate in GATES} == FILES.keys() | ALONE
    assert not [gate.name for gate in GATES if gate.tools and gate.name in ALONE]


@each_gate
@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("exit 0", ""),
        ("echo '['", ""),
        ("echo nobody knows >&2; exit 99", "exited 99"),
        ("kill -SEGV $$", "was ended by SIGSEGV"),
        ("kill -KILL $$", "was ended by SIGKILL"),
        ("printf '\\377\\376'", ""),
        ("echo null", ""),
        ("yes", f"printed more than {MOST_BYTES} bytes on stdout"),
        ("yes >&2", f"printed more than {MOST_BYTES} bytes on stderr"),
    ],
    ids=["silent", "cut", "odd exit", "crash", "kill", "bytes", "null", "flood", "flood of stderr"],
)
def test_a_program_that_does_not_look_is_no_answer(
    gate: Gate, script: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded, "_Bounds", lambda time_s, memory, _: _BOUNDS(time_s, memory, MOST_BYTES))

    report = answered(gate, planted(gate, tmp_path, script))

    assert report.outcome is Outcome.UNDECIDED
    assert why in report.reason
    assert report.fix


_BOUNDS = bounded._Bounds


@each_gate
def test_a_program_that_cannot_be_started_is_no_answer(gate: Gate, tmp_path: Path) -> None:
    scope = planted(gate, tmp_path, "")
    program_of(gate, tmp_path).write_text("#!/nowhere/sh\n", encoding="utf-8")

    with pytest.raises(ToolError, match="cannot start") as refused:
        gate.judge(scope)

    assert refused.value.hint


@each_gate
def test_a_program_that_hangs_is_no_answer_and_is_not_waited_for(
    gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scope = planted(gate, tmp_path, "exec >&- 2>&-; exec sleep 600")
    for name in gate.tools:
        find_tool(name, scope)  # the version is asked for once, within the bound that stands
    monkeypatch.setattr(bounded, "_Bounds", lambda _, memory, most: _BOUNDS(BOUND_S, memory, most))

    report = answered(gate, scope)

    assert report.outcome is Outcome.UNDECIDED
    assert f"did not end within {BOUND_S:g} s" in report.reason


@each_gate
def test_a_warning_of_a_program_that_exits_0_is_no_pass(gate: Gate, tmp_path: Path) -> None:
    warning = "the sky falls"
    if gate is mypy.GATE:
        told = (OUTPUTS / "mypy-warned.txt").read_text(encoding="utf-8")
        (tmp_path / "said").write_text(told.replace("pyproject.toml: [mypy]", warning), encoding="utf-8")
        script = "cat said >&2"
    elif gate is pytest_gate.GATE:
        script = f"echo '12:00:00.00 [WARN] {warning}' >&2\n{_TESTED}"
    else:
        log = "4:08PM WRN " if gate is secrets.GATE else ""
        script = f"echo '{log}{warning}' >&2; echo '{CLEAN[gate.name]}'"

    report = answered(gate, planted(gate, tmp_path, script))

    # What gitleaks warns of is not shown, since it may hold a secret; trivy's database did not answer either.
    undecided = gate.name in {"secrets", "trivy-vuln"}
    assert report.outcome is (Outcome.UNDECIDED if undecided else Outcome.FAILED)
    if not undecided:
        assert [each.message for each in report.findings if each.rule == "tool-warning" and warning in each.message]


# Pants, with a report of one test that passed.
_TESTED = """\
for word in "$@"; do case $word in peek) echo '[]' ;; --test-report-dir=*) out=${word#*=} ;; esac; done
[ -z "$out" ] || cat > "$out/test_a.py.xml" <<'END'
<testsuites><testsuite errors="0" failures="0" tests="1"><testcase name="t"/></testsuite></testsuites>
END"""


def test_a_fault_in_gitleaks_log_is_an_error_that_shows_nothing_of_it(tmp_path: Path) -> None:
    script = "echo '4:08PM WRN partial scan of hunter2' >&2; echo '[]'"

    with pytest.raises(OutputError, match="told of 1 faults in its log") as refused:
        judged(secrets.GATE, tmp_path, script)

    assert "hunter2" not in str(refused.value)


def test_of_a_gitleaks_that_is_killed_no_word_is_told(tmp_path: Path) -> None:
    """Its log names what it found, and a secret may be the last that it said."""
    script = "echo '4:08PM DBG skipping finding: (hunter2)' >&2; kill -SEGV $$"

    with pytest.raises(ToolError, match="was ended by SIGSEGV") as refused:
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
