"""Trivy's words: its report, its log, and a program that is not what it should be. No real Trivy is needed."""

import json
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dynamic_delivery.gates import trivy_config, trivy_secret
from dynamic_delivery.gates.errors import OutputError, SettingError, ToolError
from dynamic_delivery.gates.model import Outcome, Scope, Severity
from dynamic_delivery.gates.trivy.locks import SBOM, Lock, untried
from dynamic_delivery.gates.trivy.log import heard, log_lines, redacted
from dynamic_delivery.gates.trivy.pins import components, requirements
from dynamic_delivery.gates.trivy.report import parse, severity
from dynamic_delivery.gates.trivy.settings import Settings
from tests.dynamic_delivery.gates.trivy_support import write

SECRET = "hunter2" + "A9b8C7d6E5"
# Copied from what Trivy 0.76.0 printed, and shortened.
REPORT: dict[str, Any] = {
    "SchemaVersion": 2,
    "Trivy": {"Version": "0.76.0"},
    "Results": [
        {
            "Target": "a.py",
            "Class": "secret",
            "Secrets": [
                {
                    "RuleID": "github-pat",
                    "Category": "GitHub",
                    "Severity": "CRITICAL",
                    "Title": "GitHub Personal Access Token",
                    "StartLine": 1,
                    "EndLine": 1,
                    "Code": {"Lines": [{"Number": 1, "Content": SECRET}]},
                    "Match": SECRET,
                }
            ],
        },
        {
            "Target": "Dockerfile",
            "Class": "config",
            "Type": "dockerfile",
            "MisconfSummary": {"Successes": 24, "Failures": 1},
            "Misconfigurations": [
                {
                    "ID": "DS-0001",
                    "Title": "':latest' tag used",
                    "Message": "Specify a tag",
                    "Severity": "MEDIUM",
                    "Status": "FAIL",
                    "CauseMetadata": {"StartLine": 1, "Code": {"Lines": None}},
                }
            ],
        },
        {
            "Target": "requirements.txt",
            "Class": "lang-pkgs",
            "Type": "pip",
            "Packages": [{"Name": "django", "Version": "1.4.0"}],
            "Vulnerabilities": [
                {
                    "VulnerabilityID": "CVE-2099-1",
                    "PkgName": "django",
                    "InstalledVersion": "1.4.0",
                    "Severity": "UNKNOWN",
                    "PkgIdentifier": {"PURL": "pkg:pypi/django@1.4.0"},
                }
            ],
        },
    ],
}
PRINTED = json.dumps(REPORT).encode()
_NEEDED = ("SchemaVersion", "Target", "RuleID", "ID", "Severity", "StartLine", "VulnerabilityID", "Status", "PkgName")


def test_a_report_is_read_without_the_secret_that_it_holds() -> None:
    document = parse(PRINTED)
    assert [each.target for each in document.results] == ["a.py", "Dockerfile", "requirements.txt"]
    assert document.results[1].misconfigurations[0].cause.start_line == 1
    assert document.results[2].packages[0].version == "1.4.0"
    assert SECRET not in repr(document)


@given(st.integers(0, len(PRINTED) - 1))
@settings(deadline=None)
def test_a_report_that_is_cut_short_is_never_read(length: int) -> None:
    with pytest.raises(OutputError):
        parse(PRINTED[:length])


