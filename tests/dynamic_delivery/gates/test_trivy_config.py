"""Misconfigurations, and what stock Trivy passes over with exit 0: each case is shown to be silent there.

One run of the gate and one of stock Trivy over one folder serve all tests: a run takes seconds to load its checks.
"""

from dataclasses import dataclass
from pathlib import Path

import pytest

from dynamic_delivery.gates.model import Finding, Outcome, Place, Report, Severity
from dynamic_delivery.gates.trivy_config import GATE, judge
from tests.dynamic_delivery.gates.trivy_support import proxy, scope, stock, write

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: web
    image: nginx
    securityContext: {privileged: true}
"""
BUCKET = 'resource "aws_s3_bucket" "logs" {\n  bucket = "logs"\n}\n'
ROOT_IMAGE = "FROM alpine:latest\nUSER root\n"
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, namespace: web}\n"
CHART = "apiVersion: v2\nname: web\nversion: 0.1.0\n"
PASSWORD = "hunter2" + "hunter2A9"

# In stock Trivy: no result for the file, and no line of the log names it.
SILENT: dict[str, str | bytes] = {
    "k8s/unclosed.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: web\nspec:\n",
    "k8s/tab.yaml": POD.replace("\n  ", "\n\t"),
    "k8s/indented.yaml": "# a comment\n" + "".join(f"  {line}\n" for line in POD.replace("}", "").splitlines()),
    "k8s/twice.yaml": POD.replace("kind: Pod", "kind: Pod\nkind: Pod"),
    "k8s/list.yaml": "apiVersion: v1\nkind: List\nitems:\n- " + POD.replace("\n", "\n  ").strip() + "\n",
    "k8s/nameless.yaml": POD.replace("metadata: {name: web}\n", ""),
    "tf/values/terraform.tfvars": 'acl = \n = "private"\n',
    "off/templates/pod.yaml": "{{ if .Values.on }}\n" + POD + "{{ end }}\n",
}
LIST = SILENT["k8s/list.yaml"]
# In stock Trivy: a result for the file, and nothing of what is wrong with its second document.
HALF_SILENT: dict[str, str | bytes] = {
    "k8s/two/list.yaml": f"{CONFIG}---\n{LIST!s}",
    "k8s/two/nameless.yaml": f"# first\n--- # a comment\n{CONFIG}---\n" + POD.replace("metadata: {name: web}\n", ""),
}
# In stock Trivy: no result for the file, one line in the log, exit 0.
LOGGED: dict[str, str | bytes] = {
    "tf/cut/main.tf": BUCKET[:-2],
    "tf/json/main.tf.json": '{"resource": {"aws_s3_bucket"',
    "docker/empty/Dockerfile": "",
    "docker/typo/Dockerfile": "FROMM alpine\n",
    "k8s/second.yaml": POD + "---\napiVersion: v1\nkind: Pod\nmetadata: {name: web\n",
    "needy/Chart.yaml": CHART + "dependencies:\n- {name: redis, version: 1.0.0, repository: https://example.org}\n",
    "asking/Chart.yaml": CHART,
}
# In stock Trivy: no result for the file, for its name.
MISNAMED: dict[str, str | bytes] = {
    "docker/dockerfile": ROOT_IMAGE,
    "docker/DOCKERFILE": ROOT_IMAGE,
    "docker/Dockerfile-prod": ROOT_IMAGE,
    "docker/app_Dockerfile": ROOT_IMAGE,
}
# In stock Trivy: a comment in the file takes the finding away.
HUSHED: dict[str, str | bytes] = {
    "tf/hushed/main.tf": "#trivy:ignore:*\n" + BUCKET + "#tfsec:ignore:*\n" + BUCKET.replace('"logs" {', '"more" {'),
    "docker/Dockerfile.hushed": "#trivy:ignore:DS-0001\nFROM alpine:latest\n#trivy:ignore:DS-0002\nUSER root\n",
}
READ: dict[str, str | bytes] = {
    "k8s/pod.yaml": POD,
    "tests/pod.yaml": POD,
    "k8s/two/pod.yaml": f"{CONFIG}---\n{POD}",
    "docker/Dockerfile": ROOT_IMAGE,
    "tf/bucket/main.tf": BUCKET,
    "tf/bucket/outputs.tofu": 'output "x" { value = 1 }\n',
    "web/templates/pod.yaml": POD.replace("{name: web}", "{name: {{ .Values.name }}}"),
    "crd/crds/pod.yaml": POD,
    "docker/Dockerfile.leak": f"FROM alpine:3.19\nENV DB_PASSWORD={PASSWORD}\nUSER 1\n",
}
# What is no object: the settings of a tool, or a schema of objects.
NO_OBJECT: dict[str, str | bytes] = {
    "k8s/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1\nkind: Kustomization\nresources: [pod.yaml]\n",
    "k8s/kubeconfig.yaml": "apiVersion: v1\nkind: Config\nclusters: []\n",
    "k8s/schema.yaml": "properties:\n  apiVersion: {type: string}\n  kind: {type: string}\n  metadata: {}\n",
    "k8s/schema.json": '{"properties": {"apiVersion": {}, "kind": {}}}',
}
CLEAN: dict[str, str | bytes] = {
    "docker/clean.Dockerfile": "FROM alpine:3.19\nUSER 1000\nHEALTHCHECK CMD true\n",
    "tf/clean/main.tf": 'variable "size" {\n  default = 1\n}\noutput "size" {\n  value = var.size\n}\n',
    "tf/called/main.tf": 'variable "size" {\n  default = 1\n}\n',
    "tf/calling/main.tf": 'module "called" {\n  source = "../called"\n}\n',
    "k8s/config.yaml": CONFIG,
    "k8s/two/sound.yaml": f"---\n{CONFIG}---\n# nothing\n---\nkey: value\n--- \n{CONFIG}",
    "k8s/other.yaml": "key: value\n",
    "docker/test_dockerfile.py": "x = 1\n",
    "docker/Dockerfile.dockerignore": "*\n",
}
# A template that is switched off, in a chart of which others were rendered.
SWITCHED_OFF = "web/templates/off.yaml"
AROUND: dict[str, str | bytes] = {
    "web/Chart.yaml": CHART,
    "web/values.yaml": "name: web\n",
    "off/Chart.yaml": CHART,
    SWITCHED_OFF: "{{ if .Values.enabled }}\n" + POD + "{{ end }}\n",
    "crd/Chart.yaml": CHART,
    "asking/templates/pod.yaml": POD.replace("{name: web}", '{name: {{ required "a name" .Values.name }}}'),
    "tf/values/main.tf": 'variable "acl" {}\n',
    "tf/planted/zz_dynamic_planted.tf": BUCKET,
    "tf/bucket/my_zz_dynamic_planted.tf": BUCKET.replace("logs", "more"),
    "tf/far/main.tf": 'module "far" {\n  source = "https://modules.example.org/far.zip"\n}\n',
    ".trivyignore": "DS-0001\nDS-0002\n",
    "trivy.yaml": "severity: [CRITICAL]\n",
}
ALL = {**SILENT, **HALF_SILENT, **LOGGED, **MISNAMED, **HUSHED, **READ, **CLEAN, **NO_OBJECT, **AROUND}


@dataclass(frozen=True)
class Seen:
    """What the gate said, and what stock Trivy said, of the same folder."""

    report: Report
    code: int
    results: dict[str, dict[str, object]]
    log: str
    requests: tuple[str, ...]
    stock_requests: tuple[str, ...]

    def of(self, path: str) -> list[Finding]:
        return [each for each in self.report.findings if each.place and each.place.path == path]

    def rules(self, path: str) -> set[str]:
        return {each.rule for each in self.of(path)}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    folder = tmp_path_factory.mktemp("config")
    root = write(folder / "r", ALL)
    with proxy() as asked:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TRIVY_SKIP_FILES", "**/pod.yaml")
            report = judge(scope(root))
        mine = tuple(asked)
        code, results, log = stock("fs", "--scanners misconfig --skip-check-update", root, folder)
    return Seen(report, code, results, log, mine, tuple(asked[len(mine) :]))


def test_faults_are_found_with_their_place_severity_and_fix(seen: Seen) -> None:
    assert seen.report.outcome is Outcome.FAILED
    (latest,) = (each for each in seen.of("docker/Dockerfile") if each.rule == "DS-0001")
    assert latest.place == Place("docker/Dockerfile", 1)
    assert latest.severity.value == "medium"
    assert "tag" in latest.fix
    assert "KSV-0017" in seen.rules("k8s/pod.yaml") & seen.rules("tests/pod.yaml") & seen.rules("crd/crds/pod.yaml")
    assert "AWS-0132" in seen.rules("tf/bucket/main.tf")
    assert {each.place.line for each in seen.of("web/templates/pod.yaml") if each.place} == {0}
    assert "KSV-0017" in seen.rules("web/templates/pod.yaml")


@pytest.mark.parametrize("path", [*SILENT, *LOGGED])
def test_a_file_that_trivy_cannot_read_is_a_finding(seen: Seen, path: str) -> None:
    assert seen.code == 0
    assert path not in seen.results
    assert "not-read" in seen.rules(path)
    assert path not in seen.report.read


@pytest.mark.parametrize("path", NO_OBJECT)
def test_settings_and_schemas_are_told_as_not_read_and_block_nothing(seen: Seen, path: str) -> None:
    assert [(each.rule, each.severity) for each in seen.of(path)] == [("not-read", Severity.LOW)]


def test_a_template_that_is_switched_off_weighs_less_than_a_chart_of_which_nothing_was_rendered(seen: Seen) -> None:
    assert [(each.rule, each.severity) for each in seen.of(SWITCHED_OFF)] == [("not-read", Severity.LOW)]
    assert [(each.rule, each.severity) for each in seen.of("off/templates/pod.yaml")] == [("not-read", Severity.HIGH)]


@pytest.mark.parametrize("path", [path for path in SILENT if path.startswith("k8s/") and "nameless" not in path])
def test_an_object_that_was_not_read_weighs_heavily(seen: Seen, path: str) -> None:
    assert [(each.rule, each.severity) for each in seen.of(path)] == [("not-read", Severity.HIGH)]


def test_a_list_is_told_as_what_trivy_passes_over(seen: Seen) -> None:
    lists = {each.place.path for each in seen.report.findings if each.place and "a document of its own" in each.message}
    assert lists == {"k8s/list.yaml", "k8s/two/list.yaml"}


def test_some_of_them_trivy_does_not_even_log(seen: Seen) -> None:
    assert [path for path in SILENT if path in seen.log] == []


@pytest.mark.parametrize(
    ("path", "line", "severity"),
    [("k8s/two/list.yaml", 4, Severity.HIGH), ("k8s/two/nameless.yaml", 6, Severity.LOW)],
)
def test_each_document_of_a_file_must_be_read(seen: Seen, path: str, line: int, severity: Severity) -> None:
    assert path in seen.results
    assert "KSV-0017" not in repr(seen.results[path])
    assert path not in seen.log
    unread = [(each.severity, each.place) for each in seen.of(path) if each.rule == "not-read"]
    assert unread == [(severity, Place(path, line))]
    assert path not in seen.report.read


def test_a_fault_of_a_later_document_is_told_on_its_line(seen: Seen) -> None:
    lines = {each.place.line for each in seen.of("k8s/two/pod.yaml") if each.place and each.rule == "KSV-0017"}
    (alone,) = [each.place.line for each in seen.of("k8s/pod.yaml") if each.place and each.rule == "KSV-0017"]
    assert lines == {alone + len(f"{CONFIG}---\n".splitlines())}


def test_values_of_variables_are_told_as_not_read_and_block_nothing(seen: Seen) -> None:
    path = "tf/values/terraform.tfvars"
    assert [(each.rule, each.severity) for each in seen.of(path)] == [("not-read", Severity.LOW)]


def test_no_file_hides_behind_the_name_of_a_planted_one(seen: Seen) -> None:
    assert seen.rules("tf/planted/zz_dynamic_planted.tf") == {"not-read"}
    assert "AWS-0132" in seen.rules("tf/bucket/my_zz_dynamic_planted.tf")


@pytest.mark.parametrize("path", MISNAMED)
def test_a_dockerfile_is_read_whatever_its_name(seen: Seen, path: str) -> None:
    assert path not in seen.results
    assert seen.rules(path) == seen.rules("docker/Dockerfile") >= {"DS-0001", "DS-0002"}


@pytest.mark.parametrize(
    ("path", "rules"), [("tf/hushed/main.tf", {"AWS-0132"}), ("docker/Dockerfile.hushed", {"DS-0001", "DS-0002"})]
)
def test_a_comment_does_not_hide_a_fault(seen: Seen, path: str, rules: set[str]) -> None:
    in_stock = seen.results[path].get("Misconfigurations", [])
    assert isinstance(in_stock, list)
    assert not rules & {each["ID"] for each in in_stock}
    assert rules <= seen.rules(path)


@pytest.mark.parametrize("path", CLEAN)
def test_a_clean_look_alike_gives_nothing(seen: Seen, path: str) -> None:
    assert seen.of(path) == []


def test_what_was_read_is_told(seen: Seen) -> None:
    no_configuration = {"k8s/other.yaml", "docker/test_dockerfile.py", "docker/Dockerfile.dockerignore"}
    assert set(seen.report.read) >= {*READ, *MISNAMED, *HUSHED, *CLEAN} - no_configuration


def test_a_module_that_is_not_here_is_a_finding_at_its_call(seen: Seen) -> None:
    assert seen.rules("tf/far/main.tf") == {"module-not-read"}
    assert [each.place for each in seen.of("tf/far/main.tf")] == [Place("tf/far/main.tf", 1)]


def test_nothing_is_asked_of_the_network_where_stock_trivy_asks(seen: Seen) -> None:
    assert any("modules.example.org" in each for each in seen.stock_requests)
    assert seen.requests == ()


def test_a_password_in_a_file_is_in_no_word_of_the_report(seen: Seen) -> None:
    assert seen.of("docker/Dockerfile.leak")
    assert PASSWORD not in repr(seen.report)


def test_the_planted_faults_are_not_reported(seen: Seen) -> None:
    told = [each for each in seen.report.findings if each.rule != "not-read"]
    assert "zz_dynamic_planted" not in repr(told).replace("my_zz_dynamic_planted", "")
    assert "dynamic_planted" not in repr([each.message for each in told])


def test_a_change_without_configuration_is_skipped(tmp_path: Path) -> None:
    assert judge(scope(write(tmp_path, {"a.yaml": "a: 1\n", "b.py": ""}))).outcome is Outcome.SKIPPED
    assert not GATE.looks_at("b.py")
