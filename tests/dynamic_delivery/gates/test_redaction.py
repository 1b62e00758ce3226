"""No part of a secret is in anything that a run writes: each output of each command, over real scanners' findings.

The scanners run once; the commands are then given their reports. Half of the files are broken where a secret stands,
since a parser that stumbles is the one that quotes.
"""

import base64
import contextlib
import io
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from dynamic_base import SystemClock
from dynamic_cli.main import main
from dynamic_delivery.gates import (
    asking,
    hadolint,
    secrets,
    shellcheck,
    trivy_config,
    trivy_secret,
    trivy_vuln,
    zizmor,
)
from dynamic_delivery.gates.model import Gate, Outcome, Report, Scope
from dynamic_delivery.gates.runner import Rules, run_gates
from tests.dynamic_delivery.gates.drawn_secrets import drawn
from tests.dynamic_delivery.gates.fakes import gate_of, governed
from tests.dynamic_delivery.gates.programs import program
from tests.dynamic_delivery.gates.trivy_support import PIP, database, trivy
from tests.dynamic_impact.repositories import IDENTITY

GATES = (
    *(secrets.GATE, trivy_config.GATE, trivy_secret.GATE, trivy_vuln.GATE),
    *(hadolint.GATE, shellcheck.GATE, zizmor.GATE),
)
_SEEN = 8  # so many of its characters give a secret away
TOKEN, SLACK, KEY, CLOUD, WORD = (drawn(kind, "a") for kind in ("github", "slack_bot", "rsa", "aws_secret", "password"))
# Passwords as people choose them: too short, or too plain, for whoever goes by their looks.
PLAIN, WORDS = "Hunter" + "2fish", "correct-horse " + "battery-staple"
HIDDEN = {
    "token": TOKEN[4:],
    "slack": SLACK[5:],
    "private key": KEY.splitlines()[2],
    "cloud": CLOUD,
    "word": WORD,
    "plain": PLAIN,
    "words": WORDS,
}
_POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: web, image: nginx, env: [{name: DB_PASSWORD, value: %s}]}]}
"""
_CHART = "apiVersion: v2\nname: web\nversion: 0.1.0\n"
_ADDRESS = f"https://bob:{PLAIN}@example.org/{TOKEN}"
_WHO = f"-u bob:{PLAIN}"
# What each file shows when it is looked at as it should be: these have a finding of a secret or of a fault.
FILES: Mapping[str, str] = {
    "plain.py": f'token = "{TOKEN}"\nurl = "postgres://bob:{PLAIN}@db.example.org/x"\n',
    "key.pem": f"{KEY}\n",
    "coat.txt": base64.encodebytes(f"aws_secret_access_key = {CLOUD}\nslack = {SLACK}\n{KEY}\n".encode()).decode(),
    "note.ipynb": json.dumps({"cells": [{"source": [f'api_key = "{WORD}"\n', f'x = "{WORDS}"']}]}),
    "Dockerfile": f"FROM debian\nENV DB_PASSWORD={PLAIN}\nARG TOKEN={TOKEN}\nRUN curl {_WHO} {_ADDRESS} $x\n",
    "broken/Dockerfile": f"FROM debian\nENVV DB_PASSWORD={PLAIN} {WORDS}\n",
    "tf/main.tf": f'resource "aws_instance" "x" {{\n  user_data = "export AWS_SECRET_ACCESS_KEY={CLOUD}"\n}}\n',
    "tf/broken/main.tf": f'resource "aws_db_instance" "x" {{\n  password = "{PLAIN}\n  pwd = {PLAIN} {WORDS}\n',
    "tf/far/main.tf": f'module "y" {{\n  source = "{_ADDRESS}/a.zip?token={PLAIN}"\n}}\n',
    "k/pod.yaml": _POD % PLAIN,
    "k/map.yaml": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata:\n"
        f"  password: {WORDS}\n  a.ini: |\n    password={PLAIN}\n    token: {TOKEN}\n"
    ),
    "k/broken.yaml": f"apiVersion: v1\nkind: Pod\nmetadata: {{name: web\npassword: {PLAIN} {WORDS}: [\n",
    "failing/Chart.yaml": _CHART,
    "failing/values.yaml": f"pw: '{PLAIN} {WORDS}'\n",
    "failing/templates/pod.yaml": "{{ fail .Values.pw }}\n" + _POD % "x",
    "torn/Chart.yaml": _CHART,
    "torn/values.yaml": f"pw: '{PLAIN}: {WORDS}\n",
    "torn/templates/pod.yaml": _POD % "{{ .Values.pw }}",
    ".github/workflows/a.yml": (
        "name: a\non: pull_request_target\njobs:\n  a:\n    runs-on: ubuntu-24.04\n"
        f"    container: {{image: x, credentials: {{username: bob, password: {PLAIN}}}}}\n"
        f"    steps:\n    - run: curl {_ADDRESS} ${{{{ github.event.pull_request.title }}}}\n"
    ),
    ".github/workflows/broken.yml": f"name: a\non: [push\npassword: {PLAIN}: {WORDS}\n",
    "broken.sh": f"#!/bin/sh\ncurl {_ADDRESS} $1\nexport PASSWORD='{WORDS}\nif [ {PLAIN} \n",
    "app.lock": f"--index-url {_ADDRESS}\nidna==3.10\nbar @ {_ADDRESS}/bar.whl\n{PLAIN} {WORDS}\n{_ADDRESS}\n",
    "package-lock.json": json.dumps(
        {
            "lockfileVersion": 3,
            "packages": {
                "node_modules/x": {"version": "1.0.0", "resolved": _ADDRESS},
                "node_modules/g": {"version": f"git+{_ADDRESS}"},
            },
        },
        indent=1,
    ),
    "app.cdx.json": json.dumps(
        {"bomFormat": "CycloneDX", "components": [{"type": "library", "name": _ADDRESS, "version": PLAIN[:4]}]}
    ),
}
# No fault by itself: the template that needs it is told.
_NEEDED_ONLY = "/values.yaml"
PAST = {"past.py": f'slack = "{SLACK}"\nkey = """{KEY}"""\n'}


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    """Everything that came out of the commands, or stayed behind in the repository."""
    folder = tmp_path_factory.mktemp("redaction")
    repository = governed(folder / "r")
    repository.commit(PAST)
    (repository.root / "past.py").unlink()
    repository.commit(dict(FILES))
    reports = _reports(repository.root, folder)
    assert {report.gate: report.outcome for report in reports} == {gate.name: Outcome.FAILED for gate in GATES}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in IDENTITY.items():
            patch.setenv(name, value)
        patch.chdir(repository.root)
        patch.setattr(asking, "GATES", tuple(map(_again, reports)))
        files = ("--sarif", str(folder / "o.sarif"), "--junit", str(folder / "o.xml"))
        printed = {
            **_printed("run --json", "gate", "run", "--all", "--pants", "/bin/false", "--json", *files),
            **_printed("run", "gate", "run", "--all", "--pants", "/bin/false"),
            **_printed("baseline", "gate", "baseline", "--pants", "/bin/false", "--accept"),
            **_printed("explain", "gate", "explain", _worst(reports)),
            **_printed("sbom", "gate", "sbom", "--lock", "package-lock.json", "--out", str(folder / "bom.json")),
        }
    state = [path for path in (repository.root / ".dynamic").rglob("*") if path.is_file()]
    written = (folder / "o.sarif", folder / "o.xml", folder / "bom.json", repository.root / "ci/gates-baseline.json")
    return printed | {path.relative_to(folder).as_posix(): path.read_bytes() for path in (*written, *state)}


def _reports(root: Path, folder: Path) -> tuple[Report, ...]:
    programs = {
        f"tools.{name}": str(program(name, folder)) for name in ("gitleaks", "hadolint", "shellcheck", "zizmor")
    }
    settings = {
        **programs,
        "tools.trivy": trivy(),
        "trivy-vuln.database": str(
            database(folder / "c", {PIP: {"idna": {"CVE-2099-1": {"VulnerableVersions": ["<4"]}}}})
        ),
        "trivy-vuln.stale_days": "100000",
    }
    scope = Scope(root, tuple(sorted(FILES)), everything=True, settings=settings, changed=tuple(sorted(FILES)))
    return run_gates(GATES, scope, Rules(SystemClock(), workers=2))


def _again(report: Report) -> Gate:
    return gate_of(report.gate, lambda _: report)


def _worst(reports: tuple[Report, ...]) -> str:
    return next(each.fingerprint for report in reports for each in report.findings if report.gate == "secrets")


def _printed(name: str, *words: str) -> dict[str, bytes]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        main(words)
    assert out.getvalue()
    return {name: out.getvalue().encode(), f"{name}, stderr": err.getvalue().encode()}


def test_each_kind_of_output_was_written(outputs: Mapping[str, bytes]) -> None:
    assert {"run", "run --json", "baseline", "explain", "sbom", "o.sarif", "o.xml", "bom.json"} <= set(outputs)
    assert {"r/ci/gates-baseline.json", "r/.dynamic/gates/last.json"} <= set(outputs)
    assert any("/events/" in name for name in outputs)
    assert any("/decisions/" in name for name in outputs)


def test_each_file_with_a_secret_is_looked_at_and_has_a_finding(outputs: Mapping[str, bytes]) -> None:
    found = {row["path"] for row in json.loads(outputs["run --json"])["findings"]}
    assert {*FILES, "past.py"} - found == {path for path in FILES if path.endswith(_NEEDED_ONLY)}


@pytest.mark.parametrize("name", HIDDEN)
def test_no_part_of_a_secret_is_in_any_output(outputs: Mapping[str, bytes], name: str) -> None:
    secret = HIDDEN[name]
    parts = {secret[start : start + _SEEN].encode() for start in range(len(secret) - _SEEN + 1)}
    assert [(output, part) for output, text in outputs.items() for part in sorted(parts) if part in text] == []
