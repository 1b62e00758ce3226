"""hadolint: Dockerfiles. What it cannot parse is its finding DL1000.

Severity: hadolint's ``error`` is HIGH, ``warning`` MEDIUM, ``info`` LOW, ``style`` INFO.
"""

from dynamic_base import Completed
from dynamic_delivery.gates.bounded import ended_as, run_tool
from dynamic_delivery.gates.errors import OutputError
from dynamic_delivery.gates.looking import Source, looked, wanted, warned
from dynamic_delivery.gates.model import Finding, Gate, Place, Report, Scope, Severity
from dynamic_delivery.gates.reading import Node, document
from dynamic_delivery.gates.tools import find_tool
from dynamic_delivery.gates.trivy.kinds import is_dockerfile

_OPTIONS = ("--format", "json", "--no-color", "--failure-threshold", "style")
_LEVELS = {"error": Severity.HIGH, "warning": Severity.MEDIUM, "info": Severity.LOW, "style": Severity.INFO}
# The configuration is the repository's `.hadolint.yaml`, if there is one: a person's own folder and variables stay out.
_ENV = {
    **dict.fromkeys(
        ("HADOLINT_NOFAIL", "HADOLINT_IGNORE", "HADOLINT_FAILURE_THRESHOLD", "HADOLINT_OVERRIDE_ERROR"), None
    ),
    **dict.fromkeys(("HADOLINT_OVERRIDE_WARNING", "HADOLINT_OVERRIDE_INFO", "HADOLINT_OVERRIDE_STYLE"), None),
    **dict.fromkeys(("HADOLINT_TRUSTED_REGISTRIES", "HADOLINT_FORMAT", "XDG_CONFIG_HOME", "HOME"), None),
}


def judge(scope: Scope) -> Report:
    """Lint each Dockerfile."""
    found = find_tool("hadolint", scope)
    files = wanted(scope, is_dockerfile)
    done = ended_as(run_tool([str(found.path), *_OPTIONS, "--", *files], cwd=scope.root, env=_ENV), (0, 1))
    said, notes = warned("hadolint", done)
    # A file that it cannot open ends it without any output, which is an OutputError: what is left was read.
    return looked("hadolint", [*parse(done, Source(scope.root)), *said], found.tool, files, notes)


def parse(done: Completed, source: Source) -> list[Finding]:
    """Return what hadolint found.

    Raises
    ------
    OutputError : it is not what hadolint prints, or says nothing where the exit status says no
    """
    findings = [_finding(node, source) for node in document("hadolint", done.stdout).items()]
    if bool(findings) != bool(done.exit_code):
        raise OutputError(f"hadolint exited {done.exit_code} with {len(findings)} findings", "run it by hand")
    return findings


def _finding(node: Node, source: Source) -> Finding:
    code = node["code"].line()
    path = source.path("hadolint", node["file"].text())
    place = Place(path, node["line"].whole(), node["column"].whole())
    severity = _LEVELS[node["level"].one_of(tuple(_LEVELS))]
    wiki = "https://www.shellcheck.net/wiki" if code.startswith("SC") else "https://github.com/hadolint/hadolint/wiki"
    return Finding(
        "hadolint",
        code,
        severity,
        node["message"].line(),
        f"see {wiki}/{code}",
        place,
        context=source.line(path, place.line),
    )


GATE = Gate("hadolint", "Dockerfiles (hadolint)", is_dockerfile, judge, ("hadolint",))
