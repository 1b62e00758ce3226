"""zizmor: GitHub Actions workflows, composite actions and Dependabot's configuration, without network.

Severity: zizmor's High is HIGH, Medium MEDIUM, Low LOW, Informational INFO, and one step lower where its confidence is
Low. A workflow that is no YAML, or not of the schema, is only a warning to zizmor, which goes on with the others: here
it is a finding, since each file must be among those that it says it completed.
"""

import hashlib
import re
from dataclasses import replace
from pathlib import PurePosixPath

from dynamic_base import Completed
from dynamic_delivery.gates.bounded import ended_as, run_tool
from dynamic_delivery.gates.errors import OutputError
from dynamic_delivery.gates.looking import Source, looked, unread, wanted, warned
from dynamic_delivery.gates.model import Finding, Gate, Place, Report, Scope, Severity
from dynamic_delivery.gates.reading import Node, document, one_line
from dynamic_delivery.gates.tools import find_tool

_OPTIONS = ("--offline", "--no-progress", "--color", "never", "--collect", "all", "--format", "json-v1")
# A token would open the online audits, and a variable another configuration than the repository's.
_ENV = dict.fromkeys(("GH_TOKEN", "GITHUB_TOKEN", "ZIZMOR_GITHUB_TOKEN", "GH_HOST", "ZIZMOR_CONFIG", "RUST_LOG"))
_CONFIGS = (".github/zizmor.yml", ".github/zizmor.yaml", "zizmor.yml", "zizmor.yaml")
_LEVELS = (Severity.INFO, Severity.LOW, Severity.MEDIUM, Severity.HIGH)
_NAMES = ("Informational", "Low", "Medium", "High")
_CONFIDENCES = ("Low", "Medium", "High")
# 0: none. 11 to 14: the worst is informational, low, medium, high. 3: of all files none could be read.
_ENDS = (0, 3, 11, 12, 13, 14)
_DONE = re.compile(r"completed (\S.*)$")
_LEVELLED = re.compile(rb"^\s*(?:DEBUG|INFO|WARN|ERROR) ")
# A file that is not collected is a finding by itself: it was not read.
_HARMLESS = (re.compile(r"^INFO "), re.compile(r"^WARN collect_inputs: "))
_NOTHING_READ = 3


def looks_at(path: str) -> bool:
    """Say whether ``path`` is one of GitHub's files that zizmor audits."""
    file = PurePosixPath(path)
    if file.suffix not in {".yml", ".yaml"}:
        return False
    return file.parent.as_posix() == ".github/workflows" or file.stem in {"action", "dependabot"}


def judge(scope: Scope) -> Report:
    """Audit each file."""
    found = find_tool("zizmor", scope)
    files = wanted(scope, looks_at)
    # Otherwise it would look above the repository for one.
    config = next((path for name in _CONFIGS if (path := scope.root / name).is_file()), None)
    rules = ["--config", str(config)] if config else ["--no-config"]
    done = ended_as(run_tool([str(found.path), *_OPTIONS, *rules, "--", *files], cwd=scope.root, env=_ENV), _ENDS)
    source = Source(scope.root)
    read = {source.path("zizmor", path) for path in _completed(done)}
    findings = parse(done, source)
    said, heard = warned("zizmor", _levelled(done), _HARMLESS)
    notes = [line for line in heard if not line.startswith("INFO ")]
    return looked("zizmor", [*findings, *said, *unread("zizmor", files, read)], found.tool, read, notes)


def parse(done: Completed, source: Source) -> list[Finding]:
    """Return what zizmor found.

    Raises
    ------
    OutputError : it is not what zizmor prints, or says nothing where the exit status says no
    """
    if done.exit_code == _NOTHING_READ and not done.stdout:
        return []
    findings = [
        _finding(node, source) for node in document("zizmor", done.stdout).items() if not node["ignored"].truth()
    ]
    if bool(findings) != bool(done.exit_code):
        raise OutputError(f"zizmor exited {done.exit_code} with {len(findings)} findings", "run it by hand")
    return findings


def _finding(node: Node, source: Source) -> Finding:
    rule = node["ident"].line()
    where = _primary(node)
    local = where["symbolic"]["key"]["Local"]
    # `prefix` is there where a folder was given, never here.
    path = source.path("zizmor", local["verbatim_path"].text())
    start = where["concrete"]["location"]["start_point"]
    place = Place(path, start["row"].whole() + 1, start["column"].whole() + 1)
    determined = node["determinations"]
    level = _NAMES.index(determined["severity"].one_of(_NAMES))
    guessed = determined["confidence"].one_of(_CONFIDENCES) == "Low"
    severity = _LEVELS[max(0, level - guessed)]
    titles = [each["title"].line() for each in node["fixes"].items()]
    fix = "; or ".join([*titles, f"see {node['url'].line()}"])
    message = f"{node['desc'].line()}: {where['symbolic']['annotation'].line()}"
    context = source.line(path, place.line)
    if "credentials" in rule:
        context = hashlib.sha256(context.encode()).hexdigest()[:32]
    return Finding("zizmor", rule, severity, message, fix, place, context=context)


def _primary(node: Node) -> Node:
    for each in node["locations"].items():
        if each["symbolic"]["kind"].text() == "Primary":
            return each
    raise node["locations"].refused("without a primary one")


def _completed(done: Completed) -> list[str]:
    lines = map(one_line, done.stderr.decode(errors="replace").splitlines())
    return [match[1] for line in lines if (match := _DONE.search(line))]


def _levelled(done: Completed) -> Completed:
    """Return ``done`` without the stack that follows when nothing could be read; exit 3 says that already."""
    if done.exit_code != _NOTHING_READ:
        return done
    kept = [line for line in done.stderr.splitlines() if _LEVELLED.match(line)]
    return replace(done, stderr=b"\n".join(kept))


GATE = Gate("zizmor", "GitHub Actions (zizmor)", looks_at, judge, ("zizmor",))
