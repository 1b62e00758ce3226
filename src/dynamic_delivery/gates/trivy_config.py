"""The gate ``trivy-config``: Dockerfiles, Terraform, Kubernetes manifests and Helm charts against Trivy's own checks.

In stock Trivy most of what it cannot read is one log line and exit 0, or nothing at all (a manifest with a syntax
fault, ``kind: List``). So each file is looked for in the answer. A Terraform module without a fault leaves no trace
there: each gets one more file with a planted fault, which must be found.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from dynamic_delivery.gates.looking import NOT_READ, looked
from dynamic_delivery.gates.model import Finding, Gate, Outcome, Place, Report, Scope, Severity
from dynamic_delivery.gates.tools import find_tool
from dynamic_delivery.gates.trivy import kinds
from dynamic_delivery.gates.trivy.given import Given, not_read, without_ignores
from dynamic_delivery.gates.trivy.kinds import Kind
from dynamic_delivery.gates.trivy.log import heard, redacted
from dynamic_delivery.gates.trivy.report import Misconfiguration, Result, severity
from dynamic_delivery.gates.trivy.run import ask
from dynamic_delivery.gates.trivy.settings import Settings

_NAME = "trivy-config"
_OPTIONS = (
    *("--scanners", "misconfig", "--misconfig-scanners", ",".join(Kind), "--skip-check-update"),
    # Downloaded checks would differ from machine to machine: only those that the pinned program carries.
    *("--config-check", ""),
)
_PLANTED = "zz_dynamic_planted.tf"
_FAULT = b'resource "aws_s3_bucket" "dynamic_planted" {\n  bucket = "planted"\n}\n'


def judge(scope: Scope) -> Report:
    """Return what Trivy's checks find in the configuration of ``scope``."""
    settings = Settings.read(scope, _NAME)
    with TemporaryDirectory(prefix="trivy-config-") as name:
        given = Given(scope.root, Path(name) / "given")
        wanted = _give(given, scope.files)
        if not wanted and not given.refused:
            return Report(_NAME, Outcome.SKIPPED, reason="the change has no configuration that trivy has checks for")
        given.folder.mkdir(exist_ok=True)
        program = find_tool("trivy", scope)
        answer = ask(program, "fs", _OPTIONS, "given", folder=Path(name), cache=Path(name) / "cache", settings=settings)
        said, notes = heard(_NAME, answer.log, given.origin)
        unread = _unread(given, wanted, answer.results, {each.place.path for each in said if each.place})
        found = [*_faults(given, answer.results), *said, *unread]
    missed = {each.place.path for each in found if each.place and each.rule == NOT_READ}
    return looked(_NAME, found, program.tool, wanted.keys() - missed, [*program.notes, *notes])


def _give(given: Given, files: Iterable[str]) -> dict[str, Kind]:
    """Copy what is configuration, with what it needs around it, and return the files that must be read."""
    found = ((path, _kind(given, path)) for path in files if kinds.by_name(path))
    wanted = {path: kind for path, kind in found if kind is not None}
    terraform = [path for path, kind in wanted.items() if kind is Kind.TERRAFORM]
    for folder in kinds.terraform_folders(given.root, iter(terraform)):
        _give_module(given, folder)
    for number, (path, kind) in enumerate(sorted(wanted.items())):
        if kind is Kind.DOCKERFILE:
            given.copy(path, f"docker/{number}/Dockerfile")
        elif kind is Kind.KUBERNETES:
            # One document each: of a file with an object that was read, Trivy passes over the others in silence.
            for line, document in kinds.manifests(path, given.content(path) or b""):
                given.put(path, f"kubernetes/{number}-{line}{PurePosixPath(path).suffix}", without_ignores(document))
    for chart in sorted({kinds.chart_of(given.root, path) or "" for path in _of(wanted, Kind.HELM)}):
        wanted |= dict.fromkeys(_give_chart(given, chart), Kind.HELM)
    return wanted


def _kind(given: Given, path: str) -> Kind | None:
    if kinds.is_terraform(path):
        return Kind.TERRAFORM
    if kinds.is_dockerfile(path):
        return Kind.DOCKERFILE
    chart = kinds.chart_of(given.root, path)
    if chart is not None and kinds.is_template(path):
        return Kind.HELM
    content = given.content(path)
    if content is not None and kinds.manifests(path, content):
        return Kind.KUBERNETES
    return Kind.HELM if chart is not None else None


def _of(wanted: dict[str, Kind], kind: Kind) -> list[str]:
    return [path for path, each in wanted.items() if each is kind]


def _give_module(given: Given, folder: str) -> None:
    for file in sorted((given.root / folder).iterdir()):
        if file.is_file() and kinds.is_terraform(file.name):
            path = str(PurePosixPath(folder, file.name))
            if file.name == _PLANTED:
                given.refused[path] = "the gate plants a file of this name"
            else:
                given.copy(path, f"terraform/{path}")
    given.put(str(PurePosixPath(folder, _PLANTED)), str(PurePosixPath("terraform", folder, _PLANTED)), _FAULT)


