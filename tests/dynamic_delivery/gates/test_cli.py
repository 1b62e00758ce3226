"""``dynamic gate`` from the words of a person to the exit code."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest

from dynamic_ags import load_manifest, read_policies
from dynamic_base import SystemClock
from dynamic_cli.main import main
from dynamic_delivery.gates import asking
from dynamic_delivery.gates.errors import ToolError
from dynamic_delivery.gates.model import Gate, Scope, Severity
from dynamic_delivery.gates.verdict import judge_gates
from dynamic_events import EventLog
from dynamic_impact.history import past_of
from tests.dynamic_delivery.gates.fakes import failing_with, finding, gate_of, gone, governed, program, report
from tests.dynamic_impact.repositories import IDENTITY, OneRulePants, Repository

_BOUND_S = 180.0
_NO_PANTS = ("--pants", "/bin/false")
Gates = Callable[..., None]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)
    made = governed(tmp_path / "my répo")
    made.write(**{"a.t": "x\n"})
    return made


@pytest.fixture
def gates(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> Gates:
    """Make these the table's gates, and ask of none more, in the folder of the repository."""
    monkeypatch.chdir(repository.root)

    def give(*rows: Gate, required: Sequence[str] = ()) -> None:
        monkeypatch.setattr(asking, "GATES", rows)
        _require(repository.root, required)

    give(gate_of("one"), gate_of("two"))
    return give


def _require(root: Path, names: Sequence[str]) -> None:
    """Let the policy's settings require just these gates."""
    path = root / "ci/policies/data/gates.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["gates"]["required"] = {name: {"starts": [""], "has": [""], "ends": [""]} for name in names}
    path.write_text(json.dumps(document), encoding="utf-8")


def _broken(_: Scope) -> Any:
    return report(finding())