def _leaves(value: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    if isinstance(value, dict):
        return [path, *(leaf for key, each in value.items() for leaf in _leaves(each, (*path, key)))]
    if isinstance(value, list):
        return [path, *(leaf for key, each in enumerate(value) for leaf in _leaves(each, (*path, key)))]
    return [path]


def _with(path: tuple[object, ...], wrong: object) -> bytes:
    if not path:
        return json.dumps(wrong).encode()
    document = json.loads(PRINTED)
    place = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = wrong
    return json.dumps(document).encode()


@given(st.sampled_from(_leaves(REPORT)), st.sampled_from([None, [], {}, [1], {"a": 1}, "", SECRET, 7, -1, 1.5, True]))
@settings(deadline=None)
def test_a_value_of_another_type_is_read_or_refused_and_never_quoted(path: tuple[object, ...], wrong: object) -> None:
    assert SECRET not in _refusal(_with(path, wrong))


@pytest.mark.parametrize("path", [path for path in _leaves(REPORT) if path and path[-1] in _NEEDED])
@pytest.mark.parametrize("wrong", [None, [], {}, 1.5])
def test_what_a_finding_is_made_of_must_have_its_type(path: tuple[object, ...], wrong: object) -> None:
    assert "cannot be read" in _refusal(_with(path, wrong))


def _refusal(printed: bytes) -> str:
    try:
        parse(printed)
    except OutputError as error:
        return str(error)
    return ""


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_bytes_that_are_no_report_are_refused(printed: bytes) -> None:
    with pytest.raises(OutputError):
        parse(printed)


def test_another_schema_version_is_refused() -> None:
    with pytest.raises(OutputError, match="schema version 3"):
        parse(_with(("SchemaVersion",), 3))


def test_an_unknown_severity_word_is_refused_and_an_unjudged_fault_is_not_small() -> None:
    assert severity("UNKNOWN") is Severity.MEDIUM
    with pytest.raises(OutputError, match="NEGLIGIBLE"):
        severity("NEGLIGIBLE")


@given(
    st.text(string.ascii_letters + string.digits + "+/_-=", min_size=20, max_size=80), st.sampled_from(" =:\"'([,\n")
)
@example("A1b2-Xkey=abcdefghijk", " ")
@settings(deadline=None)
def test_a_long_token_with_digits_among_letters_is_taken_out(token: str, before: str) -> None:
    parts = token.replace("_", "-").replace("/", "-").replace("+", "-").replace("=", "-").split("-")
    mixed = [each for each in parts if len(each) > 3 and any(map(str.isdigit, each)) and any(map(str.isalpha, each))]
    said = redacted(f"could not read{before}{token} at line 3")
    assert not any(each in said for each in mixed)


@given(st.sampled_from(["password", "DB_PASSWORD", "api_key", "token", "clientSecret"]), st.sampled_from(["=", ": "]))
@settings(deadline=None)
def test_the_value_of_a_key_is_taken_out_however_short(key: str, mark: str) -> None:
    assert "pa55" not in redacted(f"unexpected {key}{mark}pa55 here")


@pytest.mark.parametrize(
    "said",
    [
        'DB_PASSWORD = "blue horse"',
        "{'password': 'blue horse'}",
        '"token" => "blue horse',
        "get https://bob:blue@example.org/a",
        "git::ssh://blue@example.org",
        "execution error at (web/templates/a.yaml:1:3): blue horse",
        'error calling fail: blue "horse"',
        'strconv.Atoi: parsing "blue horse": invalid syntax',
        "cannot unmarshal !!str `blue ho...` into int",
    ],
)
def test_what_a_tool_quotes_of_a_file_is_taken_out(said: str) -> None:
    for text in (said, f"cannot read it: {said}"):
        assert not {"blue", "horse"} & set(redacted(text).replace('"', " ").replace("'", " ").split())
        assert "blue" not in redacted(text)


def test_the_place_in_a_template_stays() -> None:
    assert redacted("execution error at (web/a.yaml:1:3): blue") == "execution error at (web/a.yaml:1:3): [redacted]"


@pytest.mark.parametrize(
    "words",
    [
        "Set 'containers[].securityContext.allowPrivilegeEscalation' in aws_s3_bucket_public_access_block to 'false'",
        "Secrets passed via `build-args` or envs or copied secret files",
    ],
)
def test_words_and_names_stay(words: str) -> None:
    assert redacted(words) == words


def test_a_title_that_ends_in_secrets_takes_no_word_of_the_message(tmp_path: Path) -> None:
    fault = {**REPORT["Results"][1]["Misconfigurations"][0], "Title": "Map with secrets", "Message": "Map 'a' has one"}
    result = {**REPORT["Results"][1], "Target": "docker/0/Dockerfile", "Misconfigurations": [fault]}
    (finding,) = trivy_config.judge(
        fake(tmp_path, printed=json.dumps({**REPORT, "Results": [result]}).encode())
    ).findings
    assert finding.message == "Map with secrets: Map 'a' has one"


def _log(*lines: str) -> bytes:
    return "".join(f"2026-11-30T15:37:49Z\t{line}\n" for line in lines).encode()


def test_a_warning_that_is_not_known_is_a_finding_and_a_known_one_a_note() -> None:
    log = _log(
        "INFO\t[misconfig] Misconfiguration scanning is enabled",
        'ERROR\t[misconfig] Falling back to embedded checks\terr="failed to check cache"',
        'WARN\t[terraform parser] Variable values were not found in the environment or variable files.\tvariables="x"',
        "WARN\tSomething new\tcount=3",
    )
    findings, notes = heard("g", log_lines(log), {})
    assert [(each.rule, each.message) for each in findings] == [("tool-warning", "trivy warned: Something new")]
    assert notes == ("Terraform variables without a value were taken as unknown",)


def test_what_is_no_log_line_is_a_finding() -> None:
    findings, _ = heard("g", log_lines(b"panic: assertion failed\n\n\xff\xfe\n"), {})
    assert [each.rule for each in findings] == ["tool-warning", "tool-warning"]


_VALUES = st.one_of(st.text(max_size=20), st.just("a.tf:7"), st.just("a.tf:" + "9" * 5000), st.just('"a.tf:7,1: x"'))


@given(st.lists(st.tuples(st.sampled_from(["err", "loc", "file_path", "cause", "\0", "="]), _VALUES), max_size=4))
@example([("loc", "a.tf:" + "9" * 5000)])
@settings(deadline=None)
def test_a_warning_with_any_fields_is_a_finding(fields: list[tuple[str, str]]) -> None:
    line = "WARN\t[part] It went wrong\t" + " ".join(f"{key}={value}" for key, value in fields).replace("\n", "")
    findings, _ = heard("g", log_lines(_log(line)), {"a.tf": "infra/a.tf"})
    assert findings


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_any_bytes_in_the_log_are_findings(said: bytes) -> None:
    findings, _ = heard("g", log_lines(said), {})
    assert bool(findings) == bool(said.decode(errors="replace").strip())


def test_a_file_that_a_log_line_names_is_a_finding_there_and_its_source_is_not_quoted() -> None:
    line = (
        f'ERROR\t[terraform parser] Error parsing file\tmodule="root" file_path="tf/a.tf" cause="x = \\"{SECRET}\\"" '
        f'err="tf/a.tf:7,1-2: Invalid expression; near {SECRET}"'
    )
    (finding,), _ = heard("g", log_lines(_log(line, line)), {"tf/a.tf": "infra/a.tf"})
    assert finding.place is not None
    assert (finding.rule, finding.place.path, finding.place.line) == ("not-read", "infra/a.tf", 7)
    assert SECRET not in repr(finding)


def fake(folder: Path, *, printed: bytes = PRINTED, code: int = 0, said: str = "", version: str = "0.76.0") -> Scope:
    """A program that says it is Trivy, and a repository with one Dockerfile."""
    write(folder, {"printed.json": printed, "said.log": said, "r/Dockerfile": "FROM a\n"})
    text = f"#!/bin/sh\n[ $1 = --version ] && {{ echo Version: {version}; exit 0; }}\n"
    text += f"cat {folder}/printed.json; cat {folder}/said.log >&2; exit {code}\n"
    program = write(folder, {"trivy": text}) / "trivy"
    program.chmod(0o755)
    return Scope(folder / "r", ("Dockerfile",), everything=True, settings={"tools.trivy": str(program)})


def test_a_program_that_prints_a_report_of_nothing_has_read_nothing(tmp_path: Path) -> None:
    empty = json.dumps({"SchemaVersion": 2, "Trivy": {"Version": "0.76.0"}}).encode()
    for gate in (trivy_config, trivy_secret):
        report = gate.judge(fake(tmp_path / gate.__name__, printed=empty))
        assert report.outcome is Outcome.FAILED
        assert [each.rule for each in report.findings] == ["not-read"]


def test_the_fingerprint_of_a_misconfiguration_stays_when_lines_move(tmp_path: Path) -> None:
    def fingerprints(name: str, text: str, line: int) -> list[str]:
        fault = {**REPORT["Results"][1]["Misconfigurations"][0], "CauseMetadata": {"StartLine": line}}
        result = {**REPORT["Results"][1], "Target": "docker/0/Dockerfile", "Misconfigurations": [fault]}
        scope = fake(tmp_path / name, printed=json.dumps({**REPORT, "Results": [result]}).encode())
        write(scope.root, {"Dockerfile": text})
        return [each.fingerprint for each in trivy_config.judge(scope).findings]

    first = fingerprints("a", "FROM a:latest\n", 1)
    assert first == fingerprints("b", "# moved\n\n  FROM a:latest\n", 3)
    assert first != fingerprints("c", "FROM b:latest\n", 1)


@pytest.mark.parametrize(
    ("printed", "code", "why"),
    [
        (b"", 0, "report cannot be read"),
        (PRINTED[:200], 0, "report cannot be read"),
        (PRINTED, 1, "exited 1"),
        (json.dumps({**REPORT, "Trivy": {"Version": "0.99.0"}}).encode(), 0, "0.76.0 was checked"),
    ],
)
def test_a_program_that_does_not_end_as_it_should_is_undecided(
    tmp_path: Path, printed: bytes, code: int, why: str
) -> None:
    with pytest.raises(ToolError, match=why):
        trivy_config.judge(fake(tmp_path, printed=printed, code=code))


def test_why_it_gave_up_is_told_without_a_secret(tmp_path: Path) -> None:
    said = f"2026-11-30T15:37:49Z\tFATAL\tFatal error\trun error: init error: token={SECRET}\n"
    with pytest.raises(ToolError, match="init error") as caught:
        trivy_config.judge(fake(tmp_path, printed=b"", code=1, said=said))
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("end", "told"),
    [
        ("kill -SEGV $$", "was ended by SIGSEGV"),
        ("echo fatal error: out of memory, {} >&2; exit 2", "got no more than"),
    ],
)
def test_of_one_that_dies_no_word_is_told(tmp_path: Path, end: str, told: str) -> None:
    scope = fake(tmp_path)
    text = f"#!/bin/sh\n[ $1 = --version ] && {{ echo 0.76.0; exit 0; }}\necho {SECRET} >&2\n{end.format(SECRET)}\n"
    write(tmp_path, {"trivy": text})
    with pytest.raises(ToolError, match=told) as caught:
        trivy_config.judge(scope)
    assert SECRET not in str(caught.value)
    assert caught.value.hint