def _give_chart(given: Given, chart: str) -> Iterator[str]:
    """Copy a chart whole, and yield the templates that it must render."""
    for file in sorted((given.root / chart).rglob("*")):
        path = file.relative_to(given.root).as_posix()
        other = ".git" in file.parts or kinds.is_terraform(path) or kinds.is_dockerfile(path)
        if other or not file.is_file():
            continue
        given.copy(path, f"helm/{path}")
        if kinds.is_template(path):
            yield path


def _faults(given: Given, results: Sequence[Result]) -> Iterator[Finding]:
    for result in results:
        path = given.origin.get(result.target, "")
        if not path or PurePosixPath(path).name == _PLANTED:
            continue
        lines = (given.folder / result.target).read_text(encoding="utf-8", errors="replace").split("\n")
        for fault in result.misconfigurations:
            if fault.status == "FAIL":
                # Helm's lines are those of the rendered text, which is in no file.
                line = 0 if result.type_ == Kind.HELM else fault.cause.start_line
                yield _finding(fault, path, line, lines)


def _finding(fault: Misconfiguration, path: str, line: int, lines: list[str]) -> Finding:
    # One by one: a title that ends in "secrets" is no key of the message.
    message = ": ".join(redacted(said) for said in (fault.title, fault.message) if said)
    # The line itself may hold a password, so only its digest goes on.
    text = lines[line - 1].strip() if 0 < line <= len(lines) else message
    return Finding(
        _NAME,
        fault.rule,
        severity(fault.severity),
        message,
        redacted(fault.resolution or fault.title),
        Place(path, line),
        context=hashlib.sha256(text.encode()).hexdigest()[:32],
    )


def _unread(given: Given, wanted: dict[str, Kind], results: Sequence[Result], told: set[str]) -> Iterator[Finding]:
    """Yield a finding for each wanted file that is in no answer, other than those in ``told``."""
    known = [(given.origin[result.target], result) for result in results if result.target in given.origin]
    checked = {result.target for _, result in known if result.summary.successes + result.summary.failures}
    seen = {given.origin[target] for target in checked}
    documents = {(given.origin[target], PurePosixPath(target).stem.rpartition("-")[2]) for target in checked}
    faulty = {path for path, result in known if result.misconfigurations}
    for path, why in given.refused.items():
        yield not_read(_NAME, path, why)
    for path, kind in wanted.items():
        if path in told or path in given.refused:
            continue
        if kind is Kind.TERRAFORM:
            yield from _unread_module(path, faulty)
        elif kind is Kind.KUBERNETES:
            yield from _unread_objects(given, path, documents)
        elif kind is Kind.DOCKERFILE and path not in seen:
            yield not_read(_NAME, path, f"it is no {kind} file to trivy; see its syntax")
        elif kind is Kind.HELM and kinds.is_template(path) and path not in seen:
            yield _unread_template(given, path, seen)


def _unread_module(path: str, faulty: set[str]) -> Iterator[Finding]:
    if kinds.is_values(path):
        why = "it takes no values from such a file, so what hangs on them was not judged"
        yield not_read(_NAME, path, why, severity=Severity.LOW)
    elif str(PurePosixPath(path).parent / _PLANTED) not in faulty:
        yield not_read(_NAME, path, "a fault that was planted beside it was not found")


def _unread_objects(given: Given, path: str, documents: set[tuple[str, str]]) -> Iterator[Finding]:
    """Yield a finding for each document of ``path`` that is in no answer: it weighs little, if it is no object."""
    for line, document in kinds.manifests(path, given.content(path) or b""):
        if (path, str(line)) in documents:
            continue
        if kinds.means_an_object(document):
            why = "it passes over a List: write each object as a document of its own"
            why = why if kinds.is_list(document) else f"it is no {Kind.KUBERNETES} object to trivy; see its syntax"
            yield not_read(_NAME, path, why, line=line)
        else:
            why = "it is settings or a schema to trivy, and no object"
            yield not_read(_NAME, path, why, severity=Severity.LOW, line=line)


def _unread_template(given: Given, path: str, seen: set[str]) -> Finding:
    """Return how much it weighs that a template is in no answer: little, where others of its chart are."""
    chart = kinds.chart_of(given.root, path)
    rendered = any(kinds.chart_of(given.root, other) == chart for other in seen)
    why = "the chart does not render it with its own values"
    return not_read(_NAME, path, why, severity=Severity.LOW if rendered else Severity.HIGH)


GATE = Gate(
    name=_NAME,
    what="faults of Dockerfiles, Terraform, Kubernetes, Helm (trivy)",
    looks_at=kinds.by_name,
    judge=judge,
    tools=("trivy",),
)