def _document(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    return dict(json.loads(capsys.readouterr().out))


def test_what_passes_is_allowed(gates: Gates, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gate", "run", *_NO_PANTS]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[-1] == "allowed: 2 passed"
    assert "running: one" in err


def test_a_severe_new_finding_is_denied_with_its_place_its_fix_and_its_owner(
    gates: Gates, capsys: pytest.CaptureFixture[str]
) -> None:
    gates(gate_of("one", _broken), gate_of("two"))
    assert main(["gate", "run", *_NO_PANTS]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "a.t:1: high one R1: R1 is broken; fix: mend it [@o/all]" in lines
    assert lines[-1] == "denied: 1 passed, 1 failed"
    capsys.readouterr()
    *_, step = lines[-2].split(": ./dynamic ")  # what the last but one tells to do can be done
    assert main(step.split()) == 1
    assert "severe_finding" in capsys.readouterr().out


def test_a_gate_that_could_not_decide_is_no_yes(gates: Gates, capsys: pytest.CaptureFixture[str]) -> None:
    gates(gate_of("one", failing_with(ToolError("no trivy here", "run tools/scanners"))), gate_of("two"))
    assert main(["gate", "run", *_NO_PANTS]) == 3
    out = capsys.readouterr().out
    assert "one: could not decide: no trivy here; fix: run tools/scanners" in out
    assert out.splitlines()[-1] == "could not decide: 1 passed, 1 undecided"


def test_a_crash_of_one_gate_loses_no_other_gates_findings(gates: Gates, capsys: pytest.CaptureFixture[str]) -> None:
    gates(gate_of("one", _broken), gate_of("two", failing_with(ZeroDivisionError("by zero"))))
    assert main(["gate", "run", "--json", *_NO_PANTS]) == 1
    document = _document(capsys)
    assert [each["rule"] for each in document["findings"]] == ["R1"]
    assert [each["outcome"] for each in document["gates"]] == ["failed", "undecided"]
    assert (document["verdict"], document["exit_code"]) == ("denied", 1)


def test_where_nothing_changed_there_is_nothing_to_look_at(
    gates: Gates, repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    gates(gate_of("one", _broken), gate_of("two"), required=["one"])
    repository.commit()
    assert main(["gate", "run", *_NO_PANTS, "--since", "HEAD"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "allowed: 2 skipped"


def test_a_required_gate_that_is_not_in_the_table_is_denied(gates: Gates, capsys: pytest.CaptureFixture[str]) -> None:
    gates(gate_of("one"), required=["one", "secrets"])
    assert main(["gate", "run", *_NO_PANTS]) == 1
    assert "the gate secrets is required and did not run" in capsys.readouterr().out


def test_only_runs_what_was_named(gates: Gates, capsys: pytest.CaptureFixture[str]) -> None:
    gates(gate_of("one", _broken), gate_of("two"), gate_of("three"), required=["one", "two"])
    assert main(["gate", "run", "--json", *_NO_PANTS, "--only", "three", "two"]) == 0
    assert [each["name"] for each in _document(capsys)["gates"]] == ["two", "three"]


def test_the_document_says_against_what_and_who_looked(
    gates: Gates, repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["gate", "run", "--json", *_NO_PANTS]) == 0
    document = _document(capsys)
    assert document["schema"] == "dynamic.gates/1"
    assert document["change"]["against"] == document["change"]["base"] == repository.git("rev-parse", "HEAD")
    assert "the build graph could not be had" in document["change"]["notes"][0]
    assert "a.t" in document["change"]["changed"]
    assert json.loads((repository.root / ".dynamic/gates/last.json").read_bytes()) == document


def test_every_gate_and_the_verdict_stand_in_the_log_of_events(gates: Gates, repository: Repository) -> None:
    gates(gate_of("one", _broken), gate_of("two", failing_with(ToolError("gone", "fix"))))
    assert main(["gate", "run", *_NO_PANTS]) == 1
    events = EventLog(repository.root, SystemClock()).read().events
    assert len({event.run for event in events}) == 1
    told = {event.subject: event.attributes for event in events}
    head = repository.git("rev-parse", "HEAD")
    assert (told["one"]["gate.outcome"], told["one"]["gate.new"]) == ("failed", 1)
    assert (told["two"]["gate.outcome"], told["two"]["gate.reason"]) == ("undecided", "gone")
    assert (told[head]["exit_code"], told[head]["denied.rules"]) == (1, ("severe_finding",))
    assert past_of(repository.root, SystemClock()) == {}  # the history of tests reads the same log


def test_the_document_is_the_policys_whole_input(
    gates: Gates, repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    gates(gate_of("one", _broken), gate_of("two", failing_with(ToolError("gone", "fix"))), required=["three"])
    assert main(["gate", "run", "--json", *_NO_PANTS]) == 1
    document = _document(capsys)
    root = repository.root
    again = judge_gates(document, read_policies(root), load_manifest(root), SystemClock()).document()
    for key in ("denials", "undecided", "warnings", "failure", "result"):
        assert again[key] == document["decision"][key]
    assert {denial["rule"] for denial in document["decision"]["denials"]} == {"severe_finding", "gate_missing"}


def test_a_file_that_no_gate_can_be_given_is_no_yes(gates: Gates, repository: Repository, tmp_path: Path) -> None:
    (repository.root / os.fsdecode(b"bad\xff")).write_text("", encoding="utf-8")
    sarif = tmp_path / "gates.sarif"
    assert main(["gate", "run", *_NO_PANTS, "--sarif", str(sarif)]) == 3
    run_of = {each["automationDetails"]["id"]: each for each in json.loads(sarif.read_bytes())["runs"]}
    assert not run_of["gates/scope/"]["invocations"][0]["executionSuccessful"]


def test_everything_is_not_allowed_where_a_part_is_not_checked_out(
    gates: Gates, repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.commit()
    repository.git("sparse-checkout", "set", "--no-cone", "/*", "!/sub/")
    assert main(["gate", "run", "--all"]) == 3
    assert "1 tracked files are not checked out, first sub/b.t; fix: run 'git sparse" in capsys.readouterr().out
    assert main(["gate", "baseline", "--accept"]) == 3
    assert not (repository.root / "ci/gates-baseline.json").exists()


def test_results_that_cannot_be_recorded_are_shown_and_are_no_yes(
    gates: Gates, repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.write(**{".dynamic/ags": "no folder"})
    assert main(["gate", "run", *_NO_PANTS]) == 3
    out, err = capsys.readouterr()
    assert out.splitlines()[-1] == "could not decide: 2 passed"
    assert "cannot write" in err.splitlines()[-1]


def test_the_graph_brings_in_what_the_change_can_break(
    gates: Gates, repository: Repository, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def looks(scope: Scope) -> Any:
        return replace(report(), notes=scope.files)

    peek = json.dumps(OneRulePants().peek(repository.root, daemon=False))
    gates(gate_of("one", looks, looks_at=lambda path: path.endswith(".t")))
    assert main(["gate", "run", "--json", "--pants", str(program(tmp_path, "pants", peek))]) == 0
    (ran,) = _document(capsys)["gates"]
    assert [path for path in ran["notes"] if path.endswith(".t")] == ["a.t", "sub/b.t"]


def _risk(repository: Repository, score: object, **other: object) -> str:
    head = repository.git("rev-parse", "HEAD")
    path = repository.root / ".dynamic/risk.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"base": head, "head": head, "score": score, **other}), encoding="utf-8")
    return str(path)


def test_a_risky_change_needs_approvals_of_others_than_its_author(gates: Gates, repository: Repository) -> None:
    words = ["gate", "run", *_NO_PANTS, "--author", "ana", "--risk"]
    assert main([*words, _risk(repository, 10)]) == 0
    risky = _risk(repository, 79.5)
    assert main([*words, risky]) == 1
    assert main([*words, risky, "--approved-by", "ana"]) == 1
    assert main([*words, risky, "--approved-by", "bo"]) == 0


@pytest.mark.parametrize(
    ("score", "other", "says"),
    [
        (None, {}, "no score"),
        (True, {}, "no score"),
        (101, {}, "no score"),
        (float("nan"), {}, "no score"),
        (1, {"base": "0" * 40}, "another change: its base"),
        (1, {"head": ""}, "another change: its head"),
    ],
)
def test_a_risk_that_is_none_of_this_change_is_wrong_usage(
    gates: Gates, repository: Repository, capsys: pytest.CaptureFixture[str], score: object, other: Any, says: str
) -> None:
    assert main(["gate", "run", *_NO_PANTS, "--risk", _risk(repository, score, **other)]) == 2
    assert says in capsys.readouterr().err


def test_sarif_and_junit_hold_the_findings_and_what_could_not_decide(gates: Gates, tmp_path: Path) -> None:
    gates(gate_of("one", _broken), gate_of("two", failing_with(ToolError("gone", "fix"))))
    sarif, junit = tmp_path / "new/gates.sarif", tmp_path / "gates.xml"
    assert main(["gate", "run", *_NO_PANTS, "--sarif", str(sarif), "--junit", str(junit)]) == 1
    runs = json.loads(sarif.read_bytes())["runs"]
    assert [len(run["results"]) for run in runs] == [1, 0]
    assert [run["invocations"][0]["executionSuccessful"] for run in runs] == [True, False]
    assert [(suite.get("failures"), suite.get("errors")) for suite in Xml.parse(junit).getroot()] == [
        ("1", "0"),
        ("0", "1"),
        ("0", "0"),
    ]


def test_junit_agrees_with_the_verdict(gates: Gates, repository: Repository, tmp_path: Path) -> None:
    low = replace(finding(), severity=Severity.LOW)
    gates(gate_of("one", lambda _: report(low)))
    junit = tmp_path / "gates.xml"
    assert main(["gate", "run", *_NO_PANTS, "--junit", str(junit)]) == 0
    assert (Xml.parse(junit).getroot().get("failures"), Xml.parse(junit).getroot().get("errors")) == ("0", "0")
    gates(gate_of("one", lambda _: report(low)), required=["two"])
    assert main(["gate", "run", *_NO_PANTS, "--junit", str(junit)]) == 1
    (failure,) = Xml.parse(junit).getroot().iter("failure")
    assert "the gate two is required and did not run" in str(failure.get("message"))


def test_a_waiver_lets_its_finding_through_until_its_day(
    gates: Gates, repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    gates(gate_of("one", _broken))
    row = '[[waiver]]\nrule = "R1"\npath = "/a.t"\nreason = "r"\nowner = "@dynamic-capital/maintainers"\nexpires = {}\n'
    repository.write(**{"ci/waivers.toml": row.format("2020-01-01")})
    assert main(["gate", "run", *_NO_PANTS]) == 1
    assert "expired on 2020-01-01" in capsys.readouterr().out
    repository.write(**{"ci/waivers.toml": row.format((datetime.now(UTC) + timedelta(days=30)).date())})
    assert main(["gate", "run", *_NO_PANTS]) == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--only", "nobody"], "choose from one, two"),
        (["--since", "nowhere"], "no revision 'nowhere'"),
        (["--since", "HEAD", "--all"], "exclude each other"),
        (["one"], "name gates after --only"),
        (["--set", "nobody.key=1"], "of no gate"),
        (["--set", "one"], "--set gate.key=value"),
        (["--set", "tools.foreign=maybe"], "note or refuse"),
        (["--set", "run.netwrok=true"], "no setting run.netwrok"),
        (["--set", "run.network=yes"], "set it to true or false"),
        (["--set", "run.gate_s=soon"], "a number of seconds"),
        (["--set", "run.gate_s=0"], "a number of seconds"),
        (["--set", "run.gate_s=nan"], "a number of seconds"),
        (["--sarif", "."], "is a folder"),
        (["--sarif", "a.t/x.sarif"], "cannot be written"),
        (["--sarif", "pipe"], "no regular file"),
        (["--sarif", "x", "--junit", "./x"], "name the same file"),
        (["--junit", "/proc/1/x.xml"], "cannot be written"),
        (["--repo", "/"], "no git work tree"),
        (["--workers", "0"], "--workers"),
        (["--risk", "nowhere.json"], "cannot read nowhere.json"),
    ],
)
def test_wrong_words_are_wrong_usage_and_no_gate_runs(
    gates: Gates, repository: Repository, capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    os.mkfifo(repository.root / "pipe")
    assert main(["gate", "run", *_NO_PANTS, *words]) == 2
    told = capsys.readouterr().err.splitlines()
    (line,) = [line for line in told if line.startswith("dynamic: ")]
    assert says in line
    assert not any("running" in line for line in told)


@pytest.mark.parametrize(
    ("file", "text", "code"),
    [
        ("ci/waivers.toml", "[[waiver]", 2),
        ("ci/gates.toml", "one = 1\n", 2),
        ("ci/gates.toml", "[one]\nx = [1]\n", 2),
        ("ci/gates.toml", "[nobody]\nx = 1\n", 2),
        (".github/CODEOWNERS", "* nobody\n", 3),
        ("ci/policies/gates.rego", "package dynamic.gates\n", 3),
        ("ci/governance.yaml", "", 3),
    ],
)
def test_a_damaged_file_is_named_and_nothing_is_allowed(
    gates: Gates, repository: Repository, capsys: pytest.CaptureFixture[str], file: str, text: str, code: int
) -> None:
    repository.write(**{file: text})
    assert main(["gate", "run", *_NO_PANTS]) == code
    said = capsys.readouterr()
    assert Path(file).name.partition(".")[0] in said.err + said.out


def test_settings_of_the_file_and_of_the_command_reach_the_gates(
    gates: Gates, repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    def looks(scope: Scope) -> Any:
        return replace(report(), notes=tuple(f"{key}={value}" for key, value in scope.settings.items()))

    gates(gate_of("one", looks))
    repository.write(**{"ci/gates.toml": '[one]\nage = 3\nnet = true\n[tools]\nforeign = "note"\n'})
    assert main(["gate", "run", "--json", *_NO_PANTS, "--set", "one.age=4", "--network"]) == 0
    (ran,) = _document(capsys)["gates"]
    assert set(ran["notes"]) == {"one.age=4", "one.net=true", "tools.foreign=note", "run.network=true"}


@pytest.mark.parametrize(
    ("words", "says"),
    [((), "true"), (("--offline",), "false"), (("--network",), "true"), (("--set", "run.network=false"), "false")],
)
def test_the_file_says_whether_to_ask_the_network_unless_the_command_does(
    gates: Gates, repository: Repository, capsys: pytest.CaptureFixture[str], words: Sequence[str], says: str
) -> None:
    gates(gate_of("one", lambda scope: replace(report(), notes=(scope.settings["run.network"],))))
    repository.write(**{"ci/gates.toml": "[run]\nnetwork = true\n"})
    assert main(["gate", "run", "--json", *_NO_PANTS, *words]) == 0
    assert _document(capsys)["gates"][0]["notes"] == [says]


def test_a_baseline_is_accepted_and_counts_once_the_base_holds_it(
    gates: Gates, repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    gates(gate_of("one", _broken), gate_of("two"))
    assert main(["gate", "baseline"]) == 1
    assert main(["gate", "baseline", "--accept"]) == 0
    assert main(["gate", "baseline"]) == 0
    assert main(["gate", "run", *_NO_PANTS]) == 1
    repository.commit()
    repository.write(**{"a.t": "another\n"})
    assert main(["gate", "run", *_NO_PANTS]) == 0
    gates(gate_of("one"), gate_of("two"))
    capsys.readouterr()
    assert main(["gate", "baseline"]) == 1
    assert "- one R1 a.t: R1 is broken" in capsys.readouterr().out


def test_one_gates_baseline_leaves_the_others_alone(gates: Gates, repository: Repository) -> None:
    other = finding("R9", gate="two")
    gates(gate_of("one", _broken), gate_of("two", lambda _: report(other, gate="two")))
    assert main(["gate", "baseline", "--accept"]) == 0
    gates(gate_of("one"), gate_of("two"))
    assert main(["gate", "baseline", "--accept", "--only", "one"]) == 0
    rows = json.loads((repository.root / "ci/gates-baseline.json").read_bytes())["accepted"]
    assert [row["rule"] for row in rows] == ["R9"]


def test_nothing_is_accepted_where_a_gate_could_not_decide(gates: Gates, repository: Repository) -> None:
    gates(gate_of("one", _broken), gate_of("two", failing_with(ToolError("gone", "fix"))))
    assert main(["gate", "baseline", "--accept"]) == 3
    assert not (repository.root / "ci/gates-baseline.json").exists()


_IMPORTED_FROM = os.pathsep.join(map(os.path.abspath, sys.path))  # before a test goes elsewhere
_PROGRAM = """\
import sys
from pathlib import Path
from dynamic_cli.main import main
from dynamic_delivery.gates import asking
from dynamic_delivery.gates.bounded import run_tool
from tests.dynamic_delivery.gates.fakes import gate_of, report
folder, name, script = sys.argv[1:4]
def judge(scope):
    run_tool(["sh", "-c", script, name], cwd=Path(folder))
    return report(gate="one")
asking.GATES = (gate_of("one", judge),)
sys.exit(main(["gate", "run", "--json", "--only", "one", *sys.argv[4:]]))
"""
_ENDLESS = 'echo $$ >"$0.new"; mv "$0.new" "here-$0"; exec sleep 600'


def _start(repository: Repository, folder: Path, name: str, script: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(folder), name, script, *_NO_PANTS],
        cwd=repository.root,
        env={**os.environ, "PYTHONPATH": _IMPORTED_FROM},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_two_runs_at_once_each_come_to_their_end_and_the_record_is_whole(
    repository: Repository, tmp_path: Path
) -> None:
    _require(repository.root, [])
    # Each waits until the other's gate is there too.
    meet = f': >"here-$0"; i=0; while [ $i -lt {int(_BOUND_S * 10)} ]; do i=$((i+1)); '
    meet += "[ -e here-one ] && [ -e here-two ] && exit 0; sleep 0.1; done; exit 1"
    started = [_start(repository, tmp_path, name, meet) for name in ("one", "two")]
    told = [each.communicate(timeout=2 * _BOUND_S) for each in started]
    assert [each.returncode for each in started] == [0, 0], told
    documents = [json.loads(out) for out, _ in told]
    assert [document["verdict"] for document in documents] == ["allowed", "allowed"]
    assert json.loads((repository.root / ".dynamic/gates/last.json").read_bytes()) in documents
    events = EventLog(repository.root, SystemClock()).read().events
    assert sum(event.kind == "gate.finished" for event in events) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing tells a gate that its run was killed")
def test_a_run_that_is_killed_leaves_no_program_behind_and_no_torn_record(
    repository: Repository, tmp_path: Path
) -> None:
    _require(repository.root, [])
    started = _start(repository, tmp_path, "one", _ENDLESS)
    here = tmp_path / "here-one"
    assert _comes_true(lambda: here.exists() or started.poll() is not None)
    started.kill()
    assert started.wait(_BOUND_S) == -signal.SIGKILL
    assert _comes_true(lambda: gone(int(here.read_text(encoding="utf-8"))))
    assert not (repository.root / ".dynamic/gates/last.json").exists()


def _comes_true(condition: Callable[[], bool]) -> bool:
    for _ in range(int(_BOUND_S / 0.01)):
        if condition():
            return True
        time.sleep(0.01)
    return False


def test_an_interrupted_run_ends_its_programs_and_records_nothing(repository: Repository, tmp_path: Path) -> None:
    _require(repository.root, [])
    started = _start(repository, tmp_path, "one", _ENDLESS)
    here = tmp_path / "here-one"
    assert _comes_true(lambda: here.exists() or started.poll() is not None)
    started.send_signal(signal.SIGTERM)
    _, err = started.communicate(timeout=_BOUND_S)
    assert started.returncode == 130, err
    assert err.splitlines()[-1] == b"dynamic: interrupted"
    assert gone(int(here.read_text(encoding="utf-8")))
    assert not (repository.root / ".dynamic/gates/last.json").exists()