def test_a_program_that_does_not_end_is_stopped(tmp_path: Path) -> None:
    scope = fake(tmp_path)
    write(tmp_path, {"trivy": "#!/bin/sh\n[ $1 = --version ] && { echo 0.76.0; exit 0; }\nexec sleep 60\n"})
    settings = {**scope.settings, "trivy-config.timeout_s": "1"}
    with pytest.raises(ToolError, match="did not end within 1 s"):
        trivy_config.judge(Scope(scope.root, scope.files, everything=True, settings=settings))


@pytest.mark.parametrize("value", ["0", "-1", "a", "", "1.5", "9" * 20])
def test_a_setting_that_is_no_number_is_refused(tmp_path: Path, value: str) -> None:
    with pytest.raises(SettingError, match="timeout_s"):
        Settings.read(Scope(tmp_path, (), settings={"trivy-config.timeout_s": value}), "trivy-config")


def test_a_setting_that_there_is_not_is_refused(tmp_path: Path) -> None:
    given = {"trivy-vuln.stale_dais": "3", "trivy-config.timeout_s": "9"}
    with pytest.raises(SettingError, match="trivy-vuln has no setting stale_dais"):
        Settings.read(Scope(tmp_path, (), settings=given), "trivy-vuln")
    assert Settings.read(Scope(tmp_path, (), settings=given), "trivy-config").timeout_s == 9


def test_requirements_are_read_as_pip_reads_them() -> None:
    text = (
        "# comment\n--index-url https://example.org\nA_b.C[x,y] == 1.0.post1 ; python_version < '4' \\\n"
        "    --hash=sha256:00 \\\n    --hash=sha256:11\n    # via d\n\nd==2!1.0+local  # why\ne==1.* \nf\n"
    )
    pins = requirements(text)
    assert [(each.name, each.version, each.line) for each in pins.pins] == [
        ("a-b-c", "1.0.post1", 3),
        ("d", "2!1.0+local", 8),
    ]
    assert [line for line, _ in pins.loose] == [9, 10]


def test_a_line_that_is_no_requirement_is_not_repeated() -> None:
    lines = ("a>=1", "b", "c @ https://bob:blue@example.org/c", "blue horse", "https://bob:blue@example.org/d.whl")
    no = "a line that is no requirement"
    assert [name for _, name in requirements("\n".join(lines)).loose] == ["a", "b", "c", no, no]


def test_kinds_of_package_for_which_nothing_is_planted_are_told() -> None:
    urls = (
        "pkg:maven/org.example/a@1.0",
        "pkg:npm/%40scope/a@1.0",
        "pkg:npm/@scope/b",
        "pkg:pypi/a@1.0",
        "pkg:deb/debian/a@1",
    )
    listed = [{"type": "library", "name": "a", "purl": url} for url in urls]
    pins = components(json.dumps({"bomFormat": "CycloneDX", "components": listed}))
    assert [pin.name for pin in pins.pins] == [url for url in urls if url != "pkg:npm/@scope/b"]
    assert untried([Lock("a", "a", SBOM, pins)]) == ("deb", "maven")
